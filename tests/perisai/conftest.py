"""A house with all kinds of data, for tests that look at or change everything in it, and a bucket that is empty."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from house import SOMEBODY, House, agent, claim, contribution, copied, made_once, registration
from s3fs import S3FileSystem
from sent_back import DAY, leave_registrations
from servers import login, s3

from perisai import close
from perisai import day as steps

MONTH = date(2023, 9, 1)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3FileSystem]:
    """An S3 server with the bucket ``shared``, which the environment names."""
    with s3() as endpoint:
        for name, value in login(endpoint).items():
            monkeypatch.setenv(name, value)
        bucket = S3FileSystem(use_listings_cache=False)
        bucket.mkdir("shared")
        yield bucket


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house with a month closed, rows rejected, and a file that waits to be loaded; to be copied, never changed."""
    return made_once(tmp_path_factory, "built-house", _build)


def _build(house: House) -> None:
    house.leave("NTB01", "agents", "2023-09-30", [agent(n) for n in range(1, 7)])
    bad = registration(31, nik="1")
    others = [n for n in range(1, 31) if n != 6]
    house.leave("NTB01", "registrations", "2023-09-30", [*map(registration, others), SOMEBODY, bad])
    paid = [contribution(6, kpj=SOMEBODY["kpj"]), *map(contribution, others)]
    total = sum(each["amount_rp"] for each in paid)
    house.leave("NTB01", "contributions", "2023-09-30", paid, manifest={"lines": 30, "amount_rp": total})
    house.run("2023-09-30")
    content = close.draft(house.settings, MONTH)["content_hash"]
    close.freeze(house.settings, MONTH, content, "Kepala", "2023-10-02T09:30:00+08:00")
    close.statements(house.settings, MONTH)
    steps.publish(house.settings)
    steps.report(house.settings)
    house.leave("NTB01", "registrations", "2023-10-01", [registration(40)])
    steps.extract(house.settings, date(2023, 10, 1), "KW-BNP")


@pytest.fixture
def copy(built: House, tmp_path: Path) -> House:
    """A copy of it."""
    return copied(built, tmp_path / "copy")


@pytest.fixture(scope="session")
def given_back_house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house in which the registrations were run and their rejects given back, to be copied from."""

    def fill(house: House) -> None:
        leave_registrations(house)
        house.leave("NTB02", "claims", DAY, [claim(1, branch_code="NTB02")])
        house.run(DAY)

    return made_once(tmp_path_factory, "given-back", fill)


@pytest.fixture
def given_back(given_back_house: House, tmp_path: Path) -> House:
    """A house of its own, whose branch NTB01 has a workbook."""
    return copied(given_back_house, tmp_path / "given_back")
