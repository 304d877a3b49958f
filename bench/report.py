"""How long the report of a nation takes: 325 branches, 38 provinces and a thousand wadahs, from a published file.

``python -m bench.report`` fills a published file with invented figures, as many rows of each mart as a nation has that
the report reads, and draws it in a process of its own, with its charts and without. Times of different machines say
little; how often the marts could have been read meanwhile says more.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import duckdb
from markupsafe import Markup

from warehouse import checks, closed, lake, models

PROVINCES, BRANCHES, WADAHS, AGENTS, MONTHS, DAYS = 38, 325, 1_000, 6_500, 24, 60
DAY = "date '2023-10-13'"
MONTH = "date '2023-10-01'"

# What stands for chance: a number from 0 to 999,999 that depends on its arguments alone.
_MACROS = """
create macro chance(a, b) as cast(hash(concat(a, '|', b)) % 1000000 as bigint);
create macro branch_of(n) as concat('CAB', lpad(cast(n as varchar), 3, '0'));
create macro wadah_of(n) as concat('W', lpad(cast(n as varchar), 5, '0'));
create macro agent_of(n) as concat('AB', lpad(cast(n as varchar), 5, '0'));
"""
_MEASURES = """2 + chance(k, month) % 20 * size as new_2, 5 + chance(k, month) % 60 * size as new_3,
    3000 * size as managed, 2000 * size as active, 600 * size as in_arrears, 300 * size as lapsed,
    100 * size as never_paid, 600 * size * 36800 as arrears_rp, 66.6 as active_pct, 22.5 as drop_out_pct,
    70.1 as retention_3_pct, 55.4 as retention_6_pct, 40.0 as retention_12_pct, 23.1 as arrears_pct,
    2000 * size * 36800 as contribution_rp"""
_FIGURES: Mapping[str, str] = {
    "reference.region": """
        with province as (select cast(10 + n as varchar) as code from range(1, {provinces} + 1) as t (n))
        select code as region_code, 'province' as region_level, concat('Provinsi Contoh ', code) as region_name,
            null as parent_code from province
        union all
        select concat(code, lpad(cast(n as varchar), 2, '0')), 'regency', concat('Kabupaten Contoh ', code, n), code
        from province cross join range(1, 15) as t (n) where n <= 13 or code <= '30'""",
    "reference.branch": """
        select branch_of(n + 1) as branch_code, concat('Cabang Contoh ', n + 1) as branch_name,
            concat(11 + n % {provinces}, lpad(cast(1 + n // {provinces} as varchar), 2, '0')) as region_code,
            concat('KW', n % 11) as office_code, concat('Kantor Wilayah Contoh ', n % 11) as office_name
        from range({branches}) as t (n)""",
    "month": """select cast({month} - to_months(cast(n as integer)) as date) as month from range({months}) as t (n)""",
    "marts.coverage_month": """
        with region as (
            select region_code, region_level from reference.region union all select '00', 'nation'
        )
        select region_code, region_level, month, definition, 1000000 as universe, 260000 as protected,
            20 + chance(region_code, month) % 100 / 10 as coverage_pct, 130000 as perisai, 50.1 as perisai_share_pct,
            7.8 as ucj_points, 'invented' as universe_source, 30.0 as target_pct, 300000 as target_people,
            'invented' as target_source, 40000 as gap_people, 2 as months_left, 20000 as needed_a_month,
            'open' as target_state, 1200 as people_change_month, 0.2 as points_change_month, 2.5 as points_change_year,
            false as revised_year
        from region cross join month cross join (values ('bpu'), ('ucj')) as d (definition)""",
    "marts.agent_region_month": """
        select month, region_code, region_level, 12 as agents, 0 as regencies_without_agents, 1.2 as agents_per_10000
        from reference.region cross join month""",
    "marts.monev_branch_month": f"""
        select month, branch_code, left(region_code, 2) as province_code, 20 as agents, 20 as agents_on_duty,
            15 as agents_with_new, 4 as agents_at_threshold, 800 as target_new, 70.0 as realised_new_pct,
            90000000 as target_contribution_rp, 81.5 as realised_contribution_pct, 2 as streak, 3 as province_rank,
            1 + chance(branch_code, '') % 325 as nation_rank, 3 as target_province_rank,
            1 + chance(branch_code, '') % 325 as target_nation_rank, month = {{month}} as is_running, {_MEASURES}
        from (select *, branch_code as k, 1 as size from reference.branch) cross join month""",
    "marts.branch_to_date": """
        select branch_code, {month} as month, {day} as to_date, {day} - interval 1 month as to_date_before,
            380 as new_by_perisai, 350 as new_by_perisai_before, 40000000 as contribution_rp,
            38000000 as contribution_before_rp, true as is_running
        from reference.branch""",
    "marts.monev_wadah_month": f"""
        select month, branch_of(1 + n % {{branches}}) as branch_code, wadah_of(n + 1) as wadah_code, 7 as agents,
            7 as agents_on_duty, 1 as agents_at_threshold, 1 + n // {{branches}} as branch_rank,
            n % 30 as province_rank,
            {_MEASURES}
        from (select n, n as k, 1 as size from range({{wadahs}}) as t (n)) cross join month""",
    "marts.wadah_watch": """
        select {month} as month, wadah_of(n + 1) as wadah_code, 'perisai-13-2022' as scheme, 7 as agent_count,
            5 as minimum_agents, n % 10 // 9 as missing_agents, 1 as agents_warned, 0 as agents_inactive
        from range({wadahs}) as t (n)""",
    "marts.agreement": """
        select branch_of(1 + n % {branches}) as branch_code, wadah_of(n + 1) as wadah_code,
            concat('Wadah Contoh ', n + 1) as wadah_name, concat('PKS/', n) as pks_no, 'perisai-13-2022' as scheme,
            date '2022-01-01' as first_day, {day} + cast(chance(n, 'pks') % 900 as integer) as last_day
        from range({wadahs}) as t (n)""",
    "marts.monev_agent_month": f"""
        select month, agent_of(n) as agent_code, branch_of(1 + n % {{branches}}) as branch_code,
            concat(11 + n % {{branches}} % {{provinces}}) as province_code, wadah_of(1 + n % {{wadahs}}) as wadah_code,
            concat(11 + n % {{branches}} % {{provinces}}, '01') as region_code, true as on_duty,
            n // {{branches}} + 1 as branch_rank,
            n % 170 as province_rank, n % 4 as streak, case when n % 9 = 0 then 'drop_out, arrears' end as warnings,
            {_MEASURES}
        from (select n, n as k, 1 as size from range({{agents}}) as t (n)) cross join month""",
    "marts.agent_watch": """
        select {month} as month, agent_of(n) as agent_code, 25 as threshold, n % 25 as missing_to_threshold,
            1 as unpaid_participants, n % 5 as months_without_acquisition, 0 as months_without_transaction,
            case n % 12 when 0 then 'warning' else 'active' end as state
        from range({agents}) as t (n)""",
    "marts.incentive_agent_month": """
        select month, agent_of(n) as agent_code, wadah_of(1 + n % {wadahs}) as wadah_code,
            'perisai-13-2022' as scheme, 20 as new_count, 300000 as acquisition_rp, 0 as adjustment_rp,
            chance(n, month) as contribution_rp, 300000 + chance(n, month) as total_rp
        from range({agents}) as t (n) cross join month""",
    "marts.incentive_line": """
        select month, agent_of(n) as agent_code, wadah_of(1 + n % {wadahs}) as wadah_code,
            'perisai-13-2022' as scheme, rule, rate, reason, amount_rp, people as new_participants
        from range({agents}) as t (n) cross join (from month where month > {month} - interval 3 month)
        cross join (values ('acquisition', null, null, 15000, 1), ('acquisition', null, 'no_contribution_yet', 0, 0),
            ('contribution', 0.15, null, 5520, 0), ('contribution', 0.05, null, 1840, 0))
            as line (rule, rate, reason, amount_rp, people) cross join range(10)""",
    "marts.incentive_wadah_month": """
        select month, wadah_of(n + 1) as wadah_code, 'perisai-13-2022' as scheme, 'PKS' as pks,
            7 as agent_count, 5 as minimum_agents, 2000000 as agents_total_rp, 0 as adjustment_rp,
            200000 as management_rp, 2200000 as payable_rp, 'open' as status
        from range({wadahs}) as t (n) cross join month""",
    "marts.incentive_close": """
        select month, case when month = {month} then 'running' else 'closed' end as state,
            0 as agreement_problems, {wadahs} as wadahs, 2200000000 as payable_rp from month""",
    "marts.claim_month": """
        select month, branch_code, left(region_code, 2) as province_code, programme, status, channel, 12 as claim_count,
            120000000 as claim_rp
        from reference.branch cross join month cross join (values ('JKK'), ('JKM'), ('JHT')) as p (programme)
        cross join (values ('Diajukan'), ('Ditetapkan'), ('Dibayarkan')) as s (status)
        cross join (values ('perisai'), ('other')) as c (channel)""",
    "marts.claim_group_month": """
        select month, 'Dibayarkan' as status, region_code as province_code, 'JKM' as programme, 'known' as person,
            dimension, value, 20 as claim_count, 200000000 as claim_rp
        from reference.region cross join month cross join (values
            ('benefit', 'MENINGGAL'), ('benefit', 'PENGOBATAN'), ('age_band', 'under 25'), ('age_band', '25 to 34'),
            ('sex', 'L'), ('sex', 'P')) as d (dimension, value) where region_level = 'province'""",
    "marts.claim_duration": """
        select month, region_code as province_code, 'all' as programme, 99 as claim_count, 13.0 as median_days,
            20.0 as p90_days
        from reference.region cross join month where region_level = 'province'""",
    "marts.claim_ratio": """
        select month, region_code, 'all' as programmes, 900000000 as contribution_rp, 300000000 as benefit_rp,
            33.3 as ratio_pct
        from reference.region cross join month where region_level = 'province'""",
    "marts.sector_month": """
        select region_code, region_level, sector, month, 9000 as protected, 5000 as perisai, 120 as new_registrations,
            12.0 as growth_year_pct, 20.0 as coverage_pct, false as claims_hidden
        from (select region_code, region_level from reference.region union all select '00', 'nation')
        cross join reference.sector cross join month""",
    "marts.delivery_day": """
        select {day} - cast(n as integer) as business_date, branch_code, feed, 1000 as lines, 999 as accepted,
            1 as rejected, 0 as duplicates, true as verified, null as reason, 1 as revision,
            case when n < 3 and chance(branch_code, feed) % 40 = 0 then 'absent' else 'accepted_with_rejects' end
                as outcome
        from reference.branch cross join range({days}) as t (n) cross join reference.feed""",
    "marts.validation_result": """
        select {day} - cast(n as integer) as business_date, branch_code, feed, rule, 'error' as severity,
            'NIK terdiri dari tepat 16 angka. / A NIK is exactly 16 digits.' as reason, 1000 as evaluated, 1 as failed
        from reference.branch cross join range({days}) as t (n) cross join reference.feed
        cross join (select concat('rule_', r) as rule from range(4) as t (r))""",
    "marts.quality_signal": """
        select {month} as month, 'nik_series' as kind, agent_of(n) as agent_code,
            branch_of(1 + n % {branches}) as branch_code, 12 as signal_count, 8 as threshold, {day} as from_date,
            {day} as to_date
        from range(400) as t (n)""",
    "marts.reconciliation": """
        select 'manifest_lines' as subject, region_code, branch_code, feed, {day} as period, 1000 as published,
            1000 as computed, 0 as difference, true as agrees, true as self_consistent, 'manifest' as source
        from reference.branch cross join reference.feed""",
}


def empty(database: Path) -> None:
    """Makes a published file whose tables have the columns of the models, and the reference tables as they are kept."""
    with duckdb.connect(str(database)) as con:
        con.execute("create schema raw")
        for table, columns in lake.documented().items():
            con.execute(
                f"create table raw.{table} ({', '.join(f'{name} {kind}' for name, (kind, _) in columns.items())})"
            )
        con.executemany("insert into raw.feed values (?, ?, ?, ?, ?, ?, ?)", lake.feeds_said())
        for statement in closed.tables():
            con.execute(statement)
        every = {model.table: model for model in models.discover()}
        models.build(con, Path(models.__file__).parent / "reference", every.values())
        columns = ", ".join(f"{name} {kind}" for name, (kind, _) in checks.COLUMNS.items())
        con.execute(f"create table {checks.TABLE} ({columns})")
        views = "select schema_name, view_name from duckdb_views() where not internal and schema_name = 'marts'"
        for schema, view in con.execute(views).fetchall():  # published as tables
            con.execute(f"create table {schema}.{view}_made as from {schema}.{view} limit 0")
            con.execute(f"drop view {schema}.{view}; alter table {schema}.{view}_made rename to {view}")
        tables = "select table_name from duckdb_tables() where schema_name = 'marts'"
        for (table,) in con.execute(tables).fetchall():  # some have rows that come from reference tables alone
            con.execute(f"delete from marts.{table}")
        for schema in ("raw", "core", "before", "closed"):
            con.execute(f"drop schema if exists {schema} cascade")
        # it says nothing but what the deliveries that are filled in say, and where their branches were
        con.execute(f"create schema core; create view core.branch_place as {every['core.branch_place'].sql}")
        con.execute(f"drop table marts.freshness; create view marts.freshness as {every['marts.freshness'].sql}")


def fill(database: Path, **counts: int) -> None:
    """Fills an empty published file with invented figures of a nation.

    Args:
        database: the file.
        counts: fewer ``provinces``, ``branches``, ``wadahs``, ``agents``, ``months`` or ``days`` than a nation has.
    """
    sizes = {
        "provinces": PROVINCES,
        "branches": BRANCHES,
        "wadahs": WADAHS,
        "agents": AGENTS,
        "months": MONTHS,
        "days": DAYS,
    } | counts
    with duckdb.connect(str(database)) as con:
        con.execute(_MACROS)
        con.execute("delete from reference.region; delete from reference.branch")
        for table, query in _FIGURES.items():
            rows = query.format(**sizes, day=DAY, month=MONTH)
            con.execute(
                f"create temp table month as {rows}" if table == "month" else f"insert into {table} by name {rows}"
            )


def measured(database: Path, *, with_charts: bool) -> dict[str, float]:
    """Draws the report, with its charts or with empty ones.

    Returns:
        Seconds of reading the marts once, seconds and CPU seconds of the whole report, which reads them too, pages,
        MiB of HTML, the peak of memory in MiB, and the largest page as a server sends it, in kB.
    """
    from reports import charts, site
    from reports.facts import Facts

    if not with_charts:
        charts.svg = lambda chart: Markup("")
    with duckdb.connect(str(database), read_only=True) as con:
        Facts(con)
        started = time.perf_counter()
        Facts(con)
    read, before = time.perf_counter(), time.process_time()
    pages = site.write(database, database.with_name("report"))
    seconds, cpu = time.perf_counter() - read, time.process_time() - before
    return {
        "read": read - started,
        "seconds": seconds,
        "cpu": cpu,
        "pages": len(pages),
        "mib": sum(page.stat().st_size for page in pages) / 2**20,
        "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "sent": max(len(gzip.compress(page.read_bytes(), 6)) for page in pages) / 1000,
    }


def table(found: Mapping[str, Mapping[str, float]], load: float) -> str:
    """What was measured as a Markdown table, with ratios to reading the marts.

    Args:
        found: by name, what ``measured`` said.
        load: the machine's load average when it began; above its cores, others were at work too.
    """
    whole = found["whole"]
    lines = [
        f"{whole['pages']:,.0f} pages, {whole['mib']:.0f} MiB, of {BRANCHES} branches, {PROVINCES} provinces and"
        f" {WADAHS:,} wadahs and {AGENTS:,} agents, {os.cpu_count()} cores, load {load:.1f} at the start;"
        f" the largest page is {whole['sent']:.1f} kB gzipped:",
        "",
        "| what | s | times reading the marts | CPU, s | pages a second | peak memory, MiB |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, words in (("whole", "the report"), ("bare", "without its charts")):
        one = found[name]
        lines.append(
            f"| {words} | {one['seconds']:.1f} | {one['seconds'] / one['read']:.0f} | {one['cpu']:.1f}"
            f" | {one['pages'] / one['seconds']:.0f} | {one['rss']:.0f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Makes a nation's published file, draws its report and prints what that took."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--keep", type=Path, help="folder in which file and report are left")
    parser.add_argument("--database", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.database:
        print(json.dumps(measured(said.database, with_charts=not said.bare)))
        return
    with tempfile.TemporaryDirectory() as folder:
        database = (said.keep or Path(folder)) / "warehouse.duckdb"
        empty(database)
        fill(database)
        load = os.getloadavg()[0]
        found = {}
        for name, flags in (("bare", ["--bare"]), ("whole", [])):
            command = [sys.executable, "-m", "bench.report", "--database", str(database), *flags]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            found[name] = json.loads(done.stdout.splitlines()[-1])
    print(table(found, load))


if __name__ == "__main__":
    main()
