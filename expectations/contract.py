"""A feed's data contract, read from its ODCS file.

The files under ``contracts/`` follow the Open Data Contract Standard 3.1. What it leaves to custom properties:

* on the table ``delivery`` (events or snapshot), ``labels`` (its name for people, ``indonesian`` and ``english``),
  ``position`` (its place where feeds are listed), ``expectedFrom`` (first business date that branches have to deliver
  it for, if not all), ``refuseAboveRejectedPct`` with ``refuseFromRejectedRows`` (a
  delivery with more rejected rows is refused whole), ``controlTotal`` (the column that a manifest sums), ``looksUp`` (a
  call of a table function that has one row for each row of the feed, whose columns the derived ones know as
  ``looked_up``), ``dayFirst`` (the separators of dates that have the day first, unless the column of a delivery
  shows otherwise) and ``notOf`` (what a list is not, by the meanings of transforms.words: unpaid, prospects, ...);
* on a column ``aliases`` (other headers), ``reads: month``, ``hashedAs`` (name of the keyed hash that replaces it),
  ``kept: false`` (compared by rules where it is there, and then dropped), ``variesMoreThan`` (another column whose
  values repeat more often, see transforms.exchanged), ``fixedBy`` (columns of which one value has one of this column,
  see transforms.counting), on every exported date or month ``dated`` (see DATED), which says what its
  years can be, and on an amount ``refunds: negative``;
* on a derived column, named as its rule, ``among`` (SQL over the table ``typed``: its windows see these rows alone);
* on a column ``deniedBy`` (by value the meaning, see transforms.words, of words that deny it in a remark beside), and
  ``isName: true`` on the name of a person, behind which such words may stand, ``titled`` (by value the words of a title
  that names it), ``random`` (the form of numbers that tell nothing of the next row's), ``synonyms`` (by value of its
  list other words for it) or ``alsoRead`` (SQL over the texts of what a cell means that is written otherwise), on a
  first month ``spans`` (the column that counts the months from it on), on an optional column ``missed: true`` (a
  file without it says so), and ``profile`` (by measure SQL over rows, see transforms.profile);
* on a date ``toldBy``, and on a rule one of ``WORDS``, see expectations.declared;
* on a rule ``saran``, what its description says, in Bahasa Indonesia, and ``lists``: a derived column, free of anything
  that a branch wrote, whose most frequent values are told behind it, and as what, and on a warning
  ``refusesAbovePct``: a delivery of which more lines are warned of is refused.

A feed has one file, ``<feed>.odcs.yaml``, or several: ``<feed>.<version>.odcs.yaml`` beside it is in force for
business dates from its custom property ``inForceFrom`` on. A file is read and judged by the version that is in
force on its own business date, whenever it arrives.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from open_data_contract_standard.model import (
    CustomProperty,
    DataQuality,
    OpenDataContractStandard,
    SchemaProperty,
)

from expectations import days, declared
from expectations.column import (
    CONTRADICTED,
    COUNTED_UP,
    SQL_TYPES,
    Column,
    Rule,
    column_rules,
    counted_column,
    counted_rule,
    finding_column,
    finding_rule,
    findings,
    listed,
    may_count,
    of_a_list,
    structural,
)

__all__ = [
    "CONTRACTS",
    "CONTRADICTED",
    "COUNTED_UP",
    "ROW_RULE",
    "Column",
    "Contract",
    "Rule",
    "contract",
    "feeds",
    "in_order",
    "versions",
]

CONTRACTS = Path(__file__).parent / "contracts"
# 128 bits; as hexadecimal text they take twice the room and three times as long to look up
KEY_TYPE = "UUID"

DATED = {
    "recent": "an event of the days before the business date, as most rows of a daily delivery have it",
    "past": "an event on the business date or any time before it",
    "ahead": "a date that may lie after the business date, as the end of an agreement does",
    "birth": "the birth of a person who works",
}
"""What a column's dates are: settles the century of a two-digit year, and what the business date says of an order."""
ROW_RULE = "row_readable"
_NAME = re.compile(r"[a-z]+")
_NEEDED = ("delivery", "labels", "position", "refuseAboveRejectedPct", "refuseFromRejectedRows")
MEANT_RULE = "row_not_contradicted"


