"""Closing a month: exactly what was approved is frozen, once, and stays; what comes later corrects the open month."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa
import pytest
from house import KEYS, OF_CLOSES, House, agent, build_all, contribution, lasting_schemes, registration
from python_calamine import CalamineWorkbook

from perisai import close
from perisai import day as steps
from perisai.errors import DayFailed, NotYet
from perisai.settings import Settings
from perisai.step import opened_lake
from reports import statement, words
from warehouse import closed, lake, models

pytestmark = pytest.mark.marts(*OF_CLOSES)

SEPTEMBER, OCTOBER, NOVEMBER = date(2023, 9, 1), date(2023, 10, 1), date(2023, 11, 1)
NEW, OLD = "perisai-13-2022", "pre-2022"
APPROVED = ("kepala", "2023-10-02T09:30:00+08:00")
ENVIRONMENT = {"PERISAI_HMAC_KEY": "h" * 32, "PERISAI_VAULT_KEY": "v" * 32}


@dataclass
class Books:
    """A house whose lake gets its rows directly, as if they had been judged and loaded."""

    house: House

    @property
    def settings(self) -> Settings:
        return self.house.settings

    def deliver(self, *deliveries: tuple[str, str, Iterable[Mapping[str, Any]]], revision: int = 1) -> None:
        """Commits deliveries: feed, date and rows of each."""
        with opened_lake(self.settings) as con:
            lake.ensure_tables(con)
            for feed, day, rows in deliveries:
                (arrival,) = con.execute("select count(*) from raw.delivery").fetchone() or (0,)
                key = {"delivery_id": f"{feed} {day} r{revision}", "business_date": date.fromisoformat(day)}
                ledger = key | {"branch_code": "NTB01", "feed": feed, "revision": revision, "arrival": arrival}
                ledger |= {"judgement": "accepted", "sha256": f"{feed} {arrival}"}
                for table, lines in (
                    ("delivery", [ledger]),
                    (feed, [key | {"line_no": n} | dict(row) for n, row in enumerate(rows, start=2)]),
                    ("business_day", [{"business_date": key["business_date"]}]),
                ):
                    con.register("rows", pa.Table.from_pylist(lines))
                    con.execute(f"insert into raw.{table} by name from rows")

    def build(self) -> None:
        steps.marts(self.settings)

    def close(self, period: date) -> str:
        """Drafts and freezes a month, and writes its statements; its hash."""
        content: str = close.draft(self.settings, period)["content_hash"]
        second = (period + timedelta(40)).replace(day=2)
        close.freeze(self.settings, period, content, APPROVED[0], f"{second}T09:30:00+08:00")
        close.statements(self.settings, period)
        return content

    def money(self) -> dict[str, list[tuple[Any, ...]]]:
        """What the marts say of agents and wadahs, after having checked that all of it is sums of lines."""
        unequal = """
            with line as (
                select period, agent_code, sum(amount_rp) as exact_rp
                from marts.incentive_line where rule <> 'management' group by all
            ), agent as (
                select period, agent_code, sum(total_rp) as total_rp from marts.incentive_agent_month group by all
            ), wadah as (
                select period, wadah_code, scheme, sum(total_rp) as total_rp
                from marts.incentive_agent_month where scheme is not null group by all
            ), management as (
                select period, wadah_code, scheme, sum(amount_rp) as exact_rp
                from marts.incentive_line where rule = 'management' group by all
            )
            select
                (select count(*) from line full join agent using (period, agent_code)
                    where round(exact_rp) is distinct from total_rp),
                (select count(*) from wadah
                    left join marts.incentive_wadah_month as month using (period, wadah_code, scheme)
                    where agents_total_rp is distinct from total_rp),
                (select count(*) from marts.incentive_wadah_month as month
                    left join management using (period, wadah_code, scheme)
                    where round(coalesce(exact_rp, 0)) <> management_rp
                    or payable_rp <> agents_total_rp + management_rp)
            """
        with opened_lake(self.settings) as con:
            assert con.execute(unequal).fetchone() == (0, 0, 0)
            agents = con.execute(
                "select period, agent_code, new_count, acquisition_rp, contribution_rp, adjustment_rp, total_rp, status"
                " from marts.incentive_agent_month order by all"
            ).fetchall()
            wadahs = con.execute(
                "select period, wadah_code, agents_total_rp, management_rp, payable_rp, status"
                " from marts.incentive_wadah_month where period >= date '2023-09-01' order by all"
            ).fetchall()
        return {"agents": agents, "wadahs": wadahs}


def registered(n: int, agent_code: str = "AB00001", day: str = "2023-09-05", **changes: Any) -> dict[str, Any]:
    return {
        "registration_no": f"R{n}",
        "branch_code": "NTB01",
        "registration_date": date.fromisoformat(day),
        "participant_key": str(UUID(int=n)),
        "card_key": str(UUID(int=1_000 + n)),
        "region_code": "5271",
        "programmes": 3,
        "agent_code": agent_code,
    } | changes


def paid(n: int, day: str = "2023-09-06", number: int | None = None, **changes: Any) -> dict[str, Any]:
    return {
        "receipt_no": f"K{n if number is None else number}",
        "branch_code": "NTB01",
        "card_key": str(UUID(int=1_000 + n)),
        "payment_date": date.fromisoformat(day),
        "first_month": date.fromisoformat(day).replace(day=1),
        "months": 1,
        "programmes": 3,
        "amount_rp": 36_800,
        "payer": "PESERTA",
    } | changes


def rostered(code: str = "AB00001", wadah: str = "W00001", scheme: str = NEW) -> dict[str, Any]:
    return {
        "agent_code": code,
        "branch_code": "NTB01",
        "region_code": "5271",
        "status": "AKTIF",
        "wadah_code": wadah,
        "pks_no": f"PKS {wadah}",
        "scheme": scheme,
        "joined_date": date(2023, 1, 1),
        "pks_from": date(2023, 1, 1),
        "pks_to": date(2024, 12, 31),
    }


def books_at(folder: Path) -> Books:
    reference = folder.with_name("reference")
    if not reference.exists():
        lasting_schemes(reference)
    return Books(House(Settings(home=folder, reference=reference, **KEYS)))


@pytest.fixture(scope="module")
def september_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 new participants of one agent, who all paid in September, and one of another; the draft of that month."""
    books = books_at(tmp_path_factory.mktemp("september"))
    books.deliver(
        ("agents", "2023-09-29", [rostered(), rostered("AB00002", "W00002", OLD)]),
        ("registrations", "2023-09-29", [*map(registered, range(24)), registered(90, "AB00002")]),
        ("contributions", "2023-09-30", [*map(paid, range(24)), paid(90)]),
    )
    close.draft(books.settings, SEPTEMBER)
    return books.settings.home


