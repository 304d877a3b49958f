"""All models together, from raw rows: the official examples, sums that agree, and no dependence on order."""

import os
import random
from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from models.second_calculation import enough

NEW, OLD = "perisai-13-2022", "pre-2022"
LIVE = date(2023, 9, 30)
WORTH = {2: 16_800, 3: 36_800}


class Exports:
    """Raw tables, filled delivery by delivery."""

    def __init__(self):
        self.tables = defaultdict(list)

    def deliver(self, branch, feed, day, rows, **changes):
        number = len(self.tables["raw.delivery"]) + 1
        delivery_id = f"{branch} {feed} {day} {number}"
        self.tables["raw.delivery"].append(
            {
                "delivery_id": delivery_id,
                "branch_code": branch,
                "feed": feed,
                "business_date": day,
                "revision": 1,
                "arrival": number,
                "file_name": f"{delivery_id}.csv",
                "sha256": delivery_id,
                "lines": len(rows),
                "accepted": len(rows),
                "rejected": 0,
                "duplicates": 0,
                "judgement": "accepted",
            }
            | changes
        )
        given = {"delivery_id": delivery_id, "business_date": day, "branch_code": branch}
        self.tables[f"raw.{feed}"] += [given | {"line_no": n} | row for n, row in enumerate(rows, 1)]

    def run_days(self, *days):
        self.tables["raw.business_day"] = [{"business_date": day} for day in days]


def agent(code, wadah="W00001", scheme=NEW, since=date(2021, 1, 1), until=date(2024, 12, 31), **changes):
    row = {
        "agent_code": code,
        "region_code": "5271",
        "joined_date": date(2021, 1, 1),
        "status": "AKTIF",
        "wadah_code": wadah,
        "wadah_name": f"Wadah {wadah}",
        "pks_no": f"{wadah} {since}",
        "scheme": scheme,
        "pks_from": since,
        "pks_to": until,
    }
    return row | changes


def registration(number, day, agent_code, who=None, **changes):
    row = {
        "registration_no": f"R{number:05}",
        "registration_date": day,
        "participant_key": who or f"person {number}",
        "card_key": f"card {number}",
        "region_code": "5271",
        "programmes": 3,
        "agent_code": agent_code,
        "occupation_key": [None, "Petani", "PEDAGANG, keliling", "pesulap"][number % 4],
    }
    return row | changes


def payment(number, day, card, months=1, **changes):
    row = {
        "receipt_no": f"K{number:05}",
        "card_key": f"card {card}",
        "payment_date": day,
        "first_month": day.replace(day=1),
        "months": months,
        "programmes": 3,
        "amount_rp": months * WORTH[3],
        "payer": "PESERTA",
    }
    return row | changes


@pytest.mark.parametrize(
    ("scheme", "day", "people", "rupiah"),
    [
        (NEW, date(2023, 9, 5), 50, (1_840_000, 750_000, 1_026_000, 102_600, 1_128_600)),
        (NEW, date(2023, 9, 5), 30, (1_104_000, 450_000, 615_600, 61_560, 677_160)),
        (OLD, date(2021, 11, 5), 50, (1_840_000, 450_000, 574_200, 63_800, 638_000)),
        (OLD, date(2021, 11, 5), 30, (1_104_000, 0, 74_520, 8_280, 82_800)),
    ],
)
def test_the_worked_examples_of_the_official_slide(warehouse, scheme, day, people, rupiah):
    received, acquisition, total, management, payable = rupiah
    exports = Exports()
    exports.deliver("NTB01", "agents", LIVE, [agent("AB00001", scheme=scheme)])
    numbers = range(people)
    exports.deliver("NTB01", "registrations", LIVE, [registration(n, day, "AB00001") for n in numbers])
    exports.deliver("NTB01", "contributions", LIVE, [payment(n, day, n) for n in numbers])
    exports.run_days(LIVE)
    warehouse.build(exports.tables)
    period = day.replace(day=1)
    assert warehouse.query("select sum(amount_rp) from core.contribution") == [(received,)]
    assert warehouse.query(
        "select period, agent_code, wadah_code, scheme, new_count, acquisition_rp, contribution_rp, total_rp"
        " from marts.incentive_agent_month"
    ) == [(period, "AB00001", "W00001", scheme, people, acquisition, total - acquisition, total)]
    assert warehouse.query(
        "select agents_total_rp, management_rp, payable_rp from marts.incentive_wadah_month where payable_rp > 0"
    ) == [(total, management, payable)]