@dataclass(frozen=True)
class Contract:
    """What a feed promises."""

    feed: str
    version: str
    description: str
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    snapshot: bool
    labels: tuple[str, str]
    position: int
    expected_from: date | None
    control_total: str | None
    refuse_above_pct: float
    refuse_from_rows: int
    day_first: tuple[str, ...]
    in_force_from: date
    looks_up: str
    not_of: tuple[str, ...] = ()

    @property
    def exported(self) -> tuple[Column, ...]:
        """Columns that stand in a branch's file, in the file's order."""
        return tuple(column for column in self.columns if column.header)

    @property
    def number(self) -> Column:
        """The column that numbers the feed's documents."""
        return next(column for column in self.exported if column.key)

    @property
    def derived(self) -> tuple[Column, ...]:
        """Columns that are computed from the exported ones."""
        return tuple(column for column in self.columns if column.derived)

    @property
    def counting(self) -> tuple[Column, ...]:
        """Columns that a fill handle may count up, and that do not rise from row to row by themselves."""
        told = {column.name for column in self.columns}
        return tuple(column for column in self.exported if column.name + COUNTED_UP in told)

    @property
    def lake_columns(self) -> tuple[tuple[str, str, str], ...]:
        """(name, SQL type, description) of what the lake keeps of a row, hashed where it must be."""
        kept = []
        for column in self.columns:
            if column.hashed_as:
                what = column.header or column.name
                kept.append((column.hashed_as, KEY_TYPE, f"Keyed hash of {what}. {column.description}"))
            elif column.kept and not column.personal:
                kept.append((column.name, column.sql_type, column.description))
        return tuple(kept)

    @property
    def vault_columns(self) -> tuple[Column, ...]:
        """Personal columns that the vault keeps; none where the feed only repeats a card number."""
        personal = tuple(column for column in self.exported if column.personal and column.kept)
        return personal if any(not column.hashed_as for column in personal) else ()


def feeds(folder: Path = CONTRACTS) -> list[str]:
    """Names of the feeds, in alphabetical order."""
    return sorted({path.name.split(".")[0] for path in folder.glob("*.odcs.yaml")})


def in_order(folder: Path = CONTRACTS) -> list[Contract]:
    """The last contract of each feed, in the order in which feeds are listed."""
    return sorted((contract(feed, folder=folder) for feed in feeds(folder)), key=lambda one: (one.position, one.feed))


def contract(feed: str, business_date: date = date.max, folder: Path = CONTRACTS) -> Contract:
    """The contract of a feed that is in force on a business date; by default the last one.

    Raises:
        FileNotFoundError: there is no such feed.
        ValueError: a file says something this house cannot do; the message names the place.
    """
    return [version for version in versions(feed, folder) if version.in_force_from <= business_date][-1]


@cache
def versions(feed: str, folder: Path = CONTRACTS) -> tuple[Contract, ...]:
    """All contracts of a feed in the order in which they come into force, the first one from the beginning.

    Raises:
        FileNotFoundError: there is no such feed.
        ValueError: a file says something this house cannot do, or two of them disagree.
    """
    paths = sorted(folder.glob(f"{feed}.odcs.yaml")) + sorted(folder.glob(f"{feed}.*.odcs.yaml"))
    if not paths:
        raise FileNotFoundError(f"there is no contract {feed} in {folder}")
    found = sorted((_read(feed, path) for path in paths), key=lambda version: version.in_force_from)
    begins = [version.in_force_from for version in found]
    if begins[0] != date.min or len(set(begins)) < len(begins):
        raise ValueError(f"contract {feed}: one version has no inForceFrom, all others have one each: {begins}")
    if len({version.version for version in found}) < len(found):
        raise ValueError(f"contract {feed}: two files have the same version")
    if len({version.snapshot for version in found}) > 1:
        raise ValueError(f"contract {feed}: delivery is events in one version and snapshot in another")
    types: dict[str, str] = {}
    for version in found:
        for name, sql_type, _ in version.lake_columns:
            if types.setdefault(name, sql_type) != sql_type:
                raise ValueError(f"contract {feed} {version.version}: {name} was {types[name]} and is {sql_type}")
    return tuple(found)