@pytest.fixture
def books(september_home: Path, tmp_path: Path) -> Books:
    """Books of its own, with the draft of September."""
    shutil.copytree(september_home, tmp_path / "home")
    return books_at(tmp_path / "home")


def drafted(books: Books) -> str:
    ((content,),) = books.house.lake("select content_hash from closed.draft")
    return str(content)


def frozen(books: Books) -> list[tuple[Any, ...]]:
    return books.house.lake("from closed.incentive_line order by all")


@pytest.mark.slow
def test_a_closed_month_never_changes_and_what_comes_later_corrects_the_open_one(books: Books) -> None:
    """September closes with 24 new participants; then the 25th comes late, and a payment is withdrawn and made anew."""
    rows = (
        "select period, agent_code, wadah_code, scheme, new_count, acquisition_rp, contribution_basis_rp,"
        " contribution_rp, adjustment_rp, cap_rp, total_rp, gross_rp from {}.incentive_agent_month order by all"
    )
    content, draft = drafted(books), books.house.lake(rows.format("marts"))
    books.deliver(("registrations", "2023-10-01", [registered(24)]), ("contributions", "2023-10-01", [paid(24)]))
    books.build()  # the draft is two deliveries behind now, and was approved all the same
    close.freeze(books.settings, SEPTEMBER, content, *APPROVED, "dicek")
    assert books.house.lake(rows.format("closed")) == draft
    # at once, so that no version is published in which tables say open and views say closed
    said = "select distinct status from marts.incentive_agent_month where period = '2023-09-01'"
    assert books.house.lake(said) == [("closed",)]
    kept = frozen(books)
    books.deliver(("contributions", "2023-09-30", [*map(paid, range(23)), paid(90)]), revision=2)
    books.deliver(
        ("registrations", "2023-10-31", [registered(50, day="2023-10-20")]),
        ("contributions", "2023-10-31", [paid(50, "2023-10-20"), paid(23, "2023-09-28", 77)]),
    )
    books.close(OCTOBER)
    money = books.money()
    assert money["agents"] == [
        (SEPTEMBER, "AB00001", 24, 0, 132_480, 0, 132_480, "closed"),
        (SEPTEMBER, "AB00002", 1, 0, 2484, 0, 2484, "closed"),
        (OCTOBER, "AB00001", 1, 0, 5520, 25 * 15_000 + 5520, 386_040, "closed"),
    ]
    assert money["wadahs"][-2:] == [
        (OCTOBER, "W00001", 386_040, 38_604, 424_644, "closed"),
        (OCTOBER, "W00002", 0, 0, 0, "closed"),
    ]
    assert books.house.lake(
        "select reason, count(*), sum(amount_rp) from closed.incentive_line"
        " where corrects_period = '2023-09-01' and period = '2023-10-01' group by all order by all"
    ) == [("changed", 24, 360_000), ("late", 3, 26_040), ("withdrawn", 1, -5520)]
    books.deliver(("contributions", "2023-11-30", [paid(90, "2023-09-29", 78, first_month=OCTOBER)]))
    books.build()
    november = (NOVEMBER, "AB00002", 0, 0, 0, 2484, 2484, "open")
    assert books.money()["agents"] == [*money["agents"], november]
    assert [row for row in frozen(books) if row[0] == SEPTEMBER] == kept
    assert close.verify(books.settings, OCTOBER)["payable_rp"] == 424_644
    final = books.settings.statements / "2023-10" / "final"
    assert sheets(final / "W00001.xlsx")["KOREKSI"][1:] == [
        [NEW, "2023-09", "AB00001", "Peserta baru / New participants", 25, "375.000"],
        [NEW, "2023-09", "AB00001", "Iuran / Contributions", 3, "5.520"],
    ]
    assert "2023-09" in (final / "W00001.html").read_text()


