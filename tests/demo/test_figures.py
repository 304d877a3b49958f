"""What the demo adds up to, counted with plain SQL and with nothing of the demo's own arithmetic."""

from __future__ import annotations

from collections import Counter
from datetime import date

import duckdb
import pytest

both = pytest.mark.parametrize("counted", ["province", "small"], indirect=True)
province_only = pytest.mark.parametrize("counted", ["province"], indirect=True)
small_only = pytest.mark.parametrize("counted", ["small"], indirect=True)


def figures(con: duckdb.DuckDBPyConnection) -> dict[str, object]:
    """The published figures, as they come out of the rows."""
    protected = """select count(*), count(*) filter (by_perisai)
        from protected join person using (nik) where region_code like ?"""
    claims = """select count(*), count(distinct claim_no), cast(sum(amount_rp) as bigint)
        from claims join card using (kpj) join person using (nik)
        where status = 'Dibayarkan' and status_date <= date '2023-10-13' and by_perisai and region_code like '52%'"""
    palu = """select region_code, count(*) from registrations
        where agent_code is not null and region_code like '72%'
            and registration_date between date '2023-01-01' and date '2023-10-13' group by all"""
    agents = """select count(distinct agent_code), count(distinct region_code) from agents
        where day = date '2023-10-13' and branch_code like 'STG%'"""
    return {
        "ntb": con.execute(protected, ["52%"]).fetchone(),
        "claims": con.execute(claims).fetchone(),
        "palu": dict(con.execute(palu).fetchall()),
        "agents": con.execute(agents).fetchone(),
    }


@province_only
def test_the_province_adds_up_to_the_published_figures(counted: duckdb.DuckDBPyConnection) -> None:
    assert figures(counted) == {
        "ntb": (286_000, 144_000),
        "claims": (1_744, 1_744, 64_100_000_000),
        "palu": {"7271": 9_437, "7208": 7_713, "7203": 3_436},
        "agents": (400, 13),
    }


@province_only
def test_regencies_differ_and_one_has_no_agent(counted: duckdb.DuckDBPyConnection) -> None:
    rows = counted.execute(
        """select region_code, count(*) * 100 / any_value(people), count(*) filter (by_perisai) * 100 / count(*)
        from protected join person using (nik)
        join (select region_code::varchar as region_code, people
            from read_csv('warehouse/reference/universe.csv') where definition = 'bpu') using (region_code)
        where region_code like '52%' group by region_code"""
    ).fetchall()
    covered, by_agent = ({code: row[place] for code, *row in rows} for place in (0, 1))
    assert min(covered.values()) < 16 and max(covered.values()) > 36
    assert len({round(share) for share in covered.values()}) > 7
    assert [code for code, share in by_agent.items() if share == 0] == ["5208"]
    assert counted.execute("select count(*) from agents where region_code = '5208'").fetchone() == (0,)


@small_only
def test_the_small_size_adds_up_too(counted: duckdb.DuckDBPyConnection) -> None:
    assert figures(counted) == {
        "ntb": (286, 144),
        "claims": (2, 2, 64_100_000),
        "palu": {"7271": 9, "7208": 8, "7203": 3},
        "agents": (24, 13),
    }


@province_only
def test_half_the_workforce_of_central_sulawesi_is_protected(counted: duckdb.DuckDBPyConnection) -> None:
    counts = counted.execute(
        """select
            (select count(*) from protected join person using (nik) where region_code like '72%'),
            (select sum(people) from read_csv('warehouse/reference/segment_count.csv', all_varchar = false)
                where region_code::varchar like '72%'),
            (select people from read_csv('warehouse/reference/universe.csv')
                where region_code::varchar = '72' and definition = 'ucj')"""
    ).fetchone()
    assert counts is not None
    assert (counts[0] + counts[1]) / counts[2] == pytest.approx(0.5, abs=0.005)


@province_only
def test_identity_numbers_agree_with_birth_date_and_sex(counted: duckdb.DuckDBPyConnection) -> None:
    wrong = counted.execute(
        """select registration_no from registrations
        where length(nik) = 16 and nik[7:12] <> case when sex = 'P' then day(birth_date) + 40 || '' else
            strftime(birth_date, '%d') end || strftime(birth_date, '%m%y')"""
    ).fetchall()
    assert len(wrong) == 1, "only the row that breaks the rule"


