"""The readers' own promises: what a typed cell says, and that a reader which dies costs one file."""

from __future__ import annotations

import os
import time as time_module
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from corpus.files import PAYMENTS, ROWS, xlsx

from transforms.delivery import NAME, lines_of, manifest_name, physical_lines
from transforms.readers import Limits, Unfinished, Unreadable
from transforms.readers import sandbox as sandbox_module
from transforms.readers.cells import text
from transforms.readers.containers import Content, look
from transforms.readers.sandbox import Sandbox

GOOD = Content("xlsx", xlsx([PAYMENTS, *ROWS]))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        ("007", "007"),
        (7, "7"),
        (36800.0, "36800"),
        (-1.0, "-1"),
        (0.1, "0.1"),
        (999999999999999.0, "999999999999999"),
        (5271015510800001.0, "5.271015510800001E+15"),
        (5271015510800000.0, "5.271015510800000E+15"),
        (5271015510800001, "5271015510800001"),
        (float("nan"), "nan"),
        (Decimal("36800.00"), "36800"),
        (Decimal("0.50"), "0.50"),
        (True, "TRUE"),
        (date(2023, 9, 30), "2023-09-30"),
        (datetime(2023, 9, 30), "2023-09-30"),  # noqa: DTZ001
        (datetime(2023, 9, 30, 12, 5), "2023-09-30 12:05:00"),  # noqa: DTZ001
        (time(1, 2), "01:02:00"),
    ],
)
def test_a_typed_cell_is_written_as_a_branch_would(value: Any, expected: str) -> None:
    assert text(value) == expected


def test_rows_keep_their_numbers_and_a_second_file_is_read_by_the_same_process() -> None:
    with Sandbox(Limits()) as sandbox:
        for _ in range(2):
            (table,) = sandbox.tables(GOOD)
            assert table.peek == list(enumerate([PAYMENTS, *ROWS], start=1))
            assert list(table.rows(table.peek[0])) == table.peek[1:]


def test_a_file_that_takes_too_long_gets_no_verdict_and_the_next_one_a_process_of_its_own() -> None:
    many = Content("xlsx", xlsx([PAYMENTS, *ROWS * 10_000]))
    with Sandbox(Limits(seconds=0.3)) as sandbox:
        with pytest.raises(Unfinished, match=r"over 0\.3 seconds of processor time"):
            sandbox.tables(many)
        (table,) = sandbox.tables(GOOD)
        assert len(list(table.rows(table.peek[0]))) == 3


def test_time_that_passes_while_the_machine_does_something_else_does_not_count() -> None:
    with Sandbox(Limits(seconds=0.2)) as sandbox:
        (table,) = sandbox.tables(GOOD)
        time_module.sleep(0.5)
        assert len(list(table.rows(table.peek[0]))) == 3


def test_a_process_that_waits_for_ever_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox_module, "WALL", 0.01)
    with Sandbox(Limits(seconds=0.1)) as sandbox, pytest.raises(Unfinished, match="the machine may be too busy"):
        sandbox.tables(Content("xlsx", xlsx([PAYMENTS, *ROWS * 5_000])))


def test_the_process_sees_no_key_gains_no_rights_and_writes_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERISAI_VAULT_KEY", "v" * 32)
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    before = set(children.read_text(encoding="utf-8").split())  # servers that other tests keep
    with Sandbox(Limits()) as sandbox:
        sandbox.tables(GOOD)
        (pid,) = set(children.read_text(encoding="utf-8").split()) - before
        process = Path("/proc") / pid
        environment = (process / "environ").read_text(encoding="utf-8").split("\0")
        assert {said.split("=")[0] for said in environment if said} == set(sandbox_module.ENVIRONMENT)
        assert "NoNewPrivs:\t1" in (process / "status").read_text(encoding="utf-8")
        limits = (process / "limits").read_text(encoding="utf-8")
        for name in ("Max file size", "Max core file size", "Max processes"):
            (line,) = (line for line in limits.splitlines() if line.startswith(name))
            assert line.removeprefix(name).split()[:2] == ["0", "0"]
        opened = [str(link.readlink()) for link in (process / "fd").iterdir()]
        assert [name for name in opened if not name.startswith(("pipe:", "/dev/null"))] == []


def test_a_file_that_was_left_unread_does_not_disturb_the_next() -> None:
    with Sandbox(Limits()) as sandbox:
        sandbox.tables(GOOD)
        with pytest.raises(Unreadable, match="damaged or cut off"):
            sandbox.tables(Content("xlsx", b"PK nothing"))
        (table,) = sandbox.tables(GOOD)
        assert len(list(table.rows(table.peek[0]))) == 3


def test_a_file_larger_than_the_limit_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x" * (2 << 20))
    with pytest.raises(Unreadable, match="larger than 1 MiB"):
        look(tmp_path / "x", Limits(file_mb=1))


@pytest.mark.parametrize(
    "extension", [".csv", ".txt", ".tsv", ".xlsx", ".XLS", ".parquet", ".csv.gz", ".xlsx.zip", ".gz", ".zip"]
)
def test_a_name_may_have_any_of_the_extensions(extension: str) -> None:
    name = f"NTB01_claims_2023-09-30_r2{extension}"
    assert NAME.fullmatch(name)
    assert manifest_name(name) == "NTB01_claims_2023-09-30_r2.manifest.json"
    assert not NAME.fullmatch(name + ".exe")


@pytest.mark.parametrize("content", [b"", b" \n", b"a", b"a\n", b"a\nb", b"a\nb\n", b"\n\na"])
def test_lines_of_a_file_are_those_of_its_content(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    assert lines_of(tmp_path / "x") == physical_lines(content)


def test_a_table_of_a_database_has_no_lines(tmp_path: Path) -> None:
    head = (
        bytes([3, 123, 10, 13]) + (10).to_bytes(4, "little") + (65).to_bytes(2, "little") + (33).to_bytes(2, "little")
    )
    (tmp_path / "x.dbf").write_bytes(head + bytes(20) + b"KPJ\n" + bytes(29) + b"\r" + b" 00000000001\n" * 10 + b"\x1a")
    assert lines_of(tmp_path / "x.dbf") == 0
    (tmp_path / "x.csv").write_bytes("NO_BUKTI,KPJ\r\nPAY-1,00000000001\r\n".encode("utf-16"))
    assert lines_of(tmp_path / "x.csv"), "a text of two bytes a letter has zeros too, and lines"