class Killed(BaseException):
    """Stands for the end of the process."""


def cut_off(module: Any, name: str, *, after: bool, run: Callable[[], object]) -> None:
    """Runs something that ends with the process, before or after what a name stands for."""
    whole: Callable[..., Any] = getattr(module, name)

    def ending(*args: Any) -> None:
        if after:
            whole(*args)
        raise Killed

    with pytest.MonkeyPatch.context() as patched, pytest.raises(Killed):
        patched.setattr(module, name, ending)
        run()


def test_a_close_that_was_cut_off_anywhere_can_be_run_again(books: Books) -> None:
    content = drafted(books)

    def freeze() -> dict[str, Any]:
        return close.freeze(books.settings, SEPTEMBER, content, *APPROVED)

    for name, after in (("take_turn", False), ("take_turn", True), ("content_hash", True), ("freeze", False)):
        cut_off(closed, name, after=after, run=freeze)
    assert frozen(books) == []
    cut_off(closed, "freeze", after=True, run=freeze)
    assert len(frozen(books)) == 52
    assert freeze()["changed"] is False

    def write() -> dict[str, Any]:
        return close.statements(books.settings, SEPTEMBER)

    for module, name in ((close, "_place"), (closed, "note_statements")):
        for after in (False, True):
            cut_off(module, name, after=after, run=write)
    assert write() == {"changed": False, "files": 6}
    assert [path.name for path in (books.settings.statements / "2023-09").glob("*")] == ["final"]
    with opened_lake(books.settings) as con:
        for table, rows in {"month": 1, "incentive_line": 52, "incentive_agent_month": 2, "statement": 6}.items():
            assert con.execute(f"select count(*) from closed.{table}").fetchone() == (rows,)