def _read(feed: str, path: Path) -> Contract:
    if not _NAME.fullmatch(feed):
        raise ValueError(f"contract {feed}: name the feed in small letters a to z, as it stands in file names")
    document = OpenDataContractStandard.from_file(str(path))
    table = (document.schema_ or [])[0]
    custom = _custom(table.customProperties)
    if missing := [name for name in _NEEDED if name not in custom]:
        raise ValueError(f"contract {feed}: its table has no custom property {missing[0]}; add it")
    if custom["delivery"] not in ("events", "snapshot"):
        raise ValueError(f"contract {feed}: delivery is {custom['delivery']!r}; write events or snapshot")
    columns = tuple(_column(item) for item in table.properties or [])
    told_by = {item.name: str(_custom(item.customProperties).get("toldBy", "")) for item in table.properties or []}
    numbered = [(column, told_by[column.name]) for column in columns if told_by[column.name]]
    by_name = {column.name: column for column in columns}
    rules = [
        structural(
            MEANT_RULE,
            CONTRADICTED,
            "A column that the contract does not know says that this row is not what its other columns say: it is not"
            " paid, deleted, in another currency or unit, corrected, of several cases or with a fee, or a column stands"
            " there twice and differs, or a name goes on in another column, or a person came another way than by the"
            " agent whose code stands there. Keep only rows that count, with whole and final rupiah, and remove that"
            " column.",
            "Kolom yang tidak dikenal kontrak menyatakan bahwa baris ini bukan seperti isi kolom lain: belum dibayar,"
            " dihapus, mata uang atau satuannya lain, ada koreksi, beberapa kasus, ada biaya, atau kolom yang sama ada"
            " dua kali dan berbeda, atau nama berlanjut di kolom lain, atau peserta datang lewat jalur lain padahal"
            " kode Perisai terisi. Kirim hanya baris yang sah dengan rupiah penuh yang final, dan hapus kolom itu.",
        ),
        replace(
            structural(
                ROW_RULE,
                "row_problem",
                "The row cannot be read: it is damaged, or a remark beside it says that it does not count.",
                "Baris ini tidak terbaca: rusak, atau ada keterangan bahwa baris ini tidak dihitung.",
            ),
            lists="cause_told",
            lists_as="Sebab / Causes",
        ),
    ]
    ones = [
        make(str(quality.name), said)
        for quality in [
            *(table.quality or []),
            *(each for item in table.properties or [] for each in item.quality or []),
        ]
        for word, make in declared.WORDS.items()
        if (said := _custom(quality.customProperties).get(word))
    ]
    of_column = {
        str(item.name): [_rule(each, item.name) for each in item.quality or []] for item in table.properties or []
    }
    of_rows = [_rule(each, None) for each in table.quality or []]
    counted = [column for column in columns if may_count(column, of_column[column.name], of_rows)]
    found = [(column, finding) for column in columns for finding in findings(column, of_column[column.name])]
    is_there = [f"upper({c.name}) = upper('{value}')" for c in columns for value, said in c.denied_by if said == "left"]
    there = " AND ".join(is_there) or "TRUE"
    for column in columns:
        rules += [finding_rule(column, finding) for each, finding in found if each is column]
        rules += [counted_rule(each) for each in counted if each is column]
        rules += [rule for each, no in numbered if each is column for rule in declared.number_rules(each, by_name[no])]
        rules += [rule for each, no in numbered if each is column for rule in days.number_rules(each, by_name[no])]
        if column.dated == "recent":
            rules += days.rules(column, columns, numbered=bool(told_by[column.name]))
        rules += column_rules(column, of_column[column.name])
    for of_this in of_column.values():
        rules += of_this
    rules += of_rows
    names = [rule.name for rule in rules]
    if repeated := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"contract {feed}: rule names {sorted(repeated)} stand twice")
    numbers = [column.name for column in columns if column.key and column.header]
    if len(numbers) != 1:
        raise ValueError(f"contract {feed}: mark one column with primaryKey: true, the one that numbers its documents")
    if not any(rule.expectation == "ExpectColumnValuesToMatchRegex" for rule in of_column[numbers[0]]):
        raise ValueError(
            f"contract {feed}: {numbers[0]} has no rule ExpectColumnValuesToMatchRegex; add one, since the form of"
            " their number tells rows from totals and notes"
        )
    return Contract(
        feed=feed,
        version=str(document.version),
        description=str(table.description),
        columns=(
            *columns,
            *(column for each in numbered for column in declared.number_columns(*each)),
            *(make(*each) for make in (days.number_column, days.place_column) for each in numbered),
            *(
                each
                for column in columns
                if column.dated == "recent"
                for each in days.columns(column, columns, numbered=bool(told_by[column.name]))
            ),
            *ones,
            *(finding_column(*each, there) for each in found),
            *map(counted_column, counted),
        ),
        rules=tuple(rules),
        snapshot=custom["delivery"] == "snapshot",
        labels=(str(custom["labels"]["indonesian"]), str(custom["labels"]["english"])),
        position=int(custom["position"]),
        expected_from=date.fromisoformat(str(custom["expectedFrom"])) if "expectedFrom" in custom else None,
        control_total=custom.get("controlTotal"),
        refuse_above_pct=float(custom["refuseAboveRejectedPct"]),
        refuse_from_rows=int(custom["refuseFromRejectedRows"]),
        day_first=tuple(custom.get("dayFirst", ())),
        in_force_from=date.fromisoformat(str(_custom(document.customProperties).get("inForceFrom", date.min))),
        looks_up=str(custom.get("looksUp", "")),
        not_of=tuple(custom.get("notOf", ())),
    )