@pytest.mark.parametrize(
    ("people", "programmes", "amount", "rupiah"),
    [
        (30, 2, 8_400, (300_000, 37_800)),
        (50, 3, 28_400, (750_000, 213_000)),
        (30, 2, 8_399, (0, 0)),  # a rupiah less is no contribution: no acquisition, and no month that is whole
    ],
)
def test_halved_contributions_earn_to_the_rupiah(warehouse, people, programmes, amount, rupiah):
    day, live = date(2026, 4, 5), date(2026, 4, 30)
    acquisition, contribution = rupiah
    exports = Exports()
    exports.deliver("NTB01", "agents", live, [agent("AB00001", since=date(2026, 1, 1), until=date(2027, 12, 31))])
    registrations = [registration(n, day, "AB00001", programmes=programmes) for n in range(people)]
    exports.deliver("NTB01", "registrations", live, registrations)
    payments = [payment(n, day, n, programmes=programmes, amount_rp=amount) for n in range(people)]
    exports.deliver("NTB01", "contributions", live, payments)
    exports.run_days(live)
    warehouse.build(exports.tables)
    assert warehouse.query(
        "select new_count, acquisition_rp, contribution_rp, total_rp from marts.incentive_agent_month"
    ) == [(people * (acquisition > 0), acquisition, contribution, acquisition + contribution)]


def test_one_refund_below_the_threshold_takes_the_month_back_but_not_the_others_contributions(warehouse):
    day, back = date(2023, 9, 5), date(2023, 10, 3)
    exports = Exports()
    exports.deliver("NTB01", "agents", LIVE, [agent("AB00001")])
    exports.deliver("NTB01", "registrations", LIVE, [registration(n, day, "AB00001") for n in range(25)])
    exports.deliver("NTB01", "contributions", LIVE, [payment(n, day, n) for n in range(25)])
    exports.run_days(LIVE)
    agents = (
        "select period, new_count, acquisition_rp, contribution_rp, total_rp from marts.incentive_agent_month "
        "order by period"
    )
    september, october = date(2023, 9, 1), date(2023, 10, 1)
    warehouse.build(exports.tables)
    assert warehouse.query(agents) == [(september, 25, 375_000, 138_000, 513_000)]
    refund = payment(99, back, 24, first_month=september, amount_rp=-WORTH[3])
    exports.deliver("NTB01", "contributions", back, [refund])
    exports.run_days(LIVE, back)
    warehouse.build(exports.tables)
    assert warehouse.query(agents) == [(september, 24, 0, 138_000, 138_000), (october, 0, 0, -5_520, -5_520)]
    assert warehouse.query(
        "select period, management_rp, payable_rp from marts.incentive_wadah_month where payable_rp <> 0 order by 1"
    ) == [(september, 13_800, 151_800), (october, -552, -6_072)]
    assert warehouse.query(
        "select reason, count(*) from marts.incentive_line where rule = 'acquisition' group by all order by all"
    ) == [("below_threshold", 24), ("no_contribution_yet", 1)]
    assert warehouse.query(
        "select period, contribution_month, contribution_month_no, basis_rp, rate, amount_rp "
        "from marts.incentive_line where source_no = 'K00099'"
    ) == [(october, september, 1, -36_800, Decimal("0.15"), -5_520)]


BRANCHES = {"NTB01": ["5271", "5201"], "STG01": ["7271", "7203"]}
DAYS = [LIVE, date(2023, 10, 1), date(2023, 10, 2), date(2023, 10, 13)]


def some_day(rng, first=date(2020, 6, 1)):
    return first + timedelta(rng.randrange((LIVE - first).days))


def made_up_rosters(rng, exports):
    """Agents who come and go, change wadah, and whose agreements end; the first one is steady."""
    codes = [f"AB{n:05}" for n in range(6)]
    home = {code: rng.choice(list(BRANCHES)) for code in codes}
    agreements = [
        (OLD, date(2020, 1, 1), date(2021, 12, 31)),
        (NEW, date(2022, 1, 1), date(2023, 6, 30)),
        (NEW, date(2023, 7, 1), date(2025, 6, 30)),
    ]
    for day in DAYS:
        rosters = {branch: [] for branch in BRANCHES}
        rosters[home[codes[0]]].append(agent(codes[0]))
        for number, code in enumerate(codes[1:]):
            if rng.random() > 0.05:
                wadah = f"W{(number + (rng.random() < 0.2)) % 3:05}"
                status = rng.choice(["AKTIF", "AKTIF", "NONAKTIF"])
                rosters[home[code]].append(agent(code, wadah, *rng.choice(agreements), status=status))
        for branch, roster in rosters.items():
            exports.deliver(branch, "agents", day, roster)
    return codes