def test_without_the_lock_of_the_home_the_lake_lets_only_one_close(books: Books) -> None:
    """Two machines with the catalog in one PostgreSQL share no lock; two transactions stand for them."""
    with opened_lake(books.settings) as one:
        draft = closed.draft(one, SEPTEMBER, drafted_in(one))
        assert draft
        other = one.cursor()
        other.execute("use lake")
        other.execute("begin")
        assert closed.month(other, SEPTEMBER) is None
        closed.freeze(one, closed.Month(**vars(draft), approved_by="a", approved_at="b", note=""), "petugas")
        closed.take_turn(other)
        other.execute("insert into closed.month select * from closed.month")
        with pytest.raises(duckdb.TransactionException, match="conflict"):
            other.execute("commit")
        assert one.execute("select count(*) from closed.month").fetchone() == (1,)


def drafted_in(con: duckdb.DuckDBPyConnection) -> str:
    (content,) = con.execute("select content_hash from closed.draft").fetchone() or ("",)
    return str(content)


HALF_WAY = """
import sys, time
from datetime import date, timedelta
from perisai import close
from perisai.settings import Settings
from warehouse import closed
def wait(*args):
    print("in the transaction", flush=True)
    time.sleep(60)
closed.content_hash = wait
close.freeze(Settings(), date(2023, 9, 1), sys.argv[1], "kepala", "2023-10-02T09:30:00+08:00")
"""


