"""A house of its own for a test: settings, a landing place, and rows that every contract accepts."""

from __future__ import annotations

import csv
import fcntl
import hashlib
import io
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb

from expectations.contract import CONTRACTS, contract
from perisai.settings import PACKAGED_REFERENCE, Settings
from warehouse import checks, increment, models

Row = Mapping[str, Any]
KEYS = {"hmac_key": "h" * 32, "vault_key": "v" * 32}

# What a close reads, and what is told of deliveries, for tests that read nothing else: see `few_marts`.
OF_CLOSES = (
    *("core.agent", "core.agreement", "core.delivery", "core.incentive_adjustment", "core.wadah_agreement"),
    *("marts.agreement_problem", "marts.contradiction", "marts.incentive_agent_month", "marts.incentive_line"),
    *("marts.incentive_wadah_month", "marts.roster_gap"),
)
OF_DELIVERIES = ("core.conflicting_row", "core.contribution", "core.registration", "marts.delivery_day")


def rows_to_csv(feed: str, rows: Iterable[Row], contracts: Path = CONTRACTS) -> bytes:
    """Rows (column name → value) in the standard dialect of a feed."""
    columns = contract(feed, folder=contracts).exported
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.header for column in columns])
    for row in rows:
        assert set(row) <= {column.name for column in columns}, row
        writer.writerow(["" if row.get(column.name) is None else row[column.name] for column in columns])
    return text.getvalue().encode()


