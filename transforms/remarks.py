"""What files say of themselves in their headers, titles, notes and feet.

Of refunds, how many rows there are, and values of the rows below.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from expectations.contract import Column
from transforms import doubts, tally, totals
from transforms.beside import Beside
from transforms.groups import Groups
from transforms.header import fold
from transforms.senders import Senders
from transforms.words import BACK, CANCELLED, FAILED, LEGEND, NONE_OF_IT, VOID, of_another_list, plain

_BACK = re.compile(BACK, re.IGNORECASE)
_BOTH = re.compile(
    r"\b(penerimaan|pembayaran|setoran|termasuk|payments?|receipts?|minus|negati[fv]e?)\b", re.IGNORECASE
)
_NONE = re.compile(r"\b(tidak ada|tanpa|nihil|belum ada|bukan|none|without)\b", re.IGNORECASE)
_VOID = re.compile(rf"{VOID}|{NONE_OF_IT}", re.IGNORECASE)
_COUNT = re.compile(rf"\b({FAILED}) \d+", re.IGNORECASE)
_CANCELLED, _LEGEND = re.compile(CANCELLED, re.IGNORECASE), re.compile(LEGEND, re.IGNORECASE)
_INCOME = r"(upah|gaji|penghasilan|pendapatan|income|wages?|salary)\b"
_TIME = (
    r"(setahun|tahunan|per ?-?tahun|/ ?tahun|per ?annum|per ?year|annual|yearly|sehari|harian|per ?-?hari|/ ?hari|daily"
    r"|seminggu|mingguan|per ?-?minggu|/ ?minggu|weekly)\b"
)
_PERIOD = re.compile(rf"\b{_INCOME}(?:\W+\w+){{0,3}}?\W*{_TIME}|\b{_TIME}\W+{_INCOME}", re.IGNORECASE)
_SIDES = {"dk", "kd", "debet", "debit", "kredit", "credit", "drcr", "crdr", "mutasi", "tanda"}
_SIDES |= {a + b for a in ("debet", "debit") for b in ("kredit", "credit")}

See = Callable[[int, Iterable[str | None]], None]


@dataclass
class Remarks:
    """What files say of signs, of their number of rows, and what these have in common.

    Args:
        groups: values that stand once above the rows that they are of.
        beside: what else is beside the rows.
        senders: branches that titles name.
        lines: by delivery those that name refunds, 0 for the name of a sheet.
        totals: see transforms.totals.
        voids: by delivery the first line on which the rows below are said to be none; see transforms.words.
        others: by delivery the first line that names another list than the feed's.
        legends: by delivery the line that says of rows of some colour, mark or number that they do not count.
        periods: by delivery the line that says that incomes are of a year, a week or a day.
        sides: by delivery the position of a column for debit and credit that the contract does not know.
        coded: by delivery the columns whose heading names a code (``codedAs``), with the value that no code is.
        tallies: by delivery the counts of rows or pages that it tells.
        times: by delivery the lines that tell of a day or month, with what they tell.
        doubts: see transforms.doubts.
    """

    groups: Groups
    beside: Beside
    senders: Senders
    lines: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    totals: totals.Totals = field(default_factory=lambda: defaultdict(dict))
    voids: dict[str, int] = field(default_factory=dict)
    others: dict[str, int] = field(default_factory=dict)
    legends: dict[str, int] = field(default_factory=dict)
    periods: dict[str, int] = field(default_factory=dict)
    sides: dict[str, int] = field(default_factory=dict)
    coded: dict[str, list[tuple[Column, str]]] = field(default_factory=lambda: defaultdict(list))
    tallies: tally.Tallies = field(default_factory=lambda: defaultdict(list))
    times: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    doubts: doubts.Doubts = field(default_factory=doubts.empty)

    def lines_of(self, delivery_id: str) -> See:
        """What looks at a row that is no data: for counts, and for a word that all that follows was paid back."""
        another = of_another_list(self.groups.contract)

        def see(line: int, cells: Iterable[str | None]) -> None:
            said = [cell for cell in cells if cell]
            self.beside.lines[delivery_id].append((line, " ".join(said)))
            titles = [_COUNT.sub(" ", plain(cell)) for cell in said]
            self.tallies[delivery_id] += tally.told(line, said)
            if any(_BACK.search(cell) and not _BOTH.search(cell) and not _NONE.search(cell) for cell in said):
                self.lines[delivery_id].append(line)
            for pattern, first in ((_VOID, self.voids), (another, self.others)):
                if any(_says(pattern, title) for title in titles):
                    first[delivery_id] = min(line, first.get(delivery_id, line))
            row = plain(" ".join(said))
            self.senders.see(delivery_id, line, row)
            if any(map(_LEGEND.search, [row, *said])) and (_says(_CANCELLED, row) or _says(another, row)):
                self.legends.setdefault(delivery_id, line)
            if any(map(_PERIOD.search, said)):
                self.periods.setdefault(delivery_id, line)
            self.times[delivery_id] += [(line, found) for cell in said if (found := doubts.of_a_time(cell))]
            for rupiah in totals.named(said, self.groups.contract):
                self.totals[delivery_id].setdefault(line, rupiah)
            self.groups.see(delivery_id, line, said)

        return see

    def see_header(self, delivery_id: str, header: tuple[str, ...], positions: Mapping[str, int]) -> None:
        """Looks at a header."""
        self.beside.see_header(delivery_id, header, positions)
        for column in self.groups.contract.exported:
            for heading, certain in column.coded_as:
                if column.name in positions and fold(header[positions[column.name]]) == fold(heading):
                    self.coded[delivery_id].append((column, certain))
        for at, cell in enumerate(header):
            if at not in positions.values() and fold(cell) in _SIDES:
                self.sides[delivery_id] = at


def _says(pattern: re.Pattern[str], title: str) -> bool:
    """Whether a title says so, and nothing beside that takes it back."""
    return pattern.search(title) is not None and not _NONE.search(pattern.sub(" ", title))