def made_up_payment(rng, number, card, programmes):
    """A payment on any day for any months, sometimes of an odd amount, by the state, or for an unknown card."""
    months = rng.choice([1, 1, 2, 3, 12])
    return payment(
        number,
        some_day(rng),
        card if rng.random() > 0.03 else f"unknown {card}",
        months,
        first_month=some_day(rng).replace(day=1),
        amount_rp=rng.choice([months * WORTH[programmes], rng.randrange(1, 500_000)]),
        payer=rng.choice(["PESERTA", "APBD"]),
    )


def made_up_refund(rng, number, paid):
    """All of a payment or a part of it given back, some days later."""
    return paid | {
        "receipt_no": f"K{number:05}",
        "payment_date": paid["payment_date"] + timedelta(rng.choice([0, 9, 300])),
        "amount_rp": -rng.choice([paid["amount_rp"], 10_000, 600_000]),
    }


def made_up_claims(rng, number):
    """A claim with one or two statuses."""
    claim = {"claim_no": f"C{number:05}", "card_key": f"card {number}", "programme": "JKM", "amount_rp": 42_000_000}
    return [
        claim | {"status": status, "status_date": some_day(rng)}
        for status in ["Diajukan", "Dibayarkan"][: rng.choice([1, 2])]
    ]


def made_up(seed):
    """A small history: several branches, movers, re-registrations, gaps, overlaps, refunds, unknown cards, repeats."""
    rng = random.Random(seed)
    exports = Exports()
    codes = made_up_rosters(rng, exports)
    rows = {"registrations": [], "contributions": [], "claims": []}
    for who in range(80):
        for _ in range(rng.choice([1, 1, 1, 2, 3])):
            branch = rng.choice(list(BRANCHES))
            number = len(rows["registrations"])
            day = rng.choice([date(2023, 9, 10), some_day(rng)])
            row = registration(number, day, rng.choice([None, *codes]), f"person {who}")
            row |= {"region_code": rng.choice(BRANCHES[branch]), "programmes": rng.choice([2, 3])}
            rows["registrations"].append((branch, row))
            for _ in range(rng.randrange(7)):
                paid = made_up_payment(rng, len(rows["contributions"]), number, row["programmes"])
                rows["contributions"].append((branch, paid))
            rows["claims"] += [(branch, claim) for claim in made_up_claims(rng, number) if number % 5 == 0]
    for _ in range(30):  # enough of one agent in one month to pass the threshold
        number = len(rows["registrations"])
        row = registration(number, date(2023, 9, 10), codes[0], programmes=rng.choice([2, 3]), phone_key="one phone")
        rows["registrations"].append(("NTB01", row))
        rows["contributions"].append(("NTB01", payment(len(rows["contributions"]), date(2023, 9, 20), number)))
        if number % 3 == 0:  # enough people for figures on claims to be shown
            claim = {"claim_no": f"T{number:05}", "card_key": f"card {number}", "programme": "JKM", "amount_rp": 1}
            rows["claims"].append(("NTB01", claim | {"status": "Dibayarkan", "status_date": date(2023, 9, 25)}))
    for branch, paid in rng.sample(rows["contributions"], 60):
        rows["contributions"].append((branch, made_up_refund(rng, len(rows["contributions"]), paid)))
    for feed, every in rows.items():
        sent = [(branch, rng.choice(DAYS), row) for branch, row in every]
        sent += [(branch, rng.choice(DAYS), row) for branch, _, row in rng.sample(sent, 9)]  # some come again
        for branch in BRANCHES:
            for day in DAYS:
                mine = {str(row): row for where, when, row in sent if (where, when) == (branch, day)}
                exports.deliver(branch, feed, day, list(mine.values()))
    exports.deliver("NTB01", "contributions", DAYS[1], [payment(99_999, LIVE, 1)], judgement="refused")
    exports.deliver("STG01", "contributions", DAYS[2], [payment(99_998, LIVE, 1, amount_rp=1)], revision=2)
    broken = {"rule": "kpj_form", "severity": "warning", "evaluated": 9, "failed": 1}
    sent_first = exports.tables["raw.delivery"][0]["delivery_id"]
    exports.tables["raw.validation"] = [broken | {"delivery_id": sent_first}]
    exports.run_days(*DAYS)
    return exports.tables