def _custom(properties: list[CustomProperty] | None) -> dict[str, Any]:
    return {str(item.property): item.value for item in properties or []}


def _column(item: SchemaProperty) -> Column:
    custom = _custom(item.customProperties)
    kind = str(custom.get("reads", item.logicalType))
    if kind not in SQL_TYPES:
        raise ValueError(f"column {item.name}: type {kind!r} is none of {sorted(SQL_TYPES)}")
    values = listed([_rule(each, item.name) for each in item.quality or []]) if kind == "string" else []
    return Column(
        name=str(item.name),
        header=item.physicalName,
        kind=kind,
        required=bool(item.required),
        classification=str(item.classification),
        description=str(item.description),
        aliases=tuple(custom.get("aliases", ())),
        hashed_as=custom.get("hashedAs"),
        derived=item.transformLogic,
        only_if="FALSE" if "among" in custom else "",
        suspects=f"row_problem IS NULL AND ({custom['among']})" if "among" in custom else "",
        kept=bool(custom.get("kept", True)),
        dated=_dated(item, kind, str(custom.get("dated", ""))),
        key=bool(item.primaryKey),
        rupiah=custom.get("unit") == "rupiah",
        varies_more_than=str(custom.get("variesMoreThan", "")),
        refunds=custom.get("refunds") == "negative",
        fixed_by=tuple(custom.get("fixedBy", ())),
        denied_by=tuple(custom.get("deniedBy", {}).items()),
        is_name=bool(custom.get("isName", False)),
        random=str(custom.get("random", "")),
        titled=tuple((str(value), str(words)) for value, words in custom.get("titled", {}).items()),
        spans=str(custom.get("spans", "")),
        also_read=str(custom.get("alsoRead", ""))
        or (of_a_list(str(item.name), values, custom.get("synonyms", {})) if values else ""),
        missed=bool(custom.get("missed", False)),
        profile=tuple((str(measure), str(is_so)) for measure, is_so in custom.get("profile", {}).items()),
        coded_as=tuple((str(heading), str(value)) for heading, value in custom.get("codedAs", {}).items()),
    )


def _dated(item: SchemaProperty, kind: str, said: str) -> str:
    wanted = bool(item.physicalName) and kind in ("date", "month")
    if said not in (DATED if wanted else ("",)):
        raise ValueError(f"column {item.name}: dated is {said!r}; an exported date or month has one of {sorted(DATED)}")
    return said


def _rule(quality: DataQuality, column: str | None) -> Rule:
    severity = quality.severity
    if severity not in ("error", "warning"):
        raise ValueError(f"rule {quality.name}: severity {severity!r} is neither error nor warning")
    custom = _custom(quality.customProperties)
    saran, lists = custom.get("saran"), custom.get("lists", {})
    if not saran:
        raise ValueError(f"rule {quality.name}: it has no saran, so a clerk could not read it")
    implementation: Any = quality.implementation
    kwargs = dict(implementation["kwargs"])
    if severity == "error" and "refusesAbovePct" in custom:
        raise ValueError(
            f"rule {quality.name}: refusesAbovePct is of warnings; rows that errors reject refuse a delivery by"
            " refuseAboveRejectedPct"
        )
    if declared.WORDS.keys() & custom:  # its derived column has its name
        kwargs["column"] = str(quality.name)
    if column:  # a rule may look at a derived column and still be about this one
        kwargs.setdefault("column", column)
    return Rule(
        name=str(quality.name),
        severity=severity,  # type: ignore[arg-type]  # narrowed above; the model types it as str
        reason=str(quality.description),
        saran=str(saran),
        expectation=implementation["type"],
        kwargs=kwargs,
        column=column,
        lists=str(lists.get("column", "")),
        lists_as=str(lists.get("as", "")),
        refuses_above_pct=int(custom.get("refusesAbovePct", 100)),
    )
