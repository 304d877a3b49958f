"""What a day costs on top of 1, 10 and 100 million payments of history, and what a month of incentives costs then.

``python -m bench.history --millions 1 10 100`` makes a lake of invented people by SQL, brings core up to date with it
month by month, and then times one day of 375,000 rows: 330,000 payments (one in a hundred comes late, one in a
thousand is a refund or a second payment), 30,000 registrations and 15,000 claims. The lake can be kept
(``--home``) and used again, since nothing that is timed is committed: the day is loaded, and core as it was before it.
Each size is measured twice in a round: first from the disk, which is how a day finds the lake that comes once in 24
hours, then from what the system holds in memory.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import product
from pathlib import Path

import altair as alt
import duckdb
import vl_convert

from perisai.settings import PACKAGED_REFERENCE
from warehouse import closed, increment, lake, models, rewrite, stamps
from warehouse.duck import quoted, transaction

BRANCHES = 325
AGENTS = 5_000
MONTHS = 50
EACH = {1: 3, 10: 11, 100: 11}  # months that a person pays for, so that there are as many million payments
BEGIN = 2019 * 12 + 8
TODAY = date(2023, 11, 15)
AIM = 30  # seconds that a day may take
DAY = {"contributions": 330_000, "registrations": 30_000, "claims": 15_000}
WORTH = "case i % 2 when 0 then 16800 else 36800 end"
# Half of the people were registered by an agent, whose number is theirs modulo AGENTS.
CLAIMED = "where i % 40 = 0"  # for one of forty people something was claimed
AGENT = f"case when i % 4 < 2 then concat('AB', lpad(cast(i % {AGENTS} as varchar), 5, '0')) end"
REGIONS = "['5271', '5201', '5203', '7271', '7203', '7204', '5208', '7212']"
OCCUPATIONS = "['Pedagang', 'Nelayan', 'Petani', 'Tukang ojek', 'Tukang bangunan']"
REGION = f"{REGIONS}[1 + (i // 7) % 8]"
OCCUPATION = f"md5({OCCUPATIONS}[1 + i % 5])::uuid"
OWN = f"coalesce({AGENT}, '') as own_count"
PAID_ON = "first + cast(i % 28 as integer)"
MINE = "case when i % 4 < 2 then"
AGENT_BRANCH = f"i % {AGENTS} % {BRANCHES}"
PERSON = "md5(cast(i as varchar))::uuid as participant_key"
MANAGED = f"""{AGENT} as agent_code, {OWN},
    {MINE} concat('B', lpad(cast({AGENT_BRANCH} as varchar), 3, '0')) end as agent_branch_code,
    {MINE} concat('W', lpad(cast({AGENT_BRANCH} as varchar), 5, '0')) end as wadah_code,
    {MINE} 'perisai-13-2022' end as scheme"""
# Columns of the registration of person i, but for its date.
REGISTRATION = f"""i % {BRANCHES} as b, concat('R', i) as registration_no, {PERSON},
    md5(concat('card', i))::uuid as card_key, case i % 2 when 0 then 'L' else 'P' end as sex,
    {OCCUPATION} as occupation_key, {REGION} as region_code, 2 + i % 2 as programmes, 1960 + i % 40 as birth_year,
    {AGENT} as agent_code"""
DELIVERY = f"""concat('B', lpad(cast(i % {BRANCHES} as varchar), 3, '0')) as branch_code,
    md5(concat('contributions ', day, ' ', i % {BRANCHES})) as delivery_id"""
# What core holds of the payments of one month, and of the people after the last one.
PAYMENTS = {
    "core.contribution": f"""select concat(k, '-', i) as receipt_no, {PAID_ON} as payment_date, first as period,
        case when is_known then md5(cast(i as varchar))::uuid end as participant_key,
        md5(concat('card', i))::uuid as card_key, first as first_month, 1 as months, 2 + i % 2 as programmes,
        {WORTH} as amount_rp, 'PESERTA' as payer, {MINE} concat('PKS', {AGENT_BRANCH}) end as pks_no, {MANAGED},
        false as is_agent_missing, case when is_known then {REGION} end as region_code,
        case when is_known then {OCCUPATION} end as occupation,
        case when is_known then 2 + i % 2 end as registered_programmes, false as is_before_registration,
        false as is_named_otherwise, day as business_date, {DELIVERY} from payments""",
    "core.payment_number": f"""select day as business_date, cast(md5_number_lower(
            concat('B', lpad(cast(i % {BRANCHES} as varchar), 3, '0'), '|', k, '-', i)
        ) >> 16 as bigint) as payment_number from payments order by payment_number""",
    "core.contribution_month": f"""select concat(k, '-', i) as receipt_no, first as contribution_month,
        {PAID_ON} as payment_date, first as period, {PERSON}, false as is_refund, {WORTH} as received_rp,
        {WORTH} as basis_rp, k - r + 1 as contribution_month_no, true as takes_number, 0 as counter_no,
        {PAID_ON} as earned_date, 'PESERTA' as payer, 2 + i % 2 as programmes, {MANAGED}, {DELIVERY}
        from payments where is_known""",
}
STANDING = {
    "core.account": f"""select {PERSON}, begun.first + cast(i % 28 as integer) as first_payment_date,
        ended.first + cast(i % 28 as integer) as last_payment_date, concat(until - 1, '-', i) as last_receipt_no,
        concat('B', lpad(cast(i % {BRANCHES} as varchar), 3, '0')) as last_branch_code,
        'PESERTA' as last_payer, 2 + i % 2 as last_programmes, {WORTH} as last_month_rp,
        begun.first as first_month, (until - r) * {WORTH} as total_rp, true as paid_in,
        {BEGIN} + until - 1 as covered_until, {AGENT} as agent_code, {OWN}, 0 as counter_no,
        until - r as months_counted, true as is_plain
        from person join month as begun on begun.k = r join month as ended on ended.k = until - 1""",
    "core.paid_stretch": f"""select {PERSON}, {BEGIN} + r as from_index, {BEGIN} + until as to_index,
        {WORTH} as last_month_rp from person""",
}
BY_MONTH = ("core.payment_month", "core.incentive_agent_month")
PEOPLE = ("core.delivery", "core.agent", "core.agreement", "core.wadah_agreement", "core.registration", "core.card")
PEOPLE += ("core.participant", "core.participant_spell")


def month(index: int) -> date:
    """First day of the month that is ``index`` months after the first one."""
    return date((BEGIN + index) // 12, (BEGIN + index) % 12 + 1, 1)


@contextmanager
def opened(home: Path, memory_limit: str = "3500MB") -> Iterator[duckdb.DuckDBPyConnection]:
    """The lake, with as much memory as a day may take."""
    with lake.open_lake("", "", home, memory_limit=memory_limit, threads=2, spill=home / "spill") as con:
        con.execute(f"set variable reference = {quoted(str(PACKAGED_REFERENCE))}")
        yield con


def deliver(con: duckdb.DuckDBPyConnection, feed: str, days: str, rows: str) -> None:
    """One delivery of each branch and day.

    Args:
        con: a connection of ``open_lake``.
        feed: name of the feed.
        days: SQL of the business dates, in a column ``day``.
        rows: SQL of the feed's columns, with ``b``, the number of the branch, and ``day``.
    """
    name = f"md5(concat('{feed} ', day, ' ', b))"
    (arrival,) = con.execute("select coalesce(max(arrival), 0) from raw.delivery").fetchone() or (0,)
    con.execute(
        f"""insert into raw.delivery by name
        select {name} as delivery_id, {branch("b")} as branch_code, '{feed}' as feed, day as business_date,
            1 as revision, {arrival} + row_number() over (order by day, b) as arrival,
            concat(b, '_{feed}_', day, '.csv') as file_name, md5(concat('content', {name})) as sha256,
            1 as lines, 1 as accepted, 0 as rejected, 0 as duplicates, 'accepted' as judgement
        from ({days}) cross join range({BRANCHES}) as t (b)"""
    )
    deliver_rows(con, feed, rows)


def deliver_rows(con: duckdb.DuckDBPyConnection, feed: str, rows: str) -> None:
    """More rows of deliveries that are there; see ``deliver``."""
    con.execute(
        f"""insert into raw.{feed} by name
        select * exclude (b, day), md5(concat('{feed} ', day, ' ', b)) as delivery_id, day as business_date,
            {branch("b")} as branch_code, 1 as line_no
        from ({rows})"""
    )


def branch(number: str) -> str:
    """Code of the branch with a number."""
    return f"concat('B', lpad(cast({number} as varchar), 3, '0'))"


def payment(first: str, day: str, number: str, sign: str = "1") -> str:
    """Columns of a payment of person ``i`` for one month."""
    return f"""i % {BRANCHES} as b, concat({number}) as receipt_no, md5(concat('card', i))::uuid as card_key,
        {day} as payment_date, {first} as first_month, 1 as months, 2 + i % 2 as programmes,
        {sign} * {WORTH} as amount_rp, 'PESERTA' as payer"""


def claim(i: str, day: str, status: str) -> str:
    """Columns of a claim for person ``i`` that has a status since a day."""
    return f"""{i} % {BRANCHES} as b, concat('C', {i}) as claim_no, md5(concat('card', {i}))::uuid as card_key,
        'JKM' as programme, 'SANTUNAN_KEMATIAN' as benefit, '{status}' as status, {day} as submitted_date,
        {day} as status_date, 42000000 as amount_rp, {day} as day"""


PAID = payment("first", PAID_ON, "k, '-', i")


def make_history(home: Path, persons: int, each: int) -> None:
    """A lake in which ``persons`` people paid for ``each`` months (fewer if they came late), and core as of then.

    Raw rows, payments, contribution months, accounts and stretches are written down as they follow from the numbers of
    person and month, since counting 100 million of them is not what is measured; a test compares them with what the
    models make of the raw rows. Everything else is built by the models.
    """
    every = {model.table: model for model in models.discover()}
    written = {**PAYMENTS, **STANDING}
    firsts = ", ".join(f"date '{month(k)}'" for k in range(MONTHS + 1))
    with opened(home, memory_limit="12GB") as con:
        lake.ensure_tables(con)
        closed.ensure_tables(con)
        con.execute(
            f"""insert into raw.occupation_words
            select md5(said)::uuid, upper(said), null, null from (select unnest({OCCUPATIONS}) as said)"""
        )
        con.execute(
            f"""create temp table month as select k, firsts[k + 1] as first, firsts[k + 2] - 1 as day
            from (select [{firsts}] as firsts, unnest(range(0, {MONTHS})) as k)"""
        )
        con.execute(
            f"""create temp view person as select *, least(r + {each}, {MONTHS}) as until
            from (select i, i % {MONTHS} as r from range({persons}) as t (i))"""
        )
        # One payment in a thousand is for a card that no registration names; the day names some of the last month's.
        strange, first = max(persons * each // MONTHS // 1000, 1), persons + DAY["registrations"] - 97
        con.execute(
            f"""create temp view payment as
            select *, true as is_known from person join month on k >= r and k < until
            union all by name
            select {first} + 4 * (({MONTHS} - 1 - k) * {strange} + n) as i, false as is_known, month.*
            from month cross join range({strange}) as t (n)"""
        )
        roster = f"""select day, a % {BRANCHES} as b, concat('AB', lpad(cast(a as varchar), 5, '0')) as agent_code,
            '5271' as region_code, date '2019-01-01' as joined_date, 'AKTIF' as status,
            concat('W', lpad(cast(a % {BRANCHES} as varchar), 5, '0')) as wadah_code, 'Wadah' as wadah_name,
            concat('PKS', a % {BRANCHES}) as pks_no, 'perisai-13-2022' as scheme, date '2019-01-01' as pks_from,
            date '2030-12-31' as pks_to from month cross join range({AGENTS}) as t (a)"""
        days = "select day from month"
        deliver(con, "agents", days, roster)
        registered = f"select {REGISTRATION}, first as registration_date, day from person join month on k = r"
        deliver(con, "registrations", days, registered)
        deliver(
            con, "claims", days, f"select {claim('i', 'day', 'Dibayarkan')} from person join month on k = r {CLAIMED}"
        )
        # month by month, since a join of ten million people with fifty months is not to be held in memory
        deliver(con, "contributions", days, f"select {PAID}, day from payment where false")
        for k in range(MONTHS):
            con.execute(f"create or replace temp table payments as select * from payment where k = {k}")
            deliver_rows(con, "contributions", f"select {PAID}, day from payments")
            if k == 0:
                con.execute(f"insert into raw.business_day values (date '{TODAY - timedelta(days=1)}')")
                chosen = [m for m in every.values() if m.schema != "marts" or m.table in BY_MONTH]
                models.build(con, PACKAGED_REFERENCE, chosen)
                for table in (*written, *BY_MONTH):
                    con.execute(f"delete from {table}")
            for table, query in PAYMENTS.items():
                con.execute(f"insert into {table} by name {query}")
        for table, query in STANDING.items():
            con.execute(f"insert into {table} by name {query}")
        build_rest(con, every)


def build_rest(con: duckdb.DuckDBPyConnection, every: dict[str, models.Model]) -> None:
    """What the models make of payments and people, month by month where that saves memory."""
    done = {*PAYMENTS, *STANDING, *PEOPLE, *BY_MONTH}
    with transaction(con):
        for model in every.values():
            if model.schema == "core" and not model.is_view and model.table not in done:
                models.build_one(con, model)
            elif model.table in BY_MONTH:
                for k in range(MONTHS):
                    con.execute(f"insert into {model.table} by name {of_month(con, every, model.table, k)}")
        stamps.write(con, "history", "", "")


def of_month(con: duckdb.DuckDBPyConnection, every: dict[str, models.Model], table: str, k: int) -> str:
    """SQL of a model's rows of one month."""
    read = ("core.contribution_month", "core.acquisition")
    return sql_on(con, every, table, {t: f"from {t} where period = date '{month(k)}'" for t in read})


