"""What stands in the place of a person's data: as long and of the same form, so that its row is read as before."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import date, timedelta

from expectations.contract import Column
from perisai.rights.person import KPJ, NIK

NAME = "DIHAPUS"
"""*Erased*, in the place of a name."""
_SCIENTIFIC = re.compile(r"\d+(?:[.,]\d+)?[eE][+-]?\d+")
PHONE, INCOME, OCCUPATION = "phone", "declared_income_rp", "occupation"
_LENGTHS = {NIK: 16, KPJ: 11}
_WOMAN = 40
_MIDDLE, _LATE, _EARLY, _TWELVE = 6, 15, 6, 12
_DAY_ZERO = date(1899, 12, 30)
_DAYS = range(3_000, 60_000)


class StandIns:
    """Stand-ins, the same each time for the same value. They tell of the person the sex and the year of birth.

    A NIK keeps its province and gets a regency 99, which no province has; a date of birth becomes the 6th or the 15th
    of June, which says as much about what comes first in its column; a phone begins with 0800, as no mobile does.

    Args:
        known: those that an earlier run has made, by kind and value.
    """

    def __init__(self, known: dict[str, str]) -> None:
        self.known = known

    def number(self, text: str) -> str:
        """A NIK or KPJ, with what stands between its digits."""
        digits = re.sub(r"\D", "", text)
        made = self._kept("number", digits, lambda: _nik(digits) if len(digits) == _LENGTHS[NIK] else f"9{_random(10)}")
        return _dressed(text, made)

    def cell(self, column: Column, text: str, name: str = "") -> str:
        """What a cell of a row of the person holds instead; the same where it tells nothing of the person.

        An income stays, and an occupation in which no digit and no part of the name stands.

        Args:
            column: its column.
            text: what it holds.
            name: the person's name in that row.
        """
        if not column.personal or not text.strip():
            return text
        is_number = column.name in _LENGTHS
        if is_number and len(digits := re.sub(r"[\s.\-]", "", text)) == _LENGTHS[column.name] and digits.isdecimal():
            return self.number(text)
        if is_number:
            return text if _SCIENTIFIC.fullmatch(text) else self._kept(column.name, text, lambda: _scrambled(text))
        words = set(re.findall(r"\w+", text.lower()))
        tells = re.search(r"\d", text) or words & set(re.findall(r"\w+", name.lower()))
        if column.name == INCOME or (column.name == OCCUPATION and not tells):
            return text
        if column.name == PHONE:
            return self._kept(PHONE, text, lambda: self._phone(text))
        return _birth(text) if column.kind == "date" else NAME if column.required else ""

    def _phone(self, text: str) -> str:
        """A phone; however it is written, the same."""
        digits = re.sub(r"\D", "", text)
        own = re.sub("^62", "0", digits)
        made = self._kept("phone number", own, lambda: own[:2] + "00" + _random(max(0, len(own) - 4)))
        return _dressed(text, made if len(made) == len(digits) else f"62{made[1:]}")

    def _kept(self, kind: str, value: str, make: Callable[[], str]) -> str:
        key = f"{kind} {value}"
        if key not in self.known:
            self.known[key] = make()
        return self.known[key]


def _random(digits: int) -> str:
    return "".join(secrets.choice("123456789") for _ in range(digits))


def _nik(digits: str) -> str:
    day = int(digits[6:8])
    woman = _WOMAN if day > _WOMAN else 0
    return f"{digits[:2]}99{_random(2)}{_day(day - woman) + woman:02d}{_MIDDLE:02d}{digits[10:12]}9{_random(3)}"


def _day(day: int) -> int:
    return _LATE if day > _TWELVE else _EARLY


def _birth(text: str) -> str:
    """A date with another day and month, of the same year, in the same form."""
    if found := re.match(r"(\d{4})(\D+)(\d{1,2})(\D+)(\d{1,2})(?!\d)", text):
        year, first, month, second, day = found.groups()
        moved = [year, first, _like(month, _MIDDLE), second, _like(day, _day(int(day)))]
        return "".join(moved) + text[found.end() :]
    if found := re.match(r"(\d{1,2})(\D+)(\d{1,2})(\D+)(\d{2,4})(?!\d)", text):
        one, first, two, second, year = found.groups()
        return _like(one, _day(int(one))) + first + _like(two, _day(int(two))) + second + year + text[found.end() :]
    if found := re.match(r"(\d{1,2})(\D*[A-Za-z]{3,}\D*)(\d{2,4})(?!\d)", text):
        day, month, year = found.groups()
        return _like(day, _day(int(day))) + month + year + text[found.end() :]
    if text.isdecimal() and int(text) in _DAYS:
        there = _DAY_ZERO + timedelta(int(text))
        return str((date(there.year, _MIDDLE, _LATE) - _DAY_ZERO).days)
    return _scrambled(text)


def _like(text: str, number: int) -> str:
    return f"{number:0{len(text)}d}"


def _scrambled(text: str) -> str:
    return "".join(_random(1) if sign.isdecimal() else sign for sign in text)


def _dressed(text: str, digits: str) -> str:
    """A text with other digits, of which there are as many."""
    rest = iter(digits)
    return "".join(next(rest) if sign.isdecimal() else sign for sign in text)
