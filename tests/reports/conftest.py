from __future__ import annotations

import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import duckdb
import pytest
from markupsafe import Markup

from bench import report
from reports import charts, site
from tests.reports.published_file import Published, filled


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Lets a fixture know that its test failed, so that it can keep what was on the screen."""
    result = yield
    if call.when == "call":
        item.failed = result.failed  # type: ignore[attr-defined]
    return result


@pytest.fixture(scope="session", autouse=True)
def _each_chart_is_drawn_once() -> Iterator[None]:
    """Charts that tests have in common are drawn by the first of them: that is most of the time."""
    drawn: dict[str, Markup] = {}
    draw = charts.svg

    def svg(chart: charts.Chart) -> Markup:
        if (key := repr(chart)) not in drawn:
            drawn[key] = draw(chart)
        return drawn[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(charts, "svg", svg)
        yield


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``empty.duckdb``, without rows, and ``filled.duckdb`` and ``reversed.duckdb`` with those of published_file."""
    folder = tmp_path_factory.mktemp("published")
    report.empty(folder / "empty.duckdb")
    for name in ("filled", "reversed"):
        shutil.copyfile(folder / "empty.duckdb", folder / f"{name}.duckdb")
        filled(folder / f"{name}.duckdb", reverse=name == "reversed")
    with duckdb.connect(str(folder / "empty.duckdb")) as con:
        con.execute("delete from reference.region; delete from reference.branch")
    return folder


@pytest.fixture
def file(templates: Path, tmp_path: Path) -> Callable[[str], Published]:
    """A copy of one of the templates."""
    return lambda name: Published(templates / f"{name}.duckdb", tmp_path / name)


@pytest.fixture
def published(file: Callable[[str], Published]) -> Published:
    """Two provinces, two branches, two wadahs, three agents, two months, and the published figures of the press."""
    return file("filled")


@pytest.fixture(scope="session")
def drawn(templates: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The pages of the filled file as it is, by name."""
    published = Published(templates / "filled.duckdb", tmp_path_factory.mktemp("drawn") / "version")
    folder = published.database.with_name("report")
    return {path.name: path.read_text(encoding="utf-8") for path in site.write(published.database, folder)}
