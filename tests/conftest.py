"""Fixtures that every test may use."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from house import KEYS, House, claim, contribution, few_marts, made_once, registration

import demo
from perisai.settings import Settings

# Under xdist every core has a test of its own: a second thread of DuckDB costs a fifth more and finds no core free.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("PERISAI_THREADS", "1")

# A module goes to one process whole. Of those that take longest, one that began last would be waited for by all others.
LONGEST = (
    "perisai/test_rights.py", "perisai/test_verify.py", "perisai/test_backup.py", "perisai/test_faults.py",
    "perisai/test_retention.py", "perisai/test_dated_rules.py", "models/test_housekeeping.py",
    "dags/test_daily_load.py", "perisai/test_day.py", "perisai/test_rejects.py", "perisai/test_close.py",
    "deploy/test_services.py", "models/test_increment.py", "perisai/test_held.py", "dags/test_incentive_close.py",
    "bench/test_history.py", "perisai/test_damage.py", "perisai/test_landing.py", "perisai/test_publish.py",
    "perisai/test_races.py", "perisai/test_deliveries.py", "perisai/test_corrections.py", "perisai/test_versions.py",
    "corpus/test_corpus.py", "models/test_whole.py", "perisai/test_power.py", "perisai/test_postgres.py",
    "corpus/test_damage.py", "reports/test_workbooks.py", "models/test_second_calculation.py",
    "perisai/test_visible.py", "perisai/test_reporting.py", "perisai/test_terms.py", "models/test_buckets.py",
    "models/test_closed_history.py", "perisai/test_places.py", "perisai/test_rekey.py", "reports/test_browser.py",
)  # fmt: skip


def pytest_xdist_auto_num_workers() -> int:
    """Two for each core (`make test` takes four at most): tests wait for disks, servers and processes, too."""
    return 2 * len(os.sched_getaffinity(0))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest modules first."""
    tests = Path(__file__).parent
    places = {tests / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """A test that is marked with the marts that it reads has the others not built."""
    marker = item.get_closest_marker("marts")
    if marker is None or not marker.args:
        return (yield)
    with few_marts(*marker.args):
        return (yield)


@pytest.fixture
def house(tmp_path: Path) -> House:
    """An empty house with keys of its own, in which branches may be missing."""
    return House(Settings(home=tmp_path / "data", **KEYS, max_missing_share=1, landing_wait_seconds=0.01))


@pytest.fixture(scope="session")
def demo_house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """The small demo, published on 14 October 2023 with a day of claims more; to be read or copied, never changed."""

    def fill(house: House) -> None:
        demo.make(house.settings.landing, demo.Size.small)
        _leave_claims(house)
        house.run("2023-10-14")

    return made_once(tmp_path_factory, "demo-house", fill)


def _leave_claims(house: House) -> None:
    """Enough claims in one place for counts, values and durations that may be published."""
    people = range(900_001, 900_019)
    day = "2023-10-14"
    house.leave("NTB01", "registrations", day, (registration(n, agent_code="AB00003") for n in people))
    house.leave("NTB01", "contributions", day, (contribution(n, payment_date="2023-09-04") for n in people))
    claims = []
    for n in people:
        work = {} if n % 3 else {"programme": "JKK", "benefit": "PENGOBATAN", "amount_rp": 7_350_000 + n}
        claims.append(claim(n, **work, status="Diajukan", submitted_date="2023-10-02", status_date="2023-10-02"))
        paid = f"2023-10-{5 + n % 8:02d}"
        claims.append(claim(n, **work, status="Dibayarkan", submitted_date="2023-10-02", status_date=paid))
    house.leave("NTB01", "claims", day, claims)
