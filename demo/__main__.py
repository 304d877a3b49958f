"""``python -m demo``: makes branch exports."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from demo import Size, make


class History(StrEnum):
    """Whether what happened before the daily files is exported."""

    all = "all"
    none = "none"


def main(
    *,
    to: Annotated[Path, typer.Option(help="Landing folder.")] = Path("data/landing"),
    size: Annotated[Size, typer.Option(help="How much.")] = Size.province,
    days: Annotated[int, typer.Option(help="Daily files, up to 13 October 2023.")] = 13,
    seed: Annotated[int, typer.Option(help="Of everything drawn by chance.")] = 20231013,
    history: Annotated[History, typer.Option(help="Whether a go-live export holds all earlier days.")] = History.all,
    participants: Annotated[int, typer.Option(help="People (nation only).")] = 10_000_000,
    contribution_rows: Annotated[int, typer.Option(help="Contribution rows, about (nation only).")] = 60_000_000,
    threads: Annotated[int, typer.Option(help="Branches made at once.")] = 2,
) -> None:
    """Writes what branches would leave on a day, and prints what it wrote."""
    receipt = make(
        to,
        size,
        seed,
        days=days,
        history=history is History.all,
        participants=participants,
        contribution_rows=contribution_rows,
        threads=threads,
    )
    # what is listed here was invented, and may be read under the demo's keys: see perisai/invented.py
    made = sorted(f"{file.folder}/{file.file_name}" for file in receipt.sent)
    (to / ".demo").write_text("".join(f"{name}\n" for name in made), encoding="utf-8")
    for feed, rows in receipt.rows.items():
        typer.echo(f"{feed:15}{rows:>14,} rows")
    typer.echo(f"{len(receipt.sent):,} files in {to}")
    for file in receipt.sent:
        if file.why:
            typer.echo(
                f"{file.file_name:45}{file.outcome:23}{file.lines:>7} lines{file.rejected:>6} rejected  {file.why}"
            )


typer.run(main)
