"""A house with all kinds of data, for tests that look at or change everything in it."""

from __future__ import annotations

import fcntl
import os
import shutil
from datetime import date
from pathlib import Path

import pytest
from house import House, agent, claim, contribution, registration
from sent_back import DAY, leave_registrations

from perisai import close
from perisai import day as steps
from perisai.settings import Settings

KEYS = {"hmac_key": "h" * 32, "vault_key": "v" * 32}
MONTH = date(2023, 9, 1)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house with a month closed, rows rejected, and a file that waits to be loaded; to be copied, never changed.

    It is made once, whichever process of the session asks for it first.
    """
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    house = House(Settings(home=root / "built-house", **KEYS, max_missing_share=1))
    with (root / "built-house.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / "built-house.done").exists():
            _build(house)
            (root / "built-house.done").touch()
    return house


def _build(house: House) -> None:
    house.leave("NTB01", "agents", "2023-09-30", [agent(n) for n in range(1, 7)])
    bad = registration(31, nik="1")
    house.leave("NTB01", "registrations", "2023-09-30", [*(registration(n) for n in range(1, 31)), bad])
    paid = [contribution(n) for n in range(1, 31)]
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
    shutil.copytree(built.settings.home, tmp_path / "copy", symlinks=True)
    return House(Settings(home=tmp_path / "copy", **KEYS, max_missing_share=1))


@pytest.fixture(scope="session")
def given_back_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the registrations were run and their rejects given back, to be copied from."""
    house = House(Settings(home=tmp_path_factory.mktemp("given_back"), **KEYS, max_missing_share=1))
    leave_registrations(house)
    house.leave("NTB02", "claims", DAY, [claim(1, branch_code="NTB02")])
    house.run(DAY)
    return house.settings.home


@pytest.fixture
def given_back(given_back_home: Path, tmp_path: Path) -> House:
    """A house of its own, whose branch NTB01 has a workbook."""
    shutil.copytree(given_back_home, tmp_path / "given_back", symlinks=True)
    return House(Settings(home=tmp_path / "given_back", **KEYS, max_missing_share=1))
