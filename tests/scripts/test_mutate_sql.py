"""The mutation check itself: what it changes, that it sees what dies and what survives, and what it calls wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scripts import mutate_sql
from scripts.mutate_sql import Mutant, csv_mutants, sql_mutants, verdict

HOUSE = Path(mutate_sql.__file__).parent.parent

SQL = """
with one as (
    select
        round(coalesce(min(a) + 1, 25)) as x,
        lead(b) over (partition by c order by d, e nulls first, f desc rows between 1 preceding and current row) as y
    from t
    left join u on t.k = u.k
    where a < 2 and b is not null or c >= greatest(1, 2)
),
final as (
    select x  -- 1 < 2
    from one
    order by x
)
select * from final
"""


def test_one_thing_is_changed_at_a_time_and_nothing_in_comments_or_in_the_order_of_the_table() -> None:
    found = list(sql_mutants("core/x.sql", SQL))
    assert [(one.change, one.line_no) for one in found] == [
        ("round -> nothing", 4),
        ("coalesce(min(a) + 1, 25) -> (min(a) + 1)", 4),
        ("min -> max", 4),
        ("+ -> -", 4),
        ("1 -> 0", 4),
        ("1 -> 2", 4),
        ("25 -> 24", 4),
        ("25 -> 26", 4),
        ("lead -> lag", 5),
        ("asc -> desc", 5),
        ("asc -> desc", 5),
        ("desc -> asc", 5),
        ("1 -> 0", 5),
        ("1 -> 2", 5),
        ("left -> inner", 7),
        ("= -> <>", 7),
        ("< -> <=", 8),
        ("2 -> 1", 8),
        ("2 -> 3", 8),
        ("and -> or", 8),
        ("not -> nothing", 8),
        ("or -> and", 8),
        (">= -> >", 8),
        ("greatest -> least", 8),
        ("1 -> 0", 8),
        ("1 -> 2", 8),
        ("2 -> 1", 8),
        ("2 -> 3", 8),
    ]
    assert len({one.text for one in found} | {SQL}) == len(found) + 1
    assert len({one.key for one in found}) == len(found)


def test_every_number_of_a_reference_file_is_changed_and_no_date_or_text() -> None:
    found = list(csv_mutants("f.csv", 'scheme,from,rate,on,citation\nx-22,2022-01-01,0.15,true,"A, 25 of ""B"""\n'))
    assert [one.change for one in found] == ["0.15 -> 0.16", "0.15 -> 0.14", "true -> false"]
    assert '"x-22","2022-01-01","0.16","true","A, 25 of ""B"""' in found[0].text


def test_survivors_need_a_reason_and_reasons_a_survivor() -> None:
    one, two = (Mutant("core/x.sql", "a < 2", change, 1, "", 8) for change in ("< -> <=", "2 -> 3"))
    assert verdict([one, two], [one], {one.key: "no row has a = 2"}) == []
    assert verdict([one, two], [one], {}) == ["unexplained  core/x.sql:8: < -> <=: a < 2"]
    assert verdict([one, two], [], {two.key: "?"}) == ["explained, but a test sees it  core/x.sql, a < 2, 2 -> 3, 1"]
    assert verdict([one], [], {two.key: "?"}) == []


MUST_DIE = [
    "core/account.sql:{}: >= -> >: added.whole_rp >= coalesce(smallest.due_rp, 1), false",
    "core/incentive_uncapped.sql:{}: < -> <=: when agent_month_count < threshold_new",
    "core/contribution_month.sql:{}: >= -> >: case when received_rp > 0 and net_rp >= enough_rp",
    "incentive_rule.csv:{}: 24 -> 25",
    "parameter.csv:{}: 3 -> 4",
]
HARMLESS = "core/incentive_uncapped.sql:{}: 24 -> 25: cast(case when reason is null then basis_rp * rate"


@pytest.mark.timeout(600)
def test_what_must_die_dies_and_a_harmless_change_is_shown(tmp_path: Path) -> None:
    every = mutate_sql.all_mutants()
    chosen = []
    for wanted in [*MUST_DIE, HARMLESS]:
        file, text = wanted.split(":{}: ")
        chosen.append(next(str(one) for one in every if one.file == file and f": {text}" in str(one)))
    nothing = tmp_path / "explained.csv"
    nothing.write_text("file,line,change,nth,reason\n")
    only = [part for text in chosen for part in ("--only", text)]
    tests = ["--tests", "test_incentive_borders", "--explained", str(nothing)]
    ran = subprocess.run(
        [sys.executable, "scripts/mutate_sql.py", *only, *tests], cwd=HOUSE, capture_output=True, text=True, check=False
    )
    assert f"unexplained  {chosen[-1]}" in ran.stdout, ran.stdout + ran.stderr
    assert [text for text in chosen if f"alive  {text}" in ran.stdout] == chosen[-1:]
    assert f"{len(chosen)} mutants, 1 survived" in ran.stdout
    assert ran.returncode == 1
