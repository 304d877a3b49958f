"""Incentive schemes that contradict themselves are found before anything is built from them.

The models join the rows of `incentive_rule.csv` and trust that each join finds one row at most; a tier that stands
twice would pay twice. Whoever adds a scheme is told here what is wrong with it, in words that name the file, the
scheme and what to do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path

from expectations.contract import CONTRACTS, feeds
from warehouse import places_check, reference_files
from warehouse.reference_files import FIRST_MONTH, LINE, ReferenceProblem, Row, borders, holds, periods, until_next

SCHEMES, RULES, PARAMETERS = "incentive_scheme.csv", "incentive_rule.csv", "parameter.csv"
PROGRAMMES = ("2", "3")
FLAGS = ("threshold_per_programmes", "acquisition_needs_contribution", "state_paid_earns")
SHARES = {"agent_share": 2, "management_rate": 4, "management_rate_below_minimum": 4, "tax_rate": 4}
"""Shares of a scheme, with the decimals that the models keep."""
RATE_DECIMALS = 4
_NEVER = 10**6
"""Last month or place of a tier without an end."""
COUNTS = ("threshold_new", "minimum_agents")
TIERS = {"acquisition": ("new", "new participants"), "contribution": ("month", "contribution months")}
"""By rule what the columns of its tiers begin with, and what they count."""
RULE_COLUMNS = ("programmes", "month_from", "month_to", "new_from", "new_to", "amount_rp", "rate")
RULE_KEY = ("scheme", "rule", "programmes", "month_from", "new_from")
DATED = (
    "arrears_months",
    "death_benefit_funeral_rp",
    "death_benefit_grant_rp",
    "death_benefit_periodic_rp",
    "counter_restarts_on_reactivation",
    "inactive_months",
    "perisai_adult_years",
    "reentry_months",
    "warning_months",
)
"""Parameters that a regulation sets: they have rows with dates, the others one row without."""
FORMS = {  # by rule, the columns that it has to fill and those that it may; the others stay empty
    "acquisition": ({"amount_rp"}, {"programmes", "new_from", "new_to"}),
    "acquisition_flat": ({"amount_rp"}, set[str]()),
    "contribution": ({"rate"}, {"programmes", "month_from", "month_to"}),
}


def check(folder: Path, contracts: Path = CONTRACTS) -> None:
    """Looks at all files of a folder of reference tables, and more closely at schemes, their rules and parameters.

    Raises:
        ReferenceProblem: something is missing, unknown, stands twice, overlaps or leaves a gap.
    """
    tables = reference_files.read(folder)
    schemes, rules, parameters = tables["incentive_scheme"], tables["incentive_rule"], tables["parameter"]
    names = {row["scheme"] for row in schemes}
    problems = [*_schemes(schemes), *_parameters(parameters), *_dates(RULES, rules)]
    sound = not problems
    if sound:
        schemes, rules = until_next(schemes, ("scheme",)), until_next(rules, RULE_KEY)
        dated = until_next([row for row in parameters if row["parameter"] in DATED], ("parameter",))
        problems += periods("incentive_scheme", schemes, ("scheme",), whole=True)
        problems += periods("incentive_rule", rules, RULE_KEY)
        problems += periods("parameter", dated, ("parameter",), FIRST_MONTH)
    for name in dict.fromkeys(row["scheme"] for row in rules):
        if name not in names:
            problems.append(
                f"{RULES}: scheme {name!r} is not in {SCHEMES}; add its row there, or write the name as it stands there"
            )
    for name in sorted(names):
        of_scheme = [row for row in rules if row["scheme"] == name]
        problems += _each(name, of_scheme)
        if sound:
            problems += _rules(name, [row for row in schemes if row["scheme"] == name], of_scheme)
    closely = {path.removesuffix(".csv") for path in (SCHEMES, RULES, PARAMETERS)}
    contradictions = [*reference_files.contradictions(folder, tables, closely, feeds(contracts))]
    problems += contradictions or places_check.problems(tables)
    if problems:
        raise ReferenceProblem("\n".join(problems))


def _schemes(rows: list[Row]) -> Iterator[str]:
    yield from _dates(SCHEMES, rows)
    for row in rows:
        yield from (f"{SCHEMES}: scheme {row['scheme']!r}: {problem}" for problem in _scheme(row))


def _scheme(row: Row) -> Iterator[str]:
    """What is wrong with a single scheme."""
    for column in ("scheme", *COUNTS, *FLAGS, "agent_share", "management_rate", "citation"):
        if not row[column]:
            yield f"{column} is empty; fill it in"
    for column in FLAGS:
        if row[column] not in ("", "true", "false"):
            yield f"{column} is {row[column]!r}; write true or false"
    for column in (*COUNTS, "agent_cap_rp"):
        if row[column] and not row[column].isdecimal():
            yield f"{column} is {row[column]!r}; write a whole number from 0"
    for column, decimals in SHARES.items():
        if row[column] and not _is_share(row[column], decimals):
            yield f"{column} is {row[column]!r}; {_share_words(decimals)}"
    lower, rate = row["management_rate_below_minimum"], row["management_rate"]
    if all(_is_share(share, RATE_DECIMALS) for share in (lower, rate)) and Decimal(lower) > Decimal(rate):
        yield f"management_rate_below_minimum is {lower}, above management_rate {rate}; exchange them"
    since = row["months_count_from"]
    if since and ((day := _date(since)) is None or day.day != 1):
        yield f"months_count_from is {since!r}; write the first day of a month, such as 2022-01-01"


def _dates(name: str, rows: list[Row]) -> Iterator[str]:
    """Days of rows that begin and end with a month, as incentives are settled by month."""
    for row in rows:
        where = f"{name}, line {row[LINE]}"
        begins, ends = _date(row["valid_from"]), _date(row["valid_to"])
        if begins is None or begins.day != 1:
            yield f"{where}: valid_from is {row['valid_from']!r}; write the first day of a month, such as 2022-01-01"
        if row["valid_to"] and (ends is None or (ends + timedelta(days=1)).day != 1):
            yield f"{where}: valid_to is {row['valid_to']!r}; write the last day of a month, such as 2021-12-31"
        elif begins and ends and ends < begins:
            yield f"{where}: valid_to lies before valid_from; exchange or correct them"


def _parameters(rows: list[Row]) -> Iterator[str]:
    undated = [row for row in rows if row["parameter"] not in DATED]
    yield from _dates(PARAMETERS, [row for row in rows if row["parameter"] in DATED])
    for name in _twice(row["parameter"] for row in undated):
        yield f"{PARAMETERS}: {name} has two rows; keep one"
    for row in undated:
        if row["valid_from"] or row["valid_to"]:
            yield f"{PARAMETERS}, line {row[LINE]}: {row['parameter']} is of no date; leave its dates empty"
    for row in rows:
        if not row["value"].isdecimal():
            yield f"{PARAMETERS}: the value of {row['parameter']} is {row['value']!r}; write a whole number from 0"
        elif row["unit"] == "0 or 1" and int(row["value"]) > 1:
            yield f"{PARAMETERS}: the value of {row['parameter']} is {row['value']!r}; write 0 or 1"
        for column in ("unit", "citation"):
            if not row[column]:
                yield f"{PARAMETERS}: {column} of {row['parameter']} is empty; fill it in"


def _each(scheme: str, rows: list[Row]) -> Iterator[str]:
    """What is wrong with the rules of a scheme one by one."""
    for row in rows:
        yield from (f"{RULES}: scheme {scheme!r}: {problem}" for problem in _rule(row))
    if not rows:
        yield f"{RULES}: scheme {scheme!r} has no rule, so that it never pays; add its rules"


def _rules(scheme: str, terms: list[Row], rows: list[Row]) -> Iterator[str]:
    """What is wrong with the rules of a scheme taken together, on each day on which they or its terms change."""
    found: dict[str, date] = {}
    rows = [row for row in rows if not list(_rule(row))]
    for day in sorted({border for row in (*terms, *rows) for border in borders(row)} if rows else ()):
        there = [row for row in rows if holds(row, day)]
        if any(holds(row, day) for row in terms):
            for problem in _in_force(there):
                found.setdefault(problem, day)
    for problem, day in found.items():  # the first day says it
        yield f"{RULES}: scheme {scheme!r}: from {day} on {problem}"


def _in_force(rows: list[Row]) -> Iterator[str]:
    each, flat = ([row for row in rows if row["rule"] == rule] for rule in ("acquisition", "acquisition_flat"))
    if not rows:
        yield "no rule holds, so that it never pays; add its rules"
    for rule in TIERS:
        for programmes in PROGRAMMES:
            if of_rule := [row for row in rows if row["rule"] == rule]:
                yield from _tiers(rule, programmes, of_rule)
    if len(flat) > 1:
        yield f"acquisition_flat has two rows ({_lines(flat)}); keep one"
    if each and flat:
        yield f"acquisitions are paid each and flat at once ({_lines(each + flat)}); keep one of them"


def _rule(row: Row) -> Iterator[str]:
    """What is wrong with a single rule."""
    if row["rule"] not in FORMS:
        yield f"rule {row['rule']!r} is not known; write {', '.join(FORMS)}"
        return
    needed, allowed = FORMS[row["rule"]]
    for column in RULE_COLUMNS:
        if row[column] and column not in needed | allowed:
            yield f"{row['rule']} has {column} {row[column]!r}, which it does not use; leave it empty"
        if not row[column] and column in needed:
            yield f"{row['rule']}: {column} is empty; fill it in"
    for column in ("month_from", "month_to", "new_from", "new_to"):
        if row[column] and (not row[column].isdecimal() or int(row[column]) < 1):
            yield f"{row['rule']}: {column} is {row[column]!r}; write a whole number from 1"
    if row["amount_rp"] and not row["amount_rp"].isdecimal():
        yield f"{row['rule']}: amount_rp is {row['amount_rp']!r}; write whole rupiah from 0"
    if row["rate"] and not _is_share(row["rate"], RATE_DECIMALS):
        yield f"{row['rule']}: rate is {row['rate']!r}; {_share_words(RATE_DECIMALS)}"
    if row["programmes"] and "programmes" in allowed and row["programmes"] not in PROGRAMMES:
        yield f"{row['rule']}: programmes is {row['programmes']!r}; write 2 or 3, or nothing for both"
    if not row["citation"]:
        yield f"{row['rule']}: citation is empty; say where the rule is written"


def _tiers(rule: str, programmes: str, every: list[Row]) -> Iterator[str]:
    """Gaps and overlaps of tiers for a number of programmes; after the last one nothing is paid, which is no gap."""
    column, counted = TIERS[rule]
    rows = [row for row in every if row["programmes"] in ("", programmes)]
    tiers = sorted((int(row[f"{column}_from"] or 1), int(row[f"{column}_to"] or _NEVER), row[LINE]) for row in rows)
    expected, before, what = 1, "", f"{counted} on {programmes} programmes:"
    for first, last, line in tiers:
        if last < first:
            yield f"{what} {first} to {last} (line {line}) are the wrong way round; exchange them"
        elif first < expected:
            yield (
                f"{what} tiers overlap at {first} (lines {before} and {line}), which would be paid twice;"
                " let them follow each other"
            )
        elif first > expected:
            yield (
                f"{what} no tier is for {expected} to {first - 1} (before line {line}); add it, or 0 if it pays nothing"
            )
        before = line
        expected = max(expected, last + 1)
    if not tiers:
        yield f"{what} there is no row; add it, with 0 if it pays nothing"


def _lines(rows: list[Row]) -> str:
    return "lines " + ", ".join(row[LINE] for row in rows)


def _twice(values: Iterable[str]) -> list[str]:
    return [value for value, times in Counter(values).items() if times > 1]


def _is_share(text: str, decimals: int) -> bool:
    try:
        share = Decimal(text)
    except InvalidOperation:
        return False
    return 0 <= share <= 1 and share == round(share, decimals)


def _share_words(decimals: int) -> str:
    return f"write a share from 0 to 1 with up to {decimals} decimals, such as 0.10 for 10 %"


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