def sql_on(con: duckdb.DuckDBPyConnection, every: dict[str, models.Model], table: str, given: dict[str, str]) -> str:
    """SQL of a model with other relations in the place of inputs, which may be views."""
    query = rewrite.Query(every, table, frozenset(given))
    return query.on(con, {name: relation for name, relation in given.items() if name in query.inputs})


def made(folder: Path, millions: int) -> Path:
    """The lake with so many million payments and a day to come, which is made where it is missing."""
    home, persons = folder / f"{millions}-million", max(millions * 100_000, 400_000)
    if not (home / "made").exists():
        make_history(home, persons, EACH[millions])
        load_day(home, persons)
        (home / "made").touch()
    return home


def load_day(home: Path, persons: int) -> None:
    """Loads today's deliveries; core does not know of them yet."""
    with opened(home) as con, transaction(con):
        add_day(con, persons)


def add_day(con: duckdb.DuckDBPyConnection, persons: int) -> None:
    """Today's deliveries: most pay for this month, one in a hundred 40 days ago, and one in a thousand gets back.

    Receipt numbers lie among those of the history, so that looking for earlier ones has to look everywhere.
    """
    today = f"select date '{TODAY}' as day"
    step = max(persons // DAY["contributions"] - 1, 1)  # 29 of ten million: people of every month of registration
    paid_on = f"date '{TODAY}' - case when j % 101 = 0 then 40 else 0 end"
    paid_for = f"case when j % 997 = 250 then date '{month(MONTHS - 1)}' else date '{TODAY.replace(day=1)}' end"
    sign = "case when j % 1009 = 500 then -1 else 1 end"
    paid = f"""select {payment(paid_for, paid_on, f"j % {MONTHS}, '-today-', j", sign)}, date '{TODAY}' as day
        from (select j, j * {step} % {persons} as i from range({DAY["contributions"]}) as t (j))"""
    deliver(con, "contributions", today, paid)
    registered = f"""select {REGISTRATION}, date '{TODAY}' as registration_date, date '{TODAY}' as day
        from range({persons}, {persons + DAY["registrations"]}) as t (i)"""
    deliver(con, "registrations", today, registered)
    day = f"date '{TODAY}'"
    claimed = f"select {claim('i', day, 'Diajukan')} from range({DAY['claims']}) as t (i)"
    deliver(con, "claims", today, claimed)
    con.execute(f"insert into raw.business_day values (date '{TODAY}')")


def measure(home: Path) -> dict[str, float]:
    """Seconds of the day's core, of each mart, and of a month of incentives; nothing is kept."""
    every = {model.table: model for model in models.discover()}
    done = set(increment.kept(every))
    rest = [m for m in every.values() if m.table not in done and m.schema in {"core", "marts"} and not m.is_view]
    said: dict[str, float] = {}
    with opened(home) as con:
        con.execute("begin")
        for schema in models.SCHEMAS:
            con.execute(f"create schema if not exists {schema}")
        begun, cpu = time.perf_counter(), time.process_time()
        increment.update(con, every, int(stamps.snapshot(con) or 0))
        said["core"], said["core_cpu"] = time.perf_counter() - begun, time.process_time() - cpu
        for model in rest:
            begun = time.perf_counter()
            models.build_one(con, model)
            said[model.table] = time.perf_counter() - begun
        said["a month of incentives"] = month_of_incentives(con, every)
        con.execute("rollback")
    return said | {"peak_mib": peak_mib()}


def peak_mib() -> float:
    """Peak of this process; getrusage would give that of the process that made the lake, if this one comes from it."""
    return int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024


def month_of_incentives(con: duckdb.DuckDBPyConnection, every: dict[str, models.Model]) -> float:
    """Seconds in which the last whole month's lines, agents' totals and wadahs' totals come out of core."""
    period = f"date '{month(MONTHS - 1)}'"
    begun = time.perf_counter()
    con.execute(f"create temp table line as {of_month(con, every, 'core.incentive_open', MONTHS - 1)}")
    agents = sql_on(con, every, "core.incentive_agent_month", {"core.incentive_open": "from line"})
    con.execute(f"create temp table agent_total as {agents}")
    wadahs = sql_on(con, every, "marts.incentive_wadah_month", {"core.incentive_agent_month": "from agent_total"})
    con.execute(f"create temp table wadah_total as from ({wadahs}) where period = {period}")
    return time.perf_counter() - begun


def forget(home: Path) -> None:
    """Asks the system to drop what it holds of the lake's files in memory."""
    os.sync()  # only what is written down can be dropped
    for path in filter(Path.is_file, home.rglob("*")):
        file = os.open(path, os.O_RDONLY)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(file)


def day_of(said: dict[str, float]) -> float:
    """Seconds of a day: core and every mart."""
    return said["core"] + sum(seconds for name, seconds in said.items() if "." in name)


def draw(days: dict[tuple[int, str], list[float]], chart: Path) -> None:
    """Draws the medians of days over the millions of payments before them, as SVG."""
    rows = [
        {"millions": millions, "source": f"from {source}", "day": statistics.median(rounds)}
        for (millions, source), rounds in days.items()
    ]
    aim = alt.Chart(alt.InlineData(values=[{"aim": AIM}])).mark_rule(strokeDash=[4, 4]).encode(alt.Y("aim:Q"))
    lines = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(point=True)
        .encode(
            alt.X("millions:Q", scale=alt.Scale(type="log"), title="million payments of history"),
            alt.Y("day:Q", title="seconds of a day"),
            alt.Color("source:N", title="the lake is read"),
        )
    )
    both = alt.layer(lines, aim).properties(width=420, height=220)
    chart.write_text(vl_convert.vegalite_to_svg(both.to_json()), encoding="utf-8")


def main() -> None:
    """Makes what is missing, measures each size in a process of its own, prints one line of JSON for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=int, nargs="+", default=[1, 10, 100])
    parser.add_argument("--home", type=Path, help="folder that keeps the lakes; by default a temporary one")
    parser.add_argument("--rounds", type=int, default=1, help="how often each size is measured; one after the other")
    parser.add_argument("--chart", type=Path, help="SVG file for the curve of the medians")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        print(json.dumps(measure(asked.home)))
        return
    days: dict[tuple[int, str], list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as scratch:
        for _, millions in product(range(asked.rounds), asked.millions):
            home = made(asked.home or Path(scratch), millions)
            command = [sys.executable, "-m", "bench.history", "--home", str(home), "--measure"]
            for source in ("disk", "memory"):  # the second one finds what the first one read
                if source == "disk":
                    forget(home)
                said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
                days[millions, source].append(day_of(said))
                print(json.dumps({"millions": millions, "source": source, "day": day_of(said)} | said), flush=True)
    if asked.chart:
        draw(days, asked.chart)


if __name__ == "__main__":
    main()
