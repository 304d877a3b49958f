"""A column and a rule of a contract, and the rules that a column has by its type alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from expectations.cells import FINDINGS, Finding
from expectations.names import NAMES

Severity = Literal["error", "warning"]
SQL_TYPES = {"string": "VARCHAR", "integer": "BIGINT", "date": "DATE", "month": "DATE", "time": "TIME"}
COUNTED_UP = "_not_counted_up"
"""What a rule, and the derived column that is 1 where it is broken, ends in: a column counts up from row to row."""
UNREADABLE, MISSING = "_unreadable", "_missing"
"""What the columns end in that hold something where a column's text cannot be read, or where there is none."""
CONTRADICTED = "contradicted"
"""Value of row_problem, and column of the typed rows, of a row that an unknown column contradicts."""


@dataclass(frozen=True)
class Rule:
    """One rule: a Great Expectations expectation with a name, a severity and words for the clerk.

    ``reason`` is in English; ``saran`` says the same in Bahasa Indonesia. ``lists`` is the column, if any, whose values
    are told behind them as ``lists_as``. A delivery is refused of which more than ``refuses_above_pct`` of the lines
    break a warning: something is wrong with the file, not with a row.
    """

    name: str
    severity: Severity
    reason: str
    saran: str
    expectation: str
    kwargs: dict[str, Any]
    column: str | None
    lists: str = ""
    lists_as: str = ""
    refuses_above_pct: int = 100

    @property
    def finds(self) -> str:
        """The column in which something stands where the rule is broken; empty for a rule of another kind."""
        is_found = self.expectation == "ExpectColumnValuesToBeNull" and self.kwargs.keys() == {"column"}
        return str(self.kwargs["column"]) if is_found else ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that the rule looks at, without those that only say how a value was read."""
        named: list[str] = [self.column] if self.column else []
        for key in ("column", "column_A", "column_B", "column_list"):
            value = self.kwargs.get(key, [])
            named += value if isinstance(value, list) else [value]
        return tuple(dict.fromkeys(name.removesuffix(UNREADABLE).removesuffix(MISSING) for name in named))


@dataclass(frozen=True)
class Column:
    """One column of a feed: how a branch exports it, what type it has and where it may go.

    ``only_if`` is SQL over the texts, for a column that tells what is found in a cell: see Finding. ``suspects`` is SQL
    over the table ``typed``: the windows of the column look at these rows alone, since to sort all of them costs much.
    ``also_read`` is SQL over the texts of what a cell means that is written otherwise, null where it is not.
    """

    name: str
    header: str | None
    kind: str
    required: bool
    classification: str
    description: str
    aliases: tuple[str, ...]
    hashed_as: str | None
    derived: str | None
    kept: bool
    dated: str = ""
    key: bool = False
    rupiah: bool = False
    only_if: str = ""
    suspects: str = ""
    varies_more_than: str = ""
    refunds: bool = False
    fixed_by: tuple[str, ...] = ()
    denied_by: tuple[tuple[str, str], ...] = ()
    is_name: bool = False
    random: str = ""
    titled: tuple[tuple[str, str], ...] = ()
    spans: str = ""
    also_read: str = ""
    coded_as: tuple[tuple[str, str], ...] = ()
    missed: bool = False
    profile: tuple[tuple[str, str], ...] = ()

    @property
    def sql_type(self) -> str:
        """DuckDB type of the column once it is read."""
        return SQL_TYPES[self.kind]

    @property
    def beside(self) -> bool:
        """Whether nobody asks a branch for the column: where it is sent it is compared, and then dropped."""
        return bool(self.header) and not self.kept

    @property
    def personal(self) -> bool:
        """Whether the value may rest only in raw files, the vault and the branch's own workbook."""
        return self.classification == "personal"


def listed(rules: list[Rule]) -> list[str]:
    """The values that a column may have, by its rules; none where these are no list, or one of a table."""
    sets = [rule.kwargs["value_set"] for rule in rules if rule.expectation == "ExpectColumnValuesToBeInSet"]
    return [str(value) for each in sets if isinstance(each, list) for value in each]


def of_a_list(name: str, values: list[str], synonyms: Mapping[str, list[str]]) -> str:
    """SQL of the value of a list that a text means: as in headers, small letters, blanks and signs make no difference.

    Args:
        name: the column's.
        values: the list.
        synonyms: by value other words for it.
    """
    meant = {re.sub("[^0-9A-Z]", "", word.upper()): v for v in values for word in (v, *synonyms.get(v, ()))}
    known, words, what = (", ".join(f"'{each}'" for each in those) for those in (values, meant, meant.values()))
    folded = f"regexp_replace(upper({name}), '[^0-9A-Z]', '', 'g')"
    return f"CASE WHEN {name} NOT IN ({known}) THEN map([{words}], [{what}])[{folded}] END"


def findings(column: Column, rules: list[Rule]) -> list[Finding]:
    """What is looked for in a column. One whose values are a list holds nothing else, and needs none of it."""
    if not column.header or column.beside or any(rule.expectation == "ExpectColumnValuesToBeInSet" for rule in rules):
        return []
    words = column.kind == "string"
    of = {"text": words and not column.personal, "words": words, "rupiah": column.rupiah, "any": column.kind != "time"}
    of["name"] = column.is_name
    return [finding for finding in (*FINDINGS, *NAMES) if of[finding.of]]