def test_a_killed_process_and_two_at_once_close_the_month_once(books: Books) -> None:
    content = drafted(books)
    places = {"PERISAI_HOME": str(books.settings.home), "PERISAI_REFERENCE": str(books.settings.reference)}
    environment = os.environ | ENVIRONMENT | places
    half = [sys.executable, "-c", HALF_WAY, content]
    with subprocess.Popen(half, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "in the transaction\n"
        process.send_signal(signal.SIGKILL)
    assert frozen(books) == []
    command = [sys.executable, "-m", "perisai.cli", "close-freeze", "2023-09", content]
    command += ["--approved-by", APPROVED[0], "--approved-at", APPROVED[1]]
    both = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sorted("Wrote 6 statements." in text for text in said) == [False, True]
    assert len(frozen(books)) == 52
    assert books.house.lake("select approved_by, approved_at, last_business_date, note from closed.month") == [
        (*APPROVED, date(2023, 9, 30), "")
    ]


def test_only_what_was_approved_is_frozen(books: Books) -> None:
    with pytest.raises(DayFailed, match="there is no draft of 2023-09 with abc; draft it, and approve that"):
        close.freeze(books.settings, SEPTEMBER, "abc", *APPROVED)
    content = drafted(books)
    for approved, message in (
        ((" ", APPROVED[1]), "say who approved it"),
        (("kepala", "2023-10-02T09:30:00"), "is no time with a time zone"),
        (("kepala", "kemarin"), "is no time with a time zone"),
        (("kepala", "2023-09-30T23:59:00+08:00"), "2023-09 ended on 2023-09-30, .* nobody can have approved it before"),
    ):
        with pytest.raises(DayFailed, match=message):
            close.freeze(books.settings, SEPTEMBER, content, *approved)
    assert books.house.lake("select count(*) from closed.month") == [(0,)]
    assert frozen(books) == []


def test_months_are_closed_one_after_the_other_once_complete_and_without_problems(books: Books) -> None:
    with pytest.raises(NotYet, match="2023-10-31 was not run yet, so 2023-10 is not complete; latest is 2023-09-30"):
        close.draft(books.settings, OCTOBER)
    with pytest.raises(DayFailed, match="2022-02 has no lines; there is nothing to close"):
        close.draft(books.settings, date(2022, 2, 1))
    with pytest.raises(DayFailed, match="2023-09 is not closed"):
        close.statements(books.settings, SEPTEMBER)
    content = drafted(books)
    close.freeze(books.settings, SEPTEMBER, content, *APPROVED)
    with pytest.raises(DayFailed, match=r"2023-09 is closed$"):
        close.draft(books.settings, SEPTEMBER)
    with pytest.raises(DayFailed, match=f"2023-09 is closed with {content}, not with other"):
        close.freeze(books.settings, SEPTEMBER, "other", *APPROVED)
    with pytest.raises(DayFailed, match="2023-09 is the last closed month, so 2023-10 is next, not 2023-08"):
        close.draft(books.settings, date(2023, 8, 1))
    books.deliver(("contributions", "2023-10-31", [paid(1, "2023-10-05", 60)]))
    books.build()
    books.house.lake(
        "create or replace table marts.agreement_problem as select date '2023-10-01' as period, 'W00001' as wadah_code,"
        " 'NTB01' as branch_code, 'overlap' as problem, '' as detail"
    )
    with pytest.raises(DayFailed, match=r"2023-10 has problems with agreements.*: W00001 \(NTB01\): overlap"):
        close.draft(books.settings, OCTOBER)


def test_rows_that_are_not_those_of_the_hash_are_not_frozen(books: Books) -> None:
    with opened_lake(books.settings) as con:
        draft = closed.draft(con, SEPTEMBER, drafted_in(con))
        assert draft
        forged = closed.Month(**{**vars(draft), "content_hash": "0"}, approved_by="a", approved_at="b", note="")
        with pytest.raises(closed.WrongContent, match=f"has {draft.content_hash} for 2023-09, not 0"):
            closed.freeze(con, forged, "petugas")
        assert con.execute("select count(*) from closed.incentive_line").fetchone() == (0,)


def test_a_draft_that_is_made_again_is_the_same(books: Books) -> None:
    before = books.house.lake("from closed.draft")
    receipt = close.draft(books.settings, SEPTEMBER)
    assert receipt["changed"] is False
    assert receipt["wadahs"] == 2
    assert receipt["payable_rp"] == 132_480 + 13_248 + 2760
    assert books.house.lake("from closed.draft") == before


def damage_row(books: Books) -> None:
    books.house.lake("update closed.incentive_line set amount_rp = amount_rp + 1 where source_no = 'K3'")


def damage_statement(books: Books) -> None:
    page = books.settings.statements / "2023-09" / "final" / "W00001.html"
    page.write_text(page.read_text().replace("145.728", "945.728"))


def lose_statement(books: Books) -> None:
    (books.settings.statements / "2023-09" / "final" / "W00002.xlsx").unlink()


@pytest.fixture(scope="module")
def closed_home(september_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """September closed, with its statements."""
    home = tmp_path_factory.mktemp("closed") / "home"
    shutil.copytree(september_home, home)
    books = books_at(home)
    close.freeze(books.settings, SEPTEMBER, drafted(books), *APPROVED)
    close.statements(books.settings, SEPTEMBER)
    return home


@pytest.fixture
def closed_books(closed_home: Path, tmp_path: Path) -> Books:
    """Books of its own, with September closed."""
    shutil.copytree(closed_home, tmp_path / "home")
    return books_at(tmp_path / "home")


def test_verification_finds_what_was_changed(closed_books: Books) -> None:
    damage_row(closed_books)
    damage_statement(closed_books)
    lose_statement(closed_books)
    with pytest.raises(DayFailed) as refused:
        close.verify(closed_books.settings, SEPTEMBER)
    assert re.fullmatch(
        "2023-09 is not as it was approved: the frozen rows have the hash [0-9a-f]{64}; 1 row of incentive_line is"
        " only frozen; 1 row of incentive_line is only computed again; the statement W00001.html is another one;"
        " the statement W00002.xlsx is missing",
        str(refused.value),
    )


def test_verification_finds_what_was_changed_along_with_its_hash(closed_books: Books) -> None:
    with opened_lake(closed_books.settings) as con:
        con.execute("delete from closed.incentive_wadah_month where wadah_code = 'W00002'")
        forged = closed.content_hash(con, closed.frozen_rows(SEPTEMBER))
        con.execute("update closed.month set content_hash = ?", [forged])
    with pytest.raises(DayFailed, match=r"incentive_wadah_month (is|are) only computed again; .* not as the audit"):
        close.verify(closed_books.settings, SEPTEMBER)


def test_verification_does_not_depend_on_todays_rules(
    closed_books: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Years later: other rates in the reference tables, other SQL, another schema of the published marts."""
    reference = tmp_path / "later"
    shutil.copytree(closed_books.settings.reference, reference)
    rules = reference / "incentive_rule.csv"
    rules.write_text(rules.read_text().replace("0.15", "0.20").replace("0.075", "0.01"))
    later = closed_books.settings.model_copy(update={"reference": reference})
    sql = tmp_path / "models"
    shutil.copytree(models.MODELS, sql)
    earning = sql / "core" / "incentive_earning.sql"
    earning.write_text(earning.read_text().replace("* coalesce(agent_share, 1)", "* coalesce(agent_share, 1) * 2"))
    monkeypatch.setattr(models.discover, "__defaults__", (sql,))
    steps.marts(later)
    assert closed_books.money()["agents"][-2:] == [
        (OCTOBER, "AB00001", 0, 0, 0, 132_480 * 2 * 20 // 15 - 132_480, 220_800, "open"),
        (OCTOBER, "AB00002", 0, 0, 0, -1822, -1822, "open"),
    ]
    assert close.verify(later, SEPTEMBER)["payable_rp"] == 148_488


def test_a_month_that_is_taken_away_and_closed_again_is_seen(closed_books: Books) -> None:
    """Whoever can write to the lake can close a month anew; the audit tells, and its own rows are chained."""

    def without(*statements: str) -> None:
        with opened_lake(closed_books.settings) as con:
            for statement in statements:
                con.execute(statement)

    before = closed_books.house.lake("select entry_no, period, approved_by, before_hash from closed.audit order by all")
    assert before[0] == (1, SEPTEMBER, APPROVED[0], "")
    without("delete from closed.month", *(f"delete from closed.{table}" for table in (*closed.FROZEN, "terms")))
    shutil.rmtree(closed_books.settings.statements)
    close.freeze(closed_books.settings, SEPTEMBER, drafted(closed_books), "orang lain", APPROVED[1])
    with pytest.raises(DayFailed, match=r"2023-09 was closed 2 times, the last time by orang lain"):
        close.verify(closed_books.settings, SEPTEMBER)
    without("delete from closed.audit where entry_no = 1")
    with pytest.raises(DayFailed, match="the audit is not as it was written from entry 1 on"):
        close.verify(closed_books.settings, SEPTEMBER)
    without("update closed.audit set entry_no = 1, before_hash = ''")
    with pytest.raises(DayFailed, match="the audit is not as it was written from entry 1 on"):
        close.verify(closed_books.settings, SEPTEMBER)


@pytest.mark.slow
@pytest.mark.marts
def test_the_last_close_leaves_a_trace_when_it_is_taken_away_with_its_entry(closed_books: Books) -> None:
    """What is left of the chain fits together: that there was more, a published version and the papers tell."""
    build_all(closed_books.house)
    steps.publish(closed_books.settings)
    closed_books.deliver(
        ("agents", "2023-10-31", [rostered(), rostered("AB00002", "W00002", OLD)]),
        ("contributions", "2023-10-31", [paid(1, "2023-10-06", 701)]),
    )
    closed_books.build()
    closed_books.close(OCTOBER)
    steps.publish(closed_books.settings)
    assert close.verify(closed_books.settings, SEPTEMBER)["payable_rp"] == 148_488
    with opened_lake(closed_books.settings) as con:
        for table in ("month", "terms", *closed.FROZEN):
            con.execute(f"delete from closed.{table} where period = date '{OCTOBER}'")
        con.execute("delete from closed.audit where entry_no = 2")
    with pytest.raises(DayFailed) as refused:
        close.verify(closed_books.settings, SEPTEMBER)
    assert re.fullmatch(
        "2023-09 is not as it was approved: the last close that the published version 2023-10-31-[0-9a-f]+ names is not"
        " in the audit any more; 2023-10 has final statements and is not closed any more",
        str(refused.value),
    )
    closed_books.build()
    with pytest.raises(DayFailed, match=r"the last close that 2023-10-31-[0-9a-f]+ names is not in the audit any more"):
        steps.publish(closed_books.settings)


def test_the_terms_of_its_schemes_are_frozen_with_a_month(closed_books: Books) -> None:
    frozen = closed_books.house.lake("select period, table_name, terms from closed.terms order by all")
    assert {row[:2] for row in frozen} == {(SEPTEMBER, "incentive_rule"), (SEPTEMBER, "incentive_scheme")}
    texts = [terms for *_, terms in frozen]
    assert sum("rate=0.1500" in each and f"scheme={NEW}" in each for each in texts) == 1
    assert sum(f"scheme={OLD}" in each and "threshold_new=50" in each for each in texts) == 1
    with opened_lake(closed_books.settings) as con:
        con.execute("update closed.terms set terms = replace(terms, 'rate=0.1500', 'rate=0.2000')")
    with pytest.raises(
        DayFailed, match=r"the frozen rows have the hash .*; the frozen terms of its schemes are others"
    ):
        close.verify(closed_books.settings, SEPTEMBER)
    with opened_lake(closed_books.settings) as con:
        con.execute(
            "delete from closed.terms"
        )  # as of a month that was closed before there was the table, but for the hash
    with pytest.raises(DayFailed, match="the frozen rows have the hash"):
        close.verify(closed_books.settings, SEPTEMBER)


def test_an_approver_who_is_exchanged_is_seen(closed_books: Books) -> None:
    with opened_lake(closed_books.settings) as con:
        con.execute("update closed.month set approved_by = 'orang lain'")
    with pytest.raises(DayFailed, match="2023-09 is not as the audit has it: approved_by"):
        close.verify(closed_books.settings, SEPTEMBER)


def test_no_paper_is_drawn_of_rows_that_are_not_those_that_were_approved(closed_books: Books) -> None:
    lose_statement(closed_books)
    with opened_lake(closed_books.settings) as con:
        con.execute("delete from closed.incentive_wadah_month where wadah_code = 'W00002'")
    with pytest.raises(DayFailed, match="2023-09 is not as it was approved: the frozen rows have the hash"):
        close.statements(closed_books.settings, SEPTEMBER)


def test_a_month_with_final_papers_is_not_closed_again_in_a_new_lake(closed_books: Books) -> None:
    with opened_lake(closed_books.settings) as con:
        con.execute("delete from closed.month")
    with pytest.raises(DayFailed, match=r"2023-09 has final statements in .*but this lake does not know"):
        close.draft(closed_books.settings, SEPTEMBER)


def test_damaged_statements_are_written_again_as_they_were_or_not_at_all(
    closed_books: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    final = closed_books.settings.statements / "2023-09" / "final"
    before = close._on_disk(final)
    damage_statement(closed_books)
    lose_statement(closed_books)
    assert close.statements(closed_books.settings, SEPTEMBER) == {"changed": True, "files": 6}
    assert close._on_disk(final) == before
    damage_statement(closed_books)
    damaged = close._on_disk(final)
    monkeypatch.setattr(statement, "AGENT", ())
    statement._templates.cache_clear()
    try:
        with pytest.raises(DayFailed, match="this version of the program writes others than were written"):
            close.statements(closed_books.settings, SEPTEMBER)
    finally:
        statement._templates.cache_clear()
    assert close._on_disk(final) == damaged


def sheets(path: Path) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_the_published_examples_from_exports_to_statements(tmp_path: Path) -> None:
    """The slide's rows, new and old scheme, through contracts, lake, marts, approval and statements."""
    reference = lasting_schemes(tmp_path / "reference")
    house = House(Settings(home=tmp_path / "data", reference=reference, **KEYS, max_missing_share=1))
    slide = {
        "AB00050": ("W00050", NEW, 50, 750_000, 1_840_000, 276_000, 1_026_000, 102_600),
        "AB00030": ("W00030", NEW, 30, 450_000, 1_104_000, 165_600, 615_600, 61_560),
        "AB00051": ("W00051", OLD, 50, 450_000, 1_840_000, 124_200, 574_200, 63_800),
        "AB00031": ("W00031", OLD, 30, 0, 1_104_000, 74_520, 74_520, 8_280),
    }
    agents, registrations = [], []
    for code, (wadah, scheme, new, *_) in slide.items():
        agents.append(agent(int(code[2:]), wadah_code=wadah, scheme=scheme, pks_no=f"PKS/{wadah}"))
        first = len(registrations) + 1
        registrations += [registration(n, agent_code=code) for n in range(first, first + new)]
    house.leave("NTB01", "agents", "2023-09-30", agents)
    house.leave("NTB01", "registrations", "2023-09-30", registrations)
    house.leave("NTB01", "contributions", "2023-09-30", [contribution(n + 1) for n in range(len(registrations))])
    house.load("2023-09-30")
    books = Books(house)
    books.close(SEPTEMBER)
    final = house.settings.statements / "2023-09" / "final"
    for code, (wadah, scheme, new, acquisition, basis, contributions, total, management) in slide.items():
        book = sheets(final / f"{wadah}.xlsx")
        assert book["PERISAI"][1:] == [[scheme, code, new, acquisition, basis, contributions, 0, total]]
        part = {str(row[0]).split(" / ")[0]: row[1] for row in book["PERNYATAAN"][4:] if row[0]}
        assert part["PKS"] == f"NTB01 PKS/{wadah}"
        assert part["Insentif wadah"] == management
        assert part["Dibayarkan, bruto"] == part["Dibayarkan seluruhnya, bruto"] == total + management
        assert part["Pajak"] == words.DASH
        page = (final / f"{wadah}.html").read_text()
        for value in (new, acquisition, basis, contributions, total, total + management):
            assert f">{value:,}<".replace(",", ".") in page
    payable = sum(row[6] + row[7] for row in slide.values())
    totals = sheets(final / "summary.xlsx")["RINGKASAN"][-1]
    assert totals[0] == "Jumlah / Total"
    assert totals[6] == payable
    assert f">{payable:,}<".replace(",", ".") in (final / "summary.html").read_text()
    personal = re.compile(rb"Contoh|person|\b[0-9]{11}\b|\b[0-9]{16}\b")
    assert not [path.name for path in final.iterdir() if path.suffix == ".html" and personal.search(path.read_bytes())]
    assert not [path.name for path in final.iterdir() if re.search(rb"https?://(?!schemas|purl)", path.read_bytes())]
    assert close.verify(house.settings, SEPTEMBER)["payable_rp"] == payable