@dataclass(frozen=True)
class House:
    """A warehouse under a temporary folder."""

    settings: Settings

    def leave(
        self,
        branch: str,
        feed: str,
        day: str,
        content: bytes | Iterable[Row],
        *,
        revision: int = 1,
        manifest: Mapping[str, Any] | None = None,
    ) -> Path:
        suffix = f"_r{revision}" if revision > 1 else ""
        path = self.settings.landing / branch / f"{branch}_{feed}_{day}{suffix}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else rows_to_csv(feed, content, self.settings.contracts))
        if manifest is not None:
            said = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), **manifest}
            path.with_name(path.stem + ".manifest.json").write_text(json.dumps(said))
        return path

    def load(self, day: str) -> dict[str, Any]:
        """Runs the steps up to the commit."""
        from perisai import day as steps
        from perisai.branches import offices

        business_date = date.fromisoformat(day)
        for office in offices(self.settings):
            steps.extract(self.settings, business_date, office)
        plan = steps.plan(self.settings, business_date)["plan"]
        for shard in range(self.settings.shards):
            steps.judge(self.settings, business_date, shard, plan)
        return steps.load(self.settings, business_date, plan)

    def build(self, day: str) -> dict[str, Any]:
        """Runs the steps up to the marts in the lake; the receipt of the load."""
        from perisai import day as steps

        receipt = self.load(day)
        steps.marts(self.settings)
        return receipt

    def publish(self, day: str) -> dict[str, Any]:
        """Runs the day without its report; the receipt of the load."""
        from perisai import day as steps

        receipt = self.build(day)
        steps.publish(self.settings)
        return receipt

    def run(self, day: str) -> dict[str, Any]:
        """Runs the whole day; the receipt of the load."""
        from perisai import day as steps

        receipt = self.publish(day)
        steps.report(self.settings)
        return receipt

    def lake(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query against the lake."""
        from perisai.step import opened_lake

        with opened_lake(self.settings) as con:
            return con.execute(query).fetchall()

    def vault(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query against the vault, whose feeds are tables of the catalog ``vault``."""
        from perisai.step import scratch_duck
        from warehouse import vault

        with scratch_duck(self.settings) as con, vault.reading(con, self.settings.vault):
            return con.execute(query).fetchall()

    def published(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query against the published file, opened as a reader does."""
        with duckdb.connect(str(self.settings.published / "warehouse.duckdb"), read_only=True) as con:
            return con.execute(query).fetchall()


_ALL_MODELS, _ALL_CHECKS = models.discover, checks.checks
_NAMED = re.compile(r"\b(?:marts|core|reference)[.]\w+")


def needed(every: list[models.Model], tables: Iterable[str]) -> list[models.Model]:
    """The models that some tables are made of, in the order of building."""
    found = set(tables)
    for model in reversed(every):
        if model.table in found:
            found |= model.inputs
    return [model for model in every if model.table in found]


@contextmanager
def few_marts(*tables: str) -> Iterator[None]:
    """Meanwhile, building makes these tables and what they are made of, and checks those; with no name, all again.

    More than half of what a day of a few rows costs is to build tables that its test does not look at.
    """

    def chosen() -> list[models.Model]:
        every, wanted = _ALL_MODELS(), set(tables)
        while more := {one.declared.carries for one in needed(every, wanted)} - {None, *wanted}:
            wanted |= more
        return needed(every, wanted)

    def of_few(step: Any) -> Any:
        step = getattr(step, "of_all", step)  # also within another of these
        if not tables:
            return step

        def run(*args: Any, **kwargs: Any) -> Any:
            with mock.patch.object(models, "discover", chosen):
                return step(*args, **kwargs)

        run.of_all = step  # type: ignore[attr-defined]
        return run

    def of_these() -> tuple[checks.Check, ...]:
        there = {model.table for model in chosen()}
        return tuple(one for one in _ALL_CHECKS() if set(_NAMED.findall(one.query)) <= there)

    with (
        mock.patch.object(increment, "bring_up_to_date", of_few(increment.bring_up_to_date)),
        mock.patch.object(checks, "checks", of_these if tables else _ALL_CHECKS),
    ):
        yield


def build_all(house: House) -> None:
    """Builds all marts in a house that was built of few."""
    from perisai import day as steps

    house.lake("update core.build_stamp set stamp = ''")  # which does not tell how many there are
    steps.marts(house.settings)


def made_once(tmp_path_factory: Any, name: str, fill: Callable[[House], None]) -> House:
    """A house with all marts that one process fills for all of a run of tests; to be read or copied, never changed.

    Args:
        tmp_path_factory: pytest's.
        name: of its folder.
        fill: makes what is in it; the first that asks for the house calls this, and others wait for it.
    """
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    house = House(Settings(home=root / name / "data", **KEYS, max_missing_share=1))
    (root / name).mkdir(exist_ok=True)
    with (root / name / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / name / "done").exists():
            with few_marts():
                fill(house)
            (root / name / "done").touch()
    return house


def copied(house: House, folder: Path) -> House:
    """A house of its own with all that is in another one."""
    shutil.copytree(house.settings.home, folder, symlinks=True)
    return House(house.settings.model_copy(update={"home": folder}))


def lasting_schemes(folder: Path) -> Path:
    """Reference tables by which the schemes that have ended go on, so that one month may have old and new ones."""
    shutil.copytree(PACKAGED_REFERENCE, folder)
    for name in ("incentive_scheme.csv", "incentive_rule.csv"):
        path = folder / name
        path.write_text(path.read_text(encoding="utf-8").replace(",2021-12-31,", ",,"), encoding="utf-8")
    return folder


def registration(n: int, **changes: Any) -> dict[str, Any]:
    """The n-th invented registration, good by every rule."""
    born = date(1980 + n % 20, 1 + n % 12, 1 + n % 28)
    woman = n % 2 == 0
    return {
        "registration_no": f"REG-{n:07d}",
        "branch_code": "NTB01",
        "registration_date": "2023-09-01",
        "nik": f"520101{born.day + 40 * woman:02d}{born:%m%y}{n % 10000:04d}",
        "kpj": f"{n or 99:011d}",  # a card of zeros alone would be a filler
        "full_name": f"Peserta Contoh {n:05d}",
        "birth_date": born.isoformat(),
        "sex": "P" if woman else "L",
        "phone": f"0800{n * 61_803_399 % 10**8:08d}",
        "occupation": "Pedagang",
        "region_code": "5271",
        "programmes": 3,
        "declared_income_rp": 1_000_000,
        "agent_code": "AB00001",
        **changes,
    }


def contribution(n: int, **changes: Any) -> dict[str, Any]:
    """The n-th invented payment, for the card of ``registration(n)``."""
    return {
        "receipt_no": f"PAY-{n:07d}",
        "branch_code": "NTB01",
        "kpj": f"{n or 99:011d}",  # a card of zeros alone would be a filler
        "payment_date": "2023-09-02",
        "first_month": "2023-09",
        "months": 1,
        "programmes": 3,
        "amount_rp": 36_800,
        "payer": "PESERTA",
        **changes,
    }


def claim(n: int, **changes: Any) -> dict[str, Any]:
    """The n-th invented claim, for the card of ``registration(n)``."""
    return {
        "claim_no": f"CLM-{n:07d}",
        "branch_code": "NTB01",
        "kpj": f"{n or 99:011d}",  # a card of zeros alone would be a filler
        "programme": "JKM",
        "benefit": "SANTUNAN_KEMATIAN",
        "status": "Dibayarkan",
        "submitted_date": "2023-09-05",
        "status_date": "2023-09-20",
        "amount_rp": 42_000_000,
        **changes,
    }


def agent(n: int, **changes: Any) -> dict[str, Any]:
    """The n-th invented agent, of wadah W00001 under the scheme in force."""
    return {
        "agent_code": f"AB{n or 99_999:05d}",  # AB00000 would be a filler
        "branch_code": "NTB01",
        "full_name": f"Perisai Contoh {n:05d}",
        "region_code": "5271",
        "joined_date": "2023-01-01",
        "status": "AKTIF",
        "wadah_code": "W00001",
        "wadah_name": "Wadah Contoh 1",
        "pks_no": "PKS/0001",
        "scheme": "perisai-13-2022",
        "pks_from": "2023-01-01",
        "pks_to": "2025-12-31",
        **changes,
    }


SOMEBODY = registration(6, kpj="28061700346", registered_at="09:15")
"""Whose numbers stand nowhere by chance, as a card of zeros may where other numbers meet."""

MAKERS = {"registrations": registration, "contributions": contribution, "claims": claim, "agents": agent}