# one history is the small form of the mutation check
@pytest.fixture(scope="module", params=range(1 if "PERISAI_TEST_WORLDS" in os.environ else 3))
def tables(request):
    return made_up(request.param)


@pytest.fixture(scope="module")
def built(new_warehouse, tables):
    warehouse = new_warehouse()
    warehouse.build(tables)
    yield warehouse
    warehouse.con.close()


def rounded(amount):
    return int(Decimal(amount).quantize(Decimal(1), ROUND_HALF_UP))


def test_the_made_up_history_has_every_kind_of_line(built):
    seen = set(built.query("select distinct rule, coalesce(reason, 'earns') from marts.incentive_line"))
    assert seen >= {
        ("acquisition", "earns"),
        ("acquisition", "below_threshold"),
        ("acquisition", "no_agreement"),
        ("acquisition", "no_contribution_yet"),
        ("contribution", "earns"),
        ("contribution", "month_already_counted"),
        ("contribution", "refund_of_uncounted"),
        ("contribution", "no_agreement"),
        ("management", "earns"),
    }
    assert built.query("select count(*) > 0 from core.contribution where participant_key is null") == [(True,)]


def test_every_rupiah_received_is_in_the_months_or_unresolved(built):
    [(received, spread)] = built.query(
        "select (select sum(amount_rp) from core.contribution where participant_key is not null), "
        "(select sum(received_rp) from core.contribution_month)"
    )
    assert received == spread > 0
    assert built.query("select sum(total_rp) from core.account") == [(received,)]
    assert built.query("select branch_code, receipt_no from core.contribution group by all having count(*) > 1") == []


def test_every_month_paid_under_an_agent_and_every_acquisition_has_one_line(built):
    [(lines, months)] = built.query(
        "select (select count(*) from marts.incentive_line where rule = 'contribution'), (select count(*) "
        "from core.contribution_month where agent_code is not null)"
    )
    assert lines == months > 0
    counts = built.query(
        "select (select sum(new_participants) from marts.incentive_line), "
        "(select sum(new_count) from marts.incentive_agent_month), "
        "(select count(*) from core.participant where acquiring_agent_code is not null "
        "and participant_key in (select participant_key from core.account where total_rp > 0))"
    )
    assert len(set(counts[0])) == 1
    [(new, acquired)] = built.query(
        "select (select sum(case rule when 'acquisition' then 1 when 'acquisition_flat' then new_participants end) "
        "from marts.incentive_line), (select count(*) from core.participant where acquiring_agent_code is not null)"
    )
    assert new == acquired > counts[0][0]


def test_lines_add_up_to_agents_and_agents_to_wadahs(built):
    exact = defaultdict(Decimal)
    for period, code, amount in built.query(
        "select period, agent_code, amount_rp from marts.incentive_line where rule <> 'management'"
    ):
        exact[period, code] += amount
    agents = defaultdict(int)
    wadahs = defaultdict(int)
    for period, code, wadah, scheme, acquisition, contribution, total in built.query(
        "select period, agent_code, wadah_code, scheme, acquisition_rp, contribution_rp, total_rp "
        "from marts.incentive_agent_month"
    ):
        assert acquisition + contribution == total
        agents[period, code] += total
        wadahs[period, wadah, scheme] += total
    assert agents == {key: rounded(amount) for key, amount in exact.items()}
    assert sum(agents.values()) > 0
    rows = built.query(
        "select period, wadah_code, scheme, agents_total_rp, management_rp, payable_rp from marts.incentive_wadah_month"
    )
    assert {row[:3]: row[3] for row in rows if row[3]} == {key: total for key, total in wadahs.items() if total}
    assert all(total + management == payable for *_, total, management, payable in rows)
    lines = built.query(
        "select period, wadah_code, scheme, amount_rp from marts.incentive_line where rule = 'management'"
    )
    assert {row[:3]: rounded(row[3]) for row in lines} == {row[:3]: row[4] for row in rows if row[3]}


