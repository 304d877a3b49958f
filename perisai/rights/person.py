"""Who is meant by a number: a NIK, or a card that one NIK alone has registered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import duckdb

from expectations.contract import feeds, versions
from perisai.errors import DayFailed
from perisai.settings import Settings
from perisai.step import scratch_duck
from transforms.identity import pseudonym
from warehouse import vault

NIK, KPJ = "nik", "kpj"
"""Columns of the contracts that tell a person."""
_LENGTHS = {16: NIK, 11: KPJ}
_BETWEEN = r"[ .\-]?"
ANY = re.compile(rf"(?<!\d)\d(?:{_BETWEEN}\d){{10,15}}(?!\d)")
"""What may be a NIK or a KPJ, also with blanks, points or dashes in it."""


@dataclass(frozen=True)
class Person:
    """A person's numbers.

    Attributes:
        niks: The NIK; empty for a card that nobody has registered.
        kpjs: The cards that are nobody else's.
        shared: How many cards another NIK has registered, too: they may be that person's.
    """

    niks: frozenset[str]
    kpjs: frozenset[str]
    shared: int = 0

    @property
    def numbers(self) -> frozenset[str]:
        """All of them."""
        return self.niks | self.kpjs


def plain(number: str) -> str:
    """The digits of a NIK or KPJ.

    Raises:
        DayFailed: it is neither; the message does not repeat it.
    """
    digits = re.sub(r"[\s.\-]", "", number)
    if not digits.isdecimal() or len(digits) not in _LENGTHS:
        raise DayFailed("this is neither a NIK (16 digits) nor a KPJ (11 digits)")
    return digits


def find(settings: Settings, number: str) -> Person:
    """The person of a number, by what is registered in the vault.

    Raises:
        DayFailed: the number is none, or a card that several NIK have registered.
    """
    digits = plain(number)
    with opened_vault(settings) as (con, tables):
        pairs = " union all ".join(
            f"select {NIK}, {KPJ} from vault.{feed}" for feed, names in tables.items() if {NIK, KPJ} <= names
        )
        con.execute(f"create temp table pair as {pairs or 'select null::varchar as nik, null::varchar as kpj'}")
        if _LENGTHS[len(digits)] == KPJ:
            owners = {nik for (nik,) in con.execute("select distinct nik from pair where kpj = ?", [digits]).fetchall()}
            if not owners:
                return Person(frozenset(), frozenset({digits}))
            if len(owners) > 1:
                raise DayFailed(f"{len(owners)} NIK have registered this card; give the NIK of the person who is meant")
            (digits,) = owners
        found = con.execute(
            """select kpj, max(nik) <> min(nik) from pair
            where kpj in (select kpj from pair where nik = ?) group by kpj order by kpj""",
            [digits],
        ).fetchall()
    own = frozenset(kpj for kpj, shared in found if not shared)
    return Person(frozenset({digits}), own, len(found) - len(own))


@contextmanager
def opened_vault(settings: Settings) -> Iterator[tuple[duckdb.DuckDBPyConnection, dict[str, set[str]]]]:
    """A connection with the vault as ``vault``, to be read, and the columns of each feed that is in it."""
    with scratch_duck(settings) as con, vault.reading(con, settings.vault) as there:
        yield con, {feed: names for feed, names in there.items() if feed in feeds(settings.contracts)}


def pattern(numbers: Iterable[str]) -> re.Pattern[str]:
    """What finds numbers in a text, also with blanks, points or dashes in them."""
    every = "|".join(_BETWEEN.join(number) for number in sorted(numbers))
    return re.compile(rf"(?<!\d)(?:{every})(?!\d)")


def key_of(number: str, secret: bytes) -> str:
    """The pseudonym of a number, as the lake has it."""
    return str(UUID(pseudonym(_LENGTHS[len(number)], number, secret)))


def entry_of(number: str, secret: bytes) -> str:
    """What stands on a list for a number: another hash than the lake has, so that a list tells nothing of a lake."""
    return pseudonym(f"list {_LENGTHS[len(number)]}", number, secret)


def key_columns(settings: Settings) -> dict[str, dict[str, str]]:
    """For each feed the columns of its pseudonyms of a NIK or KPJ, by the column that they are of."""
    return {
        feed: {
            column.name: column.hashed_as
            for version in versions(feed, settings.contracts)
            for column in version.columns
            if column.hashed_as and column.name in {NIK, KPJ}
        }
        for feed in feeds(settings.contracts)
    }
