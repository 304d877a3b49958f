"""The incentive a second time, in plain Python over rows: written from the rules, not from the SQL.

Slow and simple on purpose. Money is int or Decimal. Each rule has one place, in the words of docs/incentives.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Row = Mapping[str, Any]
Tables = Mapping[str, Sequence[Row]]


@dataclass(frozen=True)
class Line:
    """A rupiah's reason; `gross` is the amount before the agent's share, `source_no` a registration or a receipt."""

    period: date
    agent: str
    wadah: str | None
    scheme: str | None
    rule: str
    person: str | None
    source_no: str | None
    month: date | None
    number: int | None
    basis: int | None
    rate: Decimal | None
    amount: Decimal
    reason: str | None
    gross: Decimal = field(default=Decimal(0), compare=False)

    @property
    def counts(self) -> bool:
        """Whether it is a new participant's line that counts towards a threshold."""
        return self.month is None and self.scheme is not None and self.reason != "no_contribution_yet"


Place = tuple[date, str, str | None, str | None]  # period, agent, wadah, scheme
Office = tuple[date, str | None, str | None]  # period, wadah, scheme


@dataclass(frozen=True)
class AgentTotal:
    """An agent's rupiah of a period under one wadah and scheme, after rounding."""

    total: int
    gross: int


@dataclass(frozen=True)
class WadahTotal:
    """A wadah's rupiah of a period under one scheme."""

    agents: int
    management: int
    payable: int
    tax: int | None


Gap = tuple[date, str, str, str | None, date, date | None, str | None]
"""Period, agent, missing or unknown, branch, first and last day (None while it lasts), wadah."""


@dataclass(frozen=True)
class Incentive:
    """Everything that the second calculation says; of gaps how many new participants and payments rely on them."""

    lines: list[Line]
    agents: dict[Place, AgentTotal]
    wadahs: dict[Office, WadahTotal]
    gaps: dict[Gap, tuple[int, int]] = field(default_factory=dict)


def month_index(day: date) -> int:
    return day.year * 12 + day.month - 1