class Life:
    """A person's payments counted one by one, as one would with a pencil."""

    def __init__(self):
        self.covered = set()
        self.counter = 0
        self.left = defaultdict(int)
        self.whole = {}  # of the month: what made it whole, and the number of that line
        self.numbers = defaultdict(dict)  # by agent and counter: the months and their numbers

    def pay(self, today, first, months, amount, agent):
        """What counts for each month of a payment or refund, and the number of the line."""
        if amount > 0:
            if self.lapsed(today) and self.lapsed(first):
                self.counter += 1
            self.covered.update(range(first, first + months))
        each = abs(amount) // months * (1 if amount > 0 else -1)
        for month in range(first, first + months):
            part = each if month < first + months - 1 else amount - each * (months - 1)
            least = enough(month - 1, first - 1, months)
            yield month, *self.count(month, part, least, self.numbers[agent, self.counter])

    def count(self, month, part, least, numbers):
        before, known = self.counts(month), max(0, self.left[month])
        if not known:
            self.whole.pop(month, None)
        self.left[month] += part
        if month not in self.whole and part > 0 and self.left[month] >= least:
            self.whole[month] = (part + known, numbers.setdefault(month, len(numbers) + 1))
        basis = self.counts(month) - before
        return basis, self.whole[month][1] if basis else None

    def lapsed(self, month):
        return min(self.covered, default=month) < month and self.covered.isdisjoint(range(month - 4, month + 1))

    def counts(self, month):
        return max(0, min(self.whole.get(month, (0,))[0], self.left[month]))


def test_months_and_numbers_are_those_of_a_plain_count(built):
    payments = built.query(
        "select participant_key, receipt_no, payment_date, first_month, months, amount_rp, agent_code "
        "from core.contribution "
        "where participant_key is not null order by participant_key, payment_date, receipt_no"
    )
    lives = defaultdict(Life)
    expected = {
        (receipt, month): rest
        for who, receipt, day, first, months, amount, agent in payments
        for month, *rest in lives[who].pay(
            day.year * 12 + day.month, first.year * 12 + first.month, months, amount, agent
        )
    }
    assert {
        (receipt, month.year * 12 + month.month): rest
        for receipt, month, *rest in built.query(
            "select receipt_no, contribution_month, basis_rp, contribution_month_no from core.contribution_month"
        )
    } == expected
    assert any(basis < 0 for basis, _ in expected.values())


def test_coverage_is_that_of_a_plain_count_and_parts_add_up(built):
    paid = defaultdict(set)
    for who, month in built.query(
        "select participant_key, contribution_month from core.contribution_month "
        "group by all having sum(received_rp) > 0"
    ):
        paid[who] |= {month.year * 12 + month.month + late for late in range(4)}
    spells = defaultdict(list)
    for who, since, region in built.query(
        "select participant_key, registration_date, region_code from core.registration "
        "order by participant_key, person_registration_no"
    ):
        spells[who].append((since.year * 12 + since.month, region))
    expected = defaultdict(int)
    for who, months in paid.items():
        for month in months:
            region = next((r for since, r in reversed(spells[who]) if since <= month), spells[who][0][1])
            expected[region, month] += 1
            expected[region[:2], month] += 1
            expected["00", month] += 1
    rows = built.query("select region_code, month, protected from marts.coverage_month where definition = 'bpu'")
    counts = {(region, month.year * 12 + month.month): protected for region, month, protected in rows}
    last = 2023 * 12 + 10
    assert {key: n for key, n in counts.items() if n} == {k: n for k, n in expected.items() if k[1] <= last}
    assert max(month for _, month in counts) == last
    assert (
        built.query(
            "select month from marts.coverage_month group by month, definition having "
            "sum(case region_level when 'province' then protected end) <> "
            "sum(case region_level when 'regency' then protected end)"
        )
        == []
    )


def test_every_delivery_accounts_for_its_lines(built):
    rows = built.query("select outcome, lines - accepted - rejected - duplicates from marts.delivery_day")
    assert {balance for outcome, balance in rows if outcome != "refused"} == {0}
    assert {outcome for outcome, _ in rows} >= {"accepted", "refused", "superseded", "absent"}


