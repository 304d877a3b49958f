"""A publication is killed, or fails, at some calls of the system; by hand `tests/faults.py` does it at all of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults import ERRORS, Faults
from house import House
from traced import State, unread


@pytest.fixture(scope="module")
def faults(demo_house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faults]:
    """The demo, built and not yet published."""
    assert shutil.which("strace"), "this test needs strace: apt-get install strace"
    folder = tmp_path_factory.mktemp("faults")
    shutil.copytree(demo_house.settings.home, folder / "publish" / "home", symlinks=True)
    shutil.rmtree(folder / "publish" / "home" / "published")
    faults = Faults(folder, ("publish",))
    yield faults
    faults.close()


def test_a_publication_that_was_killed_is_made_good_by_the_next(faults: Faults) -> None:
    said = [wrong for _, wrong in faults.killed("publish", every=32)]
    assert len(said) > 5
    assert set(said) == {"", None}


def test_a_publication_that_failed_is_made_good_by_the_next(faults: Faults) -> None:
    points = {point.fault: point for point in faults.points["publish"]}
    assert sorted(points) == sorted(ERRORS)
    assert [said for point in points.values() if (said := faults.trial(point))] == []


def test_a_file_is_unread_if_it_was_removed_before_anything_else(tmp_path: Path) -> None:
    calls = f"""
        7 lstat("{tmp_path}/seen", {{st_size=1}}) = 0
        7 unlink("{tmp_path}/seen") = 0
        7 openat(AT_FDCWD</>, "{tmp_path}/lost", O_RDONLY) = -1 ENOENT (No such file or directory)
        7 unlinkat(5<{tmp_path}/folder>, "gone", 0) = 0
        7 openat(AT_FDCWD</>, "{tmp_path}/folder/gone", O_RDWR|O_CREAT) = 3<{tmp_path}/folder/gone>
        7 openat(AT_FDCWD</>, "{tmp_path}/emptied", O_WRONLY|O_TRUNC) = 3<{tmp_path}/emptied>
        7 rename("{tmp_path}/new", "{tmp_path}/replaced") = 0
        7 unlink("{tmp_path}/moved/gone") = 0
        8 rename("{tmp_path}/moved", "{tmp_path}/elsewhere") = 0
        7 unlink("{tmp_path}/moved/another") = 0
        7 unlink("/elsewhere/gone") = 0
        7 openat(AT_FDCWD</>, "{tmp_path}/whole", O_RDONLY|O_DIRECTORY) = 5<{tmp_path}/whole>
        7 unlinkat(5<{tmp_path}/whole>, "file", 0) = 0
        7 rmdir("{tmp_path}/whole") = 0
        7 openat(AT_FDCWD</>, "{tmp_path}/listed", O_RDONLY|O_DIRECTORY) = 5<{tmp_path}/listed>
        7 openat(AT_FDCWD</>, "{tmp_path}/listed", O_RDONLY|O_DIRECTORY) = 5<{tmp_path}/listed>
        7 unlinkat(5<{tmp_path}/listed>, "file", 0) = 0
        7 unlinkat(4<{tmp_path}>, "listed", AT_REMOVEDIR) = 0
        7 access("{tmp_path}/asked/file", F_OK) = -1 ENOENT (No such file or directory)
        7 openat(AT_FDCWD</>, "{tmp_path}/asked", O_RDONLY|O_DIRECTORY) = 5<{tmp_path}/asked>
        7 unlinkat(5<{tmp_path}/asked>, "other", 0) = 0
        7 rmdir("{tmp_path}/asked") = 0
        7 openat(AT_FDCWD</>, "{tmp_path}/empty", O_RDONLY|O_DIRECTORY) = 5<{tmp_path}/empty>
        7 rmdir("{tmp_path}/empty") = 0
        7 stat("{tmp_path}/lake/data/asked", 0x7ffe) = -1 ENOENT (No such file or directory)
    """
    lines = [line.strip() for line in calls.strip().splitlines()]
    found = unread(lines, tmp_path)
    files = (
        "asked/other",
        "elsewhere",
        "emptied",
        "folder/gone",
        "listed/file",
        "moved/gone",
        "replaced",
        "whole/file",
    )
    assert found.files == {*files}
    assert found.folders == {"whole"}
    one = State({"whole": b"", "whole/file": b"1", "replaced": b"2", "seen": b"3"})
    like = {"whole/other": True, "replaced": True, "seen": False, "listed/other": False, "lake/other": False}
    like |= {"lake/data/new": True, "lake/data/asked": False}
    for changed, is_like in like.items():
        assert State({**one.files, changed: b"4"}).is_like(one, found) == is_like