@both
def test_every_agent_month_is_mostly_small(counted: duckdb.DuckDBPyConnection) -> None:
    below = counted.execute(
        """select count(*) filter (n < 25) / count(*) from (
            select count(*) as n from registrations
            where agent_code is not null group by agent_code, date_trunc('month', registration_date))"""
    ).fetchone()
    assert below is not None
    assert 0.8 < below[0] < 1


@province_only
def test_one_agent_of_each_branch_is_no_participant_and_of_one_nobody_knows(counted: duckdb.DuckDBPyConnection) -> None:
    rows = counted.execute(
        """select branch_code, count(*) filter (nik is null),
            count(*) filter (nik is not null and nik not in (select person.nik from person))
        from agents where day = '2023-10-13' group by branch_code"""
    ).fetchall()
    assert len(rows) == 8
    assert {tuple(found) for _, *found in rows} == {(1, 1)}


@both
def test_people_have_every_kind_of_history(counted: duckdb.DuckDBPyConnection) -> None:
    seen = counted.execute(
        """with good as (from contributions where branch_code <> 'NTB01')  -- where no row is bad
        select
            (select list(distinct months order by months) from good),
            (select list(distinct programmes order by programmes) from good),
            (select list(distinct payer order by payer) from good),
            (select count(*) from person anti join protected using (nik)),
            (select count(*) from (select nik from registrations group by nik having count(distinct branch_code) > 1)),
            (select count(*) from (select nik from card group by nik having count(distinct kpj) > 1)),
            (select min(amount_rp / months) from good)"""
    ).fetchone()
    assert seen is not None
    assert seen[:3] == ([1, 2, 3, 6, 12], [2, 3], ["APBD", "APBN", "PESERTA"])
    assert min(seen[3:6]) > 0
    assert seen[6] == 16_800
    gaps = counted.execute(
        """select list(distinct gap order by gap) from (
            select date_diff('month', lag(first_month + to_months(cast(months as integer))) over (
                partition by kpj order by first_month), first_month) as gap from contributions
        )"""
    ).fetchone()
    assert gaps is not None
    assert {0, 2, 5} <= set(gaps[0])


@both
def test_some_agents_meet_the_threshold_exactly_and_others_miss_it_by_one(counted: duckdb.DuckDBPyConnection) -> None:
    rows = counted.execute(
        """select list(distinct n order by n) from (
            select count(*) as n
            from registrations join (select distinct kpj from contributions) using (kpj)
            where agent_code is not null group by agent_code, date_trunc('month', registration_date)
        )"""
    ).fetchone()
    assert rows is not None
    assert {1, 24, 25} <= set(rows[0])


@province_only
def test_agents_work_for_their_branch_from_a_wadah_with_an_agreement(counted: duckdb.DuckDBPyConnection) -> None:
    foreign = counted.execute(
        """select count(*) from registrations
        anti join agents on registrations.agent_code = agents.agent_code
            and registrations.branch_code = agents.branch_code
            and registration_date between greatest(joined_date, pks_from) and pks_to
        where regexp_full_match(registrations.agent_code, 'AB[0-9]{5}')"""
    ).fetchone()
    assert foreign == (0,)
    sizes = counted.execute(
        """select min(n) < 5, max(n), count(*) filter (n between 5 and 20) > count(*) / 2 from (
            select count(*) as n from agents where day = date '2023-09-30' group by wadah_code)"""
    ).fetchone()
    assert sizes == (True, 20, True)
    changes = counted.execute(
        """select count(distinct wadah_code) > 1, count(distinct status) > 1, min(day), max(day) from agents
        where branch_code = 'STG01' group by agent_code"""
    ).fetchall()
    kinds = Counter(
        (bool(moved), bool(rested), first == date(2023, 9, 30), last == date(2023, 10, 13))
        for moved, rested, first, last in changes
    )
    kinds.pop((False, False, True, True))
    assert kinds == {
        (True, False, True, True): 1,
        (False, True, True, True): 1,
        (False, True, True, False): 1,
        (False, False, False, True): 1,
    }