def finding_column(column: Column, finding: Finding, there: str) -> Column:
    """The derived column that is 1 where it is found."""
    return Column(
        name=f"{column.name}_{finding.rule}",
        header=None,
        kind="integer",
        required=False,
        classification="public",
        description=f"1 where {column.header} {finding.reason.split(',')[0]}. Used by a rule and then dropped.",
        aliases=(),
        hashed_as=None,
        derived=finding.sql(column.name, column.kind, there).replace(
            "{beside}", column.varies_more_than or column.name
        ),
        kept=False,
        only_if=finding.only_if.replace("{text}", f'"{column.name}"'),
    )


def finding_rule(column: Column, finding: Finding) -> Rule:
    """The rule that it is not found."""
    return Rule(
        name=f"{column.name}_{finding.rule}",
        severity=finding.severity,
        reason=f"{column.header} {finding.reason}.",
        saran=f"{column.header} {finding.saran}.",
        expectation="ExpectColumnValuesToBeNull",
        kwargs={"column": f"{column.name}_{finding.rule}"},
        column=column.name,
    )


def may_count(column: Column, rules: list[Rule], of_rows: list[Rule]) -> bool:
    """Whether a column is an amount, a code or a date of which no two rows that follow each other differ by one step.

    Numbers of documents and cards do, and so do the days of events, but not for two weeks, one row a day. A column of a
    few words cannot.
    """
    same = {rule.kwargs["column_A"] for rule in of_rows if rule.expectation == "ExpectColumnPairValuesToBeEqual"}
    if (
        not column.header
        or column.beside
        or column.key
        or listed(rules)
        or (column.kind == "string" and column.name in same)
    ):
        return False
    return (
        column.rupiah
        or column.dated in ("ahead", "birth", "recent")
        or (column.kind == "string" and (bool(column.random) or not column.personal))
    )


def counted_column(column: Column) -> Column:
    """The column that transforms.counting finds things for."""
    return Column(
        name=column.name + COUNTED_UP,
        header=None,
        kind="integer",
        required=False,
        classification="public",
        description=f"1 where {column.header} rises or falls by one step a row. Used by a rule and then dropped.",
        aliases=(),
        hashed_as=None,
        derived=None,
        kept=False,
        only_if="FALSE",
    )


def counted_rule(column: Column) -> Rule:
    """The rule that a column does not count up."""
    return Rule(
        name=column.name + COUNTED_UP,
        severity="error",
        reason=f"{column.header} rises or falls by exactly one step (1, one day, one month) from row to row, in at"
        " least 5 rows (days of events: 14 rows, with or without weekends)."
        " A spreadsheet seems to have counted while a cell was dragged down or up (fill handle); take the values from"
        " the source again, and export anew.",
        saran=f"{column.header} naik atau turun tepat satu langkah (1, satu hari, satu bulan) dari baris ke baris,"
        " paling sedikit lima baris (hari kejadian: 14 baris, dengan atau tanpa akhir pekan). Tampaknya spreadsheet"
        " menghitung saat satu sel ditarik ke bawah atau ke atas (fill handle); ambil lagi isinya dari sumbernya, lalu"
        " ekspor ulang.",
        expectation="ExpectColumnValuesToBeNull",
        kwargs={"column": column.name + COUNTED_UP},
        column=column.name,
    )


def column_rules(column: Column, of_this: list[Rule]) -> list[Rule]:
    """The rules that a column's type and its being required state already; of the others its list of values is told."""
    rules = []
    values = listed(of_this)
    if column.header and column.kind != "string":
        words, kata = {
            "date": (
                "a day that exists and can be read; write it as 2025-09-30",
                "tanggal yang ada dan terbaca; tulis seperti 2025-09-30",
            ),
            "month": ("a month such as 2025-09", "bulan seperti 2025-09"),
            "integer": (f"a number, {' or '.join(values)}", f"angka {' atau '.join(values)}")
            if values
            else ("a whole number such as 36800 or 36.800", "bilangan bulat seperti 36800 atau 36.800")
            if column.rupiah
            else ("a whole number such as 3", "bilangan bulat seperti 3"),
            "time": ("a time of day such as 14:05; it is left out", "jam seperti 14:05; isinya diabaikan"),
        }[column.kind]
        rules.append(
            structural(
                f"{column.name}_readable",
                f"{column.name}{UNREADABLE}",
                f"{column.header} is not {words}.",
                f"{column.header} bukan {kata}.",
                # a time is a hint, and so is what is only compared: no sum and no right hangs on it
                "warning" if column.kind == "time" or column.beside else "error",
            )
        )
    if column.required:
        rules.append(
            structural(
                f"{column.name}_present",
                f"{column.name}{MISSING}",
                f"{column.header} is empty, or holds a word such as NULL or -; it is required.",
                f"{column.header} kosong, atau berisi kata seperti NULL atau -; kolom ini wajib diisi.",
            )
        )
    return rules


def made(name: str, sql: str) -> Column:
    """A derived column of whole numbers that a rule uses."""
    return Column(
        name=name,
        header=None,
        kind="integer",
        required=False,
        classification="public",
        description="Used by a rule and then dropped.",
        aliases=(),
        hashed_as=None,
        derived=sql,
        kept=False,
    )


def structural(name: str, column: str, reason: str, saran: str, severity: Severity = "error") -> Rule:
    """A rule that a column is null."""
    return Rule(name, severity, reason, saran, "ExpectColumnValuesToBeNull", {"column": column}, column)