def month_of(index: int) -> date:
    return date(index // 12, index % 12 + 1, 1)


def rounded(amount: Decimal) -> int:
    """Half up; away from zero when negative."""
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def parts(amount: int, months: int) -> list[int]:
    """A payment spread over its months: whole rupiah, cut towards zero, the last month takes the remainder."""
    each = abs(amount) // months * (1 if amount > 0 else -1)
    return [each] * (months - 1) + [amount - each * (months - 1)]


def once(rows: Iterable[Row], number: str) -> list[Row]:
    """A number that comes again from its branch is the same document; the first one stays."""
    found: dict[tuple[str, str], Row] = {}
    for row in sorted(rows, key=lambda row: (row["business_date"], row["line_no"])):
        found.setdefault((row["branch_code"], row[number]), row)
    return list(found.values())


def holds(row: Row, day: date) -> bool:
    """Both the first and the last day are in force."""
    return bool(row["valid_from"] <= day and (row["valid_to"] is None or day <= row["valid_to"]))


class Schemes:
    """The terms of schemes, their rules, and the parameters that hold for all of them; each on its day."""

    def __init__(self, reference: Tables) -> None:
        self.rows = reference["reference.incentive_scheme"]
        self.rules = reference["reference.incentive_rule"]
        self.parameters = reference["reference.parameter"]

    def terms(self, scheme: str | None, day: date) -> Row | None:
        """What the scheme says on a day; None without a scheme, and where it says nothing (any more, or yet)."""
        return next((row for row in self.rows if row["scheme"] == scheme and holds(row, day)), None)

    def last_terms(self, scheme: str | None, day: date) -> Row | None:
        """The same, but terms that have ended go on."""
        begun = [row for row in self.rows if row["scheme"] == scheme and row["valid_from"] <= day]
        return max(begun, key=lambda row: row["valid_from"], default=None)

    def parameter(self, name: str, day: date) -> int:
        """The value of a parameter on a day."""
        [value] = [row["value"] for row in self.parameters if row["parameter"] == name and holds(row, day)]
        return int(value)

    def rule(
        self, scheme: str, rule: str, day: date, programmes: int | None = None, number: int | None = None
    ) -> Row | None:
        """The row that says what is paid on a day for the number of a month, or the place of a new participant.

        A column that it leaves empty holds for all.
        """
        tier = "new" if rule == "acquisition" else "month"
        for row in self.rules:
            if (
                (row["scheme"], row["rule"]) == (scheme, rule)
                and holds(row, day)
                and row["programmes"] in {None, programmes}
                and (number is None or number >= (row[f"{tier}_from"] or 1))
                and (number is None or row[f"{tier}_to"] is None or number <= row[f"{tier}_to"])
            ):
                return row
        return None


class Rosters:
    """Which wadah an agent works for on a day, and under which agreement."""

    def __init__(self, tables: Tables) -> None:
        self.sent, self.complete = defaultdict(set), defaultdict(list)  # branch: dates; those without rejected rows
        for delivery in tables["raw.delivery"]:
            if delivery["feed"] == "agents":
                self.sent[delivery["branch_code"]].add(delivery["business_date"])
            if delivery["feed"] == "agents" and not delivery["rejected"]:
                self.complete[delivery["branch_code"]].append(delivery["business_date"])
        self.today = max(row["business_date"] for row in tables["raw.business_day"])
        of_day: dict[tuple[str, date], Row] = {}
        for row in tables["raw.agents"]:  # on two rosters of one date: active, then joined later, then higher branch
            key = (row["agent_code"], row["business_date"])
            of_day[key] = max(
                of_day.get(key, row), row, key=lambda r: (r["status"] == "AKTIF", r["joined_date"], r["branch_code"])
            )
        self.agents = defaultdict(list)
        for (agent, _), row in sorted(of_day.items(), key=lambda item: item[0]):
            self.agents[agent].append(row)
        self.as_of: date = max(row["business_date"] for row in tables["raw.business_day"])
        self.agreements: dict[tuple[str, str], dict[str, Row]] = defaultdict(dict)
        # the latest roster says it; of rows of one that differ the one that begins last, then ends last
        said = ("business_date", "pks_from", "pks_to", "scheme")
        for row in sorted(tables["raw.agents"], key=lambda row: [row[name] for name in said]):
            self.agreements[row["branch_code"], row["wadah_code"]][row["pks_no"]] = row

    def on(self, agent: str, day: date) -> tuple[str | None, str | None]:
        """The agent's wadah on the day, and the scheme of the agreement in force; None where there is none."""
        row = self.row(agent, day)
        if row is None:
            return None, None
        return row["wadah_code"], self.scheme_of(row["branch_code"], row["wadah_code"], day)

    def row(self, agent: str, day: date) -> Row | None:
        """What the rosters say of an agent on a day; None where they do not have the agent."""
        rows = self.agents.get(agent, [])
        known = [row for row in rows if row["business_date"] <= day]
        if known:  # rule 12: it holds, unless it says that the agent leaves and a whole roster has come since
            row = known[-1]
            later = [day_ for day_ in self.complete[row["branch_code"]] if row["business_date"] < day_ <= day]
            return None if row["status"] == "NONAKTIF" and later else row
        return rows[0] if rows and rows[0]["joined_date"] <= day else None

    def scheme_of(self, branch: str, wadah: str, day: date) -> str | None:
        """The scheme of the agreement in force; None where there is none."""
        in_force = [
            agreement
            for agreement in self.agreements[branch, wadah].values()
            if agreement["pks_from"] <= day <= agreement["pks_to"]
        ]
        latest = max(in_force, key=lambda agreement: (agreement["pks_from"], agreement["pks_no"]), default=None)
        return latest and latest["scheme"]

    def staffed(self, month: date, wadah: str, scheme: str) -> tuple[bool, int]:
        """Rule 9: whether an agreement under the scheme is in force in the month, and how many agents are active."""
        days = [month + timedelta(n) for n in range((month_of(month_index(month) + 1) - month).days)]
        if month > self.as_of:  # it has not begun
            return False, 0
        branches = [branch for branch, other in self.agreements if other == wadah]
        under = [(branch, day) for branch in branches for day in days if self.scheme_of(branch, wadah, day) == scheme]
        active = {
            agent
            for agent in self.agents
            for branch, day in under
            if (row := self.row(agent, day))
            and (row["branch_code"], row["wadah_code"], row["status"]) == (branch, wadah, "AKTIF")
        }
        return bool(under), len(active)

    def gaps(self) -> Iterable[tuple[Row, date, date | None]]:
        """Rule 12: the last row before each gap, the gap's first day, and its last one, None while it lasts."""
        for rows in self.agents.values():
            for row, after in zip(rows, [*rows[1:], None], strict=True):
                until = after["business_date"] if after else date.max
                silent = [day for day in self.sent[row["branch_code"]] if row["business_date"] < day < until]
                if silent and row["status"] != "NONAKTIF":
                    yield row, min(silent), until - timedelta(1) if after else None

    def unknown_before(self, agent: str) -> date:
        """The first day on which anything is known of an agent; the last day of all if nothing ever is."""
        rows = self.agents.get(agent)
        return min(rows[0]["joined_date"], rows[0]["business_date"]) if rows else date.max


@dataclass
class Payment:
    """A payment of one person with what rules 4 and 5 say about it."""

    row: Row
    agent: str | None
    wadah: str | None
    scheme: str | None
    counter: int = 1
    own_count: tuple[str, date] | None = None  # scheme and day since which its months are counted by themselves


@dataclass
class Month:
    """What was received for one month of a person so far."""

    net: int = 0
    counted: int = 0
    whole: int | None = None  # what made it whole, and so may count, until all of it is given back
    begun: Payment | None = None  # the payment that last made it whole


@dataclass
class Person:
    registrations: list[Row] = field(default_factory=list)
    payments: list[Row] = field(default_factory=list)


def people_of(tables: Tables) -> dict[str, Person]:
    """Registrations and payments by person, each in its order; payments for unknown cards belong to nobody."""
    people: dict[str, Person] = defaultdict(Person)
    owner: dict[str, str] = {}
    for row in sorted(
        once(tables["raw.registrations"], "registration_no"),
        key=lambda row: (row["registration_date"], row["business_date"], row["branch_code"], row["registration_no"]),
    ):
        people[row["participant_key"]].registrations.append(row)
        owner.setdefault(row["card_key"], row["participant_key"])
    for row in sorted(
        once(tables["raw.contributions"], "receipt_no"),
        key=lambda row: (row["payment_date"], row["receipt_no"], row["branch_code"]),
    ):
        if row["card_key"] in owner:
            people[owner[row["card_key"]]].payments.append(row)
    return people


def managed(person: Person, rosters: Rosters) -> list[Payment]:
    """Rule 4: who managed the person on the day of each payment."""
    payments = []
    for row in person.payments:
        said = [one["agent_code"] for one in person.registrations if one["registration_date"] <= row["payment_date"]]
        agent = said[-1] if said else None
        wadah, scheme = rosters.on(agent, row["payment_date"]) if agent else (None, None)
        payments.append(Payment(row, agent, wadah, scheme))
    return payments


def count_apart(payments: list[Payment], schemes: Schemes) -> None:
    """Rule 7: payments under a scheme that counts months from a day on are in a count of their own."""
    for payment in payments:
        day = payment.row["payment_date"]
        terms = schemes.terms(payment.scheme, day)
        since = terms["months_count_from"] if terms else None
        if payment.scheme and since and day >= since:
            payment.own_count = payment.scheme, since


def number_counters(payments: list[Payment], schemes: Schemes) -> None:
    """Rule 5: a payment that brings a lapsed person back begins to count from month 1 again."""
    counter = 1
    covered: set[int] = set()
    for payment in payments:
        if payment.row["amount_rp"] > 0:
            first, today = month_index(payment.row["first_month"]), month_index(payment.row["payment_date"])
            arrears = schemes.parameter("arrears_months", payment.row["payment_date"])
            lapsed = all(
                any(month < seen for month in covered) and covered.isdisjoint(range(seen - arrears - 1, seen + 1))
                for seen in (today, first)
            )
            if lapsed and schemes.parameter("counter_restarts_on_reactivation", payment.row["payment_date"]) == 1:
                counter += 1
            covered.update(range(first, first + payment.row["months"]))
        payment.counter = counter


def enough(index: int, first: int, months: int) -> int:
    """Rule 6: from what on a part of a payment makes its month whole."""
    smallest_of_all = sum(smallest(month_of(month)) for month in range(first, first + months))
    return min(smallest(month_of(index)), smallest_of_all // months) - (months - 1)


def contribution_lines(key: str, person: Person, rosters: Rosters, schemes: Schemes) -> Iterable[Line]:
    """Rules 4 to 9 for one person: a line for each payment and month under an agent."""
    payments = managed(person, rosters)
    count_apart(payments, schemes)
    number_counters(payments, schemes)
    months: dict[int, Month] = defaultdict(Month)
    numbers: dict[Any, dict[int, int]] = defaultdict(dict)  # by agent and count
    for payment in payments:
        row = payment.row
        first = month_index(row["first_month"])
        for index, part in enumerate(parts(row["amount_rp"], row["months"]), first):
            month = months[index]
            counted_before = month.counted
            month.net += part
            if month.net <= 0:
                month.whole = None  # it is free again
            elif month.whole is None and part > 0 and month.net >= enough(index, first, row["months"]):
                month.whole, month.begun = max(part, month.net), payment
                given = numbers[payment.agent, payment.counter, payment.own_count]
                given.setdefault(index, len(given) + 1)
            month.counted = min(month.whole or 0, max(0, month.net))
            basis = month.counted - counted_before
            # what changes the money that counts belongs to where it began to count, and so does every refund
            charged = month.begun if month.begun and (basis or row["amount_rp"] < 0) else payment
            if charged.agent is None:
                continue
            number = numbers[charged.agent, charged.counter, charged.own_count][index] if basis else None
            if row["amount_rp"] < 0:
                uncounted = "refund_of_uncounted"
            elif not part:
                uncounted = "nothing_received"
            elif month.net <= 0:
                uncounted = "given_back_before"
            elif month.whole is None:
                uncounted = "month_not_whole_yet"
            else:
                uncounted = "month_already_counted"
            yield priced(key, payment, charged, month_of(index), number, (basis, uncounted), schemes)


def priced(
    key: str,
    payment: Payment,
    charged: Payment,
    month: date,
    number: int | None,
    counted: tuple[int, str],
    schemes: Schemes,
) -> Line:
    """Rules 8 and 9: the rate of the number under the scheme of the agent who is charged, and the amount."""
    basis, uncounted = counted
    day = charged.row["payment_date"]
    scheme = schemes.terms(charged.scheme, day)
    rule = number and scheme and schemes.rule(scheme["scheme"], "contribution", day, charged.row["programmes"], number)
    reason = None
    if charged.scheme is None:
        reason = "no_agreement"
    elif scheme is None:
        reason = "scheme_not_in_force"
    elif number is None:
        reason = uncounted
    elif charged.row["payer"] in {"APBN", "APBD"} and not scheme["state_paid_earns"]:
        reason = "state_paid"
    elif rule is None:
        reason = "after_last_month"
    rate = rule["rate"] if rule and not reason else None
    gross = basis * rate if rate is not None else Decimal(0)
    return Line(
        period=payment.row["payment_date"].replace(day=1),
        agent=str(charged.agent),
        wadah=charged.wadah,
        scheme=charged.scheme,
        rule="contribution",
        person=key,
        source_no=payment.row["receipt_no"],
        month=month,
        number=number,
        basis=basis,
        rate=rate,
        amount=gross * scheme["agent_share"] if scheme else gross,
        gross=gross,
        reason=reason,
    )


@dataclass(frozen=True)
class Acquisition:
    """Rule 1: a person's first registration anywhere, which named an agent."""

    person: str
    row: Row
    wadah: str | None
    scheme: str | None
    counted: bool
    terms: Row | None  # of the scheme, on the day of registration

    @property
    def place(self) -> tuple[str, date]:
        return self.row["agent_code"], self.row["registration_date"].replace(day=1)


def smallest(month: date) -> int:
    """Rule 2: the least that anybody may owe for a month, on 2 programmes at the lowest base with the discounts."""
    if date(2020, 8, 1) <= month <= date(2021, 1, 1):
        return 168  # 1 % of JKK and JKM
    return 8_400 if date(2026, 1, 1) <= month <= date(2027, 3, 1) else 16_800  # half of them, in transport at least


def acquisitions(people: Mapping[str, Person], rosters: Rosters, schemes: Schemes) -> list[Acquisition]:
    """Rules 1 and 2: who was acquired by whom, and whether it counts."""
    found = []
    for key, person in people.items():
        first = person.registrations[0]
        if first["agent_code"] is None:
            continue
        wadah, scheme = rosters.on(first["agent_code"], first["registration_date"])
        covered = [row["first_month"] for row in person.payments if row["amount_rp"] > 0]
        received = bool(covered) and sum(row["amount_rp"] for row in person.payments) >= smallest(min(covered))
        terms = schemes.terms(scheme, first["registration_date"])
        needs = terms is None or terms["acquisition_needs_contribution"]
        found.append(Acquisition(key, first, wadah, scheme, received or not needs, terms))
    return found


def acquisition_lines(every: list[Acquisition], schemes: Schemes) -> Iterable[Line]:
    """Rule 3: each new participant at the scheme's amount, or one flat amount, from the threshold on."""
    in_month: dict[tuple[str, date], list[Acquisition]] = defaultdict(list)
    for one in every:
        in_month[one.place].append(one)
    for own in in_month.values():
        flat: dict[str, list[Acquisition]] = defaultdict(list)
        for one in own:
            day = one.row["registration_date"]
            if not one.counted:
                yield acquisition_line(one, None, "no_contribution_yet")
            elif one.scheme is None:
                yield acquisition_line(one, None, "no_agreement")
            elif one.terms is None:
                yield acquisition_line(one, None, "scheme_not_in_force")
            elif schemes.rule(one.scheme, "acquisition_flat", day):
                flat[one.scheme].append(one)
            else:
                rule = schemes.rule(one.scheme, "acquisition", day, one.row["programmes"], place(one, own))
                below = not reached(one.terms, own, {one.row["programmes"]})
                yield acquisition_line(one, rule, "no_rate" if not rule else "below_threshold" if below else None)
        for scheme, ones in flat.items():
            last = max(ones, key=lambda one: (one.row["registration_date"], one.row["registration_no"]))
            below = not reached(last.terms, own, {one.row["programmes"] for one in ones})
            rule = schemes.rule(scheme, "acquisition_flat", last.row["registration_date"])
            yield acquisition_line(last, rule, "below_threshold" if below else None)


def reached(terms: Row, own: list[Acquisition], programmes: set[int]) -> bool:
    """Whether the agent's counted new participants of the month are as many as the scheme wants."""
    counted = [one for one in own if one.counted and one.terms is not None]
    wanted = terms["threshold_new"]
    if not terms["threshold_per_programmes"]:
        return len(counted) >= wanted
    return any(sum(one.row["programmes"] == number for one in counted) >= wanted for number in programmes)


def place(one: Acquisition, own: list[Acquisition]) -> int:
    """Rule 3: which one of the agent's counted new participants of the month it is, by day, number and branch."""
    counted = [other for other in own if other.counted and other.terms is not None]
    if one.terms["threshold_per_programmes"]:
        counted = [other for other in counted if other.row["programmes"] == one.row["programmes"]]
    order = [(o.row["registration_date"], o.row["registration_no"], o.row["branch_code"], o.person) for o in counted]
    return 1 + sorted(order).index(order[counted.index(one)])


def cap_lines(lines: list[Line], schemes: Schemes) -> Iterable[Line]:
    """Rule 13: what is above the cap of an agent, month and scheme is taken off, wadah by wadah."""
    sums: dict[tuple[date, str, str], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for line in lines:
        if line.scheme is not None and line.wadah is not None:
            sums[line.period, line.agent, line.scheme][line.wadah] += line.gross
    for (period, agent, scheme), by_wadah in sums.items():
        terms = schemes.terms(scheme, period)
        if terms is None or terms["agent_cap_rp"] is None:
            continue
        running = above = Decimal(0)
        for wadah in sorted(by_wadah):
            running += by_wadah[wadah]
            above_before, above = above, max(Decimal(0), running - terms["agent_cap_rp"])
            if gross := above_before - above:
                amount = gross * terms["agent_share"]
                empty: dict[str, Any] = dict.fromkeys(
                    ("person", "source_no", "month", "number", "basis", "rate", "reason")
                )
                yield Line(period, agent, wadah, scheme, "cap", amount=amount, gross=gross, **empty)


def acquisition_line(one: Acquisition, rule: Row | None, reason: str | None) -> Line:
    """One new participant's line; a flat one stands for the agent's month and names nobody."""
    flat = rule is not None and rule["rule"] == "acquisition_flat"
    gross = Decimal(rule["amount_rp"]) if rule and not reason else Decimal(0)
    agent, period = one.place
    return Line(
        period=period,
        agent=agent,
        wadah=one.wadah,
        scheme=one.scheme,
        rule="acquisition_flat" if flat else "acquisition",
        person=None if flat else one.person,
        source_no=None if flat else one.row["registration_no"],
        month=None,
        number=None,
        basis=None,
        rate=None,
        amount=gross * one.terms["agent_share"] if one.terms else gross,
        gross=gross,
        reason=reason,
    )


def rounded_running(amounts: Iterable[Decimal]) -> Iterable[int]:
    """Amounts whose sum is rounded once: each the growth of the rounded running sum."""
    running, before = Decimal(0), 0
    for amount in amounts:
        running += amount
        yield rounded(running) - before
        before = rounded(running)


def agent_totals(lines: Iterable[Line]) -> dict[Place, AgentTotal]:
    """Rule 9: an agent's period is rounded once, over its wadahs and schemes in order, none of them first."""
    sums: dict[tuple[date, str], dict[tuple[str, str], list[Line]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        sums[line.period, line.agent][line.wadah or "", line.scheme or ""].append(line)
    totals = {}
    for (period, agent), rows in sums.items():
        places = sorted(rows)
        amounts = rounded_running(sum(line.amount for line in rows[place]) for place in places)
        grosses = rounded_running(sum(line.gross for line in rows[place]) for place in places)
        for (wadah, scheme), amount, gross in zip(places, amounts, grosses, strict=True):
            totals[period, agent, wadah or None, scheme or None] = AgentTotal(amount, gross)
    return totals


def management_rate(office: Office, terms: Row, rosters: Rosters) -> Decimal:
    """Rule 9: the rate of a wadah and month, which may be lower where it has too few agents."""
    lower = terms["management_rate_below_minimum"]
    if lower is not None:
        in_force, agents = rosters.staffed(*office)
        if in_force and agents < terms["minimum_agents"]:
            return lower
    return terms["management_rate"]


def wadah_totals(agents: Mapping[Place, AgentTotal], schemes: Schemes, rosters: Rosters) -> dict[Office, WadahTotal]:
    """Rule 9: management comes on top, from the gross of the wadah's agents; tax stands apart."""
    found: dict[Office, list[AgentTotal]] = defaultdict(list)
    for (period, _, wadah, scheme), total in agents.items():
        if scheme is not None:
            found[period, wadah, scheme].append(total)
    totals = {}
    for office, rows in found.items():
        scheme = schemes.last_terms(office[2], office[0])
        own = sum(row.total for row in rows)
        rate = management_rate(office, scheme, rosters) if scheme else 0
        management = rounded(Decimal(rate) * sum(row.gross for row in rows))
        payable = own + management
        tax = rounded(payable * scheme["tax_rate"]) if scheme and scheme["tax_rate"] is not None else None
        totals[office] = WadahTotal(own, management, payable, tax)
    return totals


def roster_gaps(people: Mapping[str, Person], every: list[Acquisition], rosters: Rosters) -> dict[Gap, tuple[int, int]]:
    """Rule 12: each gap in each of its months, and those unknown in each month; what relies on them."""
    done = [(one.row["agent_code"], one.row["registration_date"], (1, 0)) for one in every]
    for person in people.values():
        for paid in managed(person, rosters):
            if paid.agent is not None and paid.row["amount_rp"] > 0:
                done.append((paid.agent, paid.row["payment_date"], (0, 1)))
    found: dict[Gap, tuple[int, int]] = {}
    for row, first, last in rosters.gaps():
        for index in range(month_index(first), month_index(min(last or rosters.today, rosters.today)) + 1):
            own = [
                counts
                for agent, day, counts in done
                if agent == row["agent_code"] and first <= day <= (last or date.max) and month_index(day) == index
            ]
            gap = (month_of(index), row["agent_code"], "missing", row["branch_code"], first, last, row["wadah_code"])
            found[gap] = sum(new for new, _ in own), sum(payments for _, payments in own)
    unknown: dict[tuple[date, str], list[tuple[date, tuple[int, int]]]] = defaultdict(list)
    for agent, day, counts in done:
        if day < rosters.unknown_before(agent):
            unknown[day.replace(day=1), agent].append((day, counts))
    for (period, agent), ones in unknown.items():
        days = [day for day, _ in ones]
        gap = period, agent, "unknown", None, min(days), max(days), None
        found[gap] = sum(new for _, (new, _) in ones), sum(payments for _, (_, payments) in ones)
    return found


def incentive(raw: Tables, reference: Tables) -> Incentive:
    """Lines and totals from raw rows, all of whose deliveries count."""
    schemes, rosters, people = Schemes(reference), Rosters(raw), people_of(raw)
    acquired = acquisitions(people, rosters, schemes)
    lines = list(acquisition_lines(acquired, schemes))
    for key, person in people.items():
        lines += contribution_lines(key, person, rosters, schemes)
    lines += cap_lines(lines, schemes)
    agents = agent_totals(lines)
    return Incentive(lines, agents, wadah_totals(agents, schemes, rosters), roster_gaps(people, acquired, rosters))