def test_monitoring_is_that_of_a_plain_count(built):
    paid = defaultdict(set)
    for who, month in built.query(
        "select participant_key, contribution_month from core.contribution_month"
        " group by all having sum(received_rp) > 0"
    ):
        paid[who].add(month.year * 12 + month.month - 1)
    lives = defaultdict(list)
    for who, since, agent_code in built.query(
        "select participant_key, registration_date, agent_code from core.registration "
        "order by participant_key, person_registration_no"
    ):
        lives[who].append((since.year * 12 + since.month - 1, agent_code))
    last = 2023 * 12 + 9
    expected = defaultdict(lambda: defaultdict(int))
    for who, life in lives.items():
        registered, acquirer = life[0]
        for month in range(min({registered, *paid[who]}), last + 1):
            manager = next((agent_code for since, agent_code in reversed(life) if since <= month), acquirer)
            expected[manager, month]["managed"] += 1
            expected[manager, month]["active"] += month in paid[who]
            expected[manager, month]["continuing"] += month in paid[who] and month != registered
            expected[acquirer, month]["new"] += month == registered
            for months in (1, 3, 6, 12):
                expected[acquirer, month][f"cohort_{months}"] += month == registered + months
                expected[acquirer, month][f"kept_{months}"] += month == registered + months and month in paid[who]
    measures = ["managed", "active", "continuing", "new"]
    measures += [f"{measure}_{months}" for measure in ("cohort", "kept") for months in (1, 3, 6, 12)]
    rows = built.query(
        "select agent_code, year(month) * 12 + month(month) - 1, managed, active, continuing_2 + continuing_3, "
        f"new_2 + new_3, {', '.join(measures[4:])} from marts.monev_agent_month"
    )
    found = {(agent_code, month): counts for agent_code, month, *counts in rows if any(counts)}
    assert found == {
        (agent_code, month): [counts[measure] for measure in measures]
        for (agent_code, month), counts in expected.items()
        if agent_code and any(counts.values())
    }
    assert {max(counts[n] for counts in found.values()) > 0 for n in range(len(measures))} == {True}


def contents(warehouse):
    names = [name for name in warehouse.models if not name.startswith(("reference.", "before."))]
    return {name: warehouse.query(f"from {name} order by all") for name in names}


def test_the_order_of_rows_and_of_arrival_changes_nothing(built, warehouse, tables):
    before = contents(built)
    rng = random.Random(7)
    shuffled = {name: rng.sample(rows, len(rows)) for name, rows in tables.items()}
    arrivals = rng.sample(range(1000), len(shuffled["raw.delivery"]))
    shuffled["raw.delivery"] = [
        row | {"arrival": arrival} for row, arrival in zip(shuffled["raw.delivery"], arrivals, strict=True)
    ]
    warehouse.con.execute("set threads = 1")
    warehouse.build(shuffled)
    after = contents(warehouse)
    # nothing is closed, nothing stands twice, no column is unknown, and the last day is like the days before it
    empty = {"core.incentive_adjustment", "core.conflicting_row", "core.repeated_payment", "marts.reporting_change"}
    empty |= {"core.person_again", "core.unknown_content", "core.revision_change", "core.column_change"}
    for tables_of in (before, after):
        assert {name for name, rows in tables_of.items() if not rows} == empty
    arrival = {"core.delivery"}  # shows the arrival itself
    assert {name for name in before if before[name] != after[name]} == arrival


def test_a_person_with_two_cards_in_two_branches_counts_once_until_the_fourth_unpaid_month(warehouse):
    exports = Exports()
    exports.deliver("NTB01", "agents", LIVE, [agent("AB00001")])
    first, second = date(2023, 1, 31), date(2023, 3, 1)
    in_mataram = registration(1, first, "AB00001", "ani")
    in_palu = registration(2, second, None, "ani", region_code="7271", occupation_key="Nelayan")
    exports.deliver("NTB01", "registrations", LIVE, [in_mataram])
    exports.deliver("STG01", "registrations", LIVE, [in_palu])
    exports.deliver("NTB01", "contributions", LIVE, [payment(1, first, 1)])
    exports.deliver("STG01", "contributions", LIVE, [payment(2, second, 2), payment(3, second, 1)])
    exports.run_days(LIVE)
    warehouse.build(exports.tables)
    assert warehouse.query("select participant_key from core.participant") == [("ani",)]
    # paid for January and, twice, for March; three unpaid months protect, and July is the fourth
    months = {region: [] for region in ("5271", "7271", "00")}
    for region, month in warehouse.query(
        "select region_code, month(month) from marts.coverage_month "
        "where definition = 'bpu' and protected = 1 and perisai = 1 order by month"
    ):
        months.setdefault(region, []).append(month)
    assert months == {"5271": [1, 2], "52": [1, 2], "7271": [3, 4, 5, 6], "72": [3, 4, 5, 6], "00": [1, 2, 3, 4, 5, 6]}
    assert warehouse.query("select max(protected) from marts.coverage_month where definition = 'bpu'") == [(1,)]
    assert warehouse.query(
        "select sector, min(month(month)), max(month(month)) from marts.sector_month "
        "where region_level = 'nation' and protected = 1 group by sector order by sector"
    ) == [("agriculture", 1, 2), ("fishery", 3, 6)]
    assert warehouse.query("select sum(new_registrations) from marts.sector_month where region_level = 'nation'") == [
        (1,)
    ]
