"""What stands above a table and beside it: the name of its sheet, its titles, and other sheets."""

from __future__ import annotations

from expectations.contract import Contract
from transforms import units
from transforms.header import without_header
from transforms.readers import Row, Table, Unreadable
from transforms.remarks import See
from transforms.rows import Judge
from transforms.words import BESIDE_THE_CELLS, NAME_INSIDE


def look_above(tables: list[Table], chosen: tuple[Table, Row], contract: Contract, see: See, inside: str) -> None:
    """Looks at the name of the sheet that is read, at the titles on it, and at the other sheets.

    Args:
        tables: all that the file may hold.
        chosen: the one that is read, and its header.
        contract: the feed's contract.
        see: looks at a row above it for what it says of refunds.
        inside: the name that the file has in a package.

    Raises:
        Unreadable: amounts are in thousands, or rows stand on a sheet without a header, or above the header.
    """
    table, top = chosen
    if units.scaled([table.name], contract):
        number = table.number
        raise Unreadable(units.refusal(f"Nama lembar {number}", f"the name of sheet {number}"))
    judge = Judge(contract)
    for other in tables:
        if other.number != table.number and not other.hidden and any(judge.goes_on(cells) for _, cells in other.peek):
            raise Unreadable(without_header(other))
    see(0, [table.name])
    if inside:
        see(NAME_INSIDE, [inside])
    for title in table.titles:
        see(BESIDE_THE_CELLS, [title])
    for line_no, cells in table.peek:
        if line_no <= top[0] and units.scaled(cells, contract):
            raise Unreadable(units.of_line(line_no))
        if line_no < top[0]:
            if judge.goes_on(cells):
                raise Unreadable(
                    f"Baris {line_no} tampaknya data, tetapi berada di atas judul (baris {top[0]}); mungkin judulnya"
                    " ikut diurutkan. Letakkan judul di atas semua baris"
                    f" / line {line_no} seems to be data and stands above the header (line {top[0]}), which was perhaps"
                    " sorted with the rows; put it above all of them"
                )
            see(line_no, [*cells, table.notes.get(line_no)])
