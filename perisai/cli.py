"""The command line, for people without Airflow at hand. It calls the same functions as the DAG."""

from __future__ import annotations

import logging
from datetime import date, datetime
from typing import Annotated, Any

import duckdb
import typer
from rich.console import Console
from rich.logging import RichHandler
from rich.table import Table

from perisai.errors import DayFailed
from perisai.settings import Settings

app = typer.Typer(help="The Perisai warehouse: load exports, build marts, look at them.", no_args_is_help=True)
console = Console()
Day = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Business date; the newest export's if not given."),
]


@app.command()
def load(day: Day = None) -> None:
    """Pick up every new export up to a business date, judge it and commit it to the lake."""
    from expectations.contract import feeds
    from perisai import day as steps
    from perisai.branches import offices

    settings = _start()
    business_date = _business_date(settings, day)
    with _refusal():
        problems = []
        for office in offices(settings):
            try:
                steps.extract(settings, business_date, office)
            except OSError as problem:  # as in the DAG: the other offices go on, and the command fails at its end
                problems.append(f"{office}: {problem}")
        steps.conform(settings, business_date)
        for feed in feeds(settings.contracts):
            _say(steps.validate(settings, business_date, feed))
        _say(steps.load(settings, business_date))
        if problems:
            raise DayFailed("could not be read: " + "; ".join(problems))


@app.command()
def marts(day: Day = None) -> None:
    """Build the marts, publish them and draw the report."""
    from perisai import day as steps

    settings = _start()
    with _refusal():
        business_date = day.date() if day else date.min
        for step in (steps.marts, steps.publish, steps.report):
            _say(step(settings, business_date))


@app.command()
def status() -> None:
    """Show what was delivered, what came of it, and where the results are."""
    from perisai.status import summary

    with _refusal():
        for part in summary(Settings()):
            console.print(part)


@app.command()
def sql(query: str) -> None:
    """Run a query against the published warehouse (schemas marts and reference), read-only."""
    database = Settings().published / "warehouse.duckdb"
    with _refusal():
        if not database.exists():
            raise DayFailed(f"{database} is not there yet; run `perisai load` and `perisai marts`")
        with duckdb.connect(str(database), read_only=True) as con:
            try:
                result = con.execute(query)
            except duckdb.Error as error:
                raise DayFailed(str(error)) from error
            table = Table(*[str(column[0]) for column in result.description or []])
            for row in result.fetchall():
                table.add_row(*["" if value is None else str(value) for value in row])
            console.print(table)


def _start() -> Settings:
    logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=[RichHandler(show_path=False)])
    return Settings()


def _business_date(settings: Settings, day: datetime | None) -> date:
    from transforms.delivery import dated

    if day:
        return day.date()
    found = [date_ for path in settings.landing.glob("*/*") if (date_ := dated(path.name))]
    if not found:
        raise typer.BadParameter(f"no export with a business date in {settings.landing}", param_hint="--day")
    return max(found)


def _say(receipt: dict[str, Any]) -> None:
    console.print(", ".join(f"{name} {value}" for name, value in receipt.items()), highlight=False)


class _refusal:
    """Prints a refusal as one line and ends with status 1; every other error keeps its traceback."""

    def __enter__(self) -> None:
        """Nothing to begin."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DayFailed):
            Console(stderr=True).print(f"perisai: {error}", style="red", highlight=False)
            raise typer.Exit(1)


if __name__ == "__main__":
    app()
