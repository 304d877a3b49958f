"""The command line, for people without Airflow at hand. It calls the same functions as the DAG."""

from __future__ import annotations

import logging
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import duckdb
import typer
from rich.console import Console
from rich.logging import RichHandler
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from perisai.errors import DayFailed
from perisai.settings import Settings

app = typer.Typer(help="The Perisai warehouse: load exports, build marts, look at them.", no_args_is_help=True)
# a pipe has no width, and 80 columns would cut figures; values are data, not markup
console = Console(markup=False, highlight=False, width=None if sys.stdout.isatty() else 160)
Day = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Business date; by default the newest that enough branches delivered for."),
]


class Form(StrEnum):
    """How something is written that is no list of lines."""

    text = "text"
    json = "json"


Month = Annotated[str, typer.Argument(help="Month of incentives, for example 2023-09.")]


@app.command()
def load(day: Day = None) -> None:
    """Pick up every new export up to a business date, judge it and commit it to the lake."""
    settings = _start()
    business_date = _business_date(settings, day)
    with _refusal():
        _load(settings, business_date)


def _load(settings: Settings, business_date: date) -> None:
    from expectations.contract import feeds
    from perisai import day as steps
    from perisai.branches import offices
    from perisai.step import one_run

    problems = []
    places, names = offices(settings), feeds(settings.contracts)
    title = f"load {business_date}"
    with one_run(settings), _progress(title, len(places) + 1 + len(names) + 1) as step:
        for office in places:
            step(f"extract {office}")
            try:
                steps.extract(settings, business_date, office)
            except (
                OSError,
                DayFailed,
            ) as problem:  # as in the DAG: the other offices go on, and the command fails at its end
                problems.append(f"{office}: {problem}")
        step("conform")
        steps.conform(settings, business_date)
        for feed in names:
            step(f"validate {feed}")
            _say(steps.validate(settings, business_date, feed))
        step("load")
        _say(steps.load(settings, business_date))
    if problems:
        raise DayFailed("could not be read: " + "; ".join(problems))


@app.command()
def marts(day: Day = None) -> None:
    """Build the marts, publish them and draw the report."""
    from perisai import day as steps

    settings = _start()
    business_date = day.date() if day else date.min
    todo = [steps.marts, steps.publish, steps.report]
    with _refusal(), _progress("marts", len(todo)) as step:
        for run in todo:
            step(run.__name__)
            _say(run(settings, business_date))


@app.command()
def publish(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Build and audit it, say what would change, no more.")
    ] = False,
    because: Annotated[str, typer.Option(help="Why it may move beyond the bounds; kept with the version.")] = "",
    format_: Annotated[Form, typer.Option("--format", help="Of the dry run: for people, or for tools.")] = Form.text,
) -> None:
    """Publish the marts that are built, and draw the report."""
    from perisai import day as steps
    from perisai import publication
    from warehouse import compare

    settings = _start()
    with _refusal():
        if not dry_run:
            _say(steps.publish(settings, date.min, because))
            _say(steps.report(settings, date.min))
            return
        found = publication.rehearse(settings)
        if found.difference is None:
            console.print(f"{found.version.name} would be the first version")
        elif format_ is Form.json:
            sys.stdout.write(compare.as_json(found.difference) + "\n")
        else:
            _print(publication.as_text(found.difference))
        if found.beyond:
            raise DayFailed(f"would not be published: {'; '.join(found.beyond)}. {publication.HOW}")


@app.command()
def versions(
    verify: Annotated[
        bool, typer.Option("--verify", help="Check files and tables of each against its manifest.")
    ] = False,
    format_: Annotated[Form, typer.Option("--format", help="For people, or for tools.")] = Form.text,
) -> None:
    """List the published versions that are kept, the latest first; --verify checks that each is what it was."""
    from perisai import publication
    from warehouse.versions import kept

    settings = _start()
    with _refusal():
        if verify:
            wrong = []
            for version in kept(settings.published):
                try:
                    _say(publication.verify(settings, version.name))
                except DayFailed as problem:
                    wrong.append(str(problem))
            if wrong:
                raise DayFailed("; ".join(wrong))
        elif format_ is Form.json:
            sys.stdout.write(publication.listed_json(settings) + "\n")
        else:
            _print(publication.listed(settings))


@app.command()
def rollback(
    version: Annotated[str, typer.Argument(help="Name of a version that is kept; by default the one before.")] = "",
    because: Annotated[str, typer.Option(help="Why; kept with the version that is taken out of use.")] = "",
) -> None:
    """Make a published version that is kept current again, with its report."""
    from perisai import day as steps
    from perisai import publication

    settings = _start()
    with _refusal():
        _say(publication.rollback(settings, version, because))
        _say(steps.report(settings, date.min))


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="A version; by default the one before the other.")] = "",
    after: Annotated[str, typer.Argument(help="Another one; by default the current one.")] = "",
    format_: Annotated[Form, typer.Option("--format", help="For people, or for tools.")] = Form.text,
) -> None:
    """Show what differs between two published versions: tables, columns, rows by their key, and sums."""
    from perisai import publication
    from warehouse import compare

    settings = _start()
    with _refusal():
        found = publication.difference(settings, before, after)
        if format_ is Form.json:
            sys.stdout.write(compare.as_json(found) + "\n")
        else:
            _print(publication.as_text(found))


@app.command()
def replay(
    workbook: Annotated[Path, typer.Argument(help="The corrected workbook.", exists=True, dir_okay=False)],
    then_load: Annotated[bool, typer.Option("--load", help="Load the corrections at once.")] = False,
) -> None:
    """Take a corrected workbook of rejected rows back: it becomes the next revision of each file it corrects."""
    from perisai import day as steps
    from transforms.delivery import dated

    settings = _start()
    with _refusal():
        receipts = steps.replay(settings, workbook)
        for receipt in receipts:
            _say(receipt)
        last = max(day for receipt in receipts if (day := dated(receipt["file"])))
        if then_load:
            _load(settings, last)
        else:
            console.print(f"next: perisai load --day {last} && perisai marts", highlight=False)


@app.command()
def close_draft(month: Month) -> None:
    """Compute a month of incentives and write its statements as drafts, to be approved by their hash."""
    from perisai import close

    with _refusal():
        _say(close.draft(_start(), close.month_of(month)))


@app.command()
def close_freeze(
    month: Month,
    content_hash: Annotated[str, typer.Argument(help="Hash of the draft that was approved.")],
    approved_by: Annotated[str, typer.Option(help="Who approved it.")],
    approved_at: Annotated[str, typer.Option(help="When, for example 2023-10-02T09:30:00+08:00.")],
    note: Annotated[str, typer.Option(help="What the approver remarked.")] = "",
) -> None:
    """Close a month of incentives with exactly the draft that was approved, and write its statements."""
    from perisai import close

    settings = _start()
    with _refusal():
        period = close.month_of(month)
        _say(close.freeze(settings, period, content_hash, approved_by, approved_at, note))
        _say(close.statements(settings, period))


@app.command()
def close_verify(month: Month) -> None:
    """Check that a closed month is as it was approved: computed again from the lake's snapshot of then."""
    from perisai import close

    with _refusal():
        _say(close.verify(_start(), close.month_of(month)))


@app.command()
def status(
    everyone: Annotated[bool, typer.Option("--all", help="Every branch and feed, not only those behind.")] = False,
) -> None:
    """Show what was delivered, who is behind since when, what came of it, and where the results are."""
    from perisai.status import summary

    with _refusal():
        for part in summary(Settings(), everyone=everyone):
            console.print(part)


class Format(StrEnum):
    """How an explanation is written."""

    text = "text"
    json = "json"
    csv = "csv"


@app.command()
def explain_incentive(
    agent_code: Annotated[str, typer.Argument(help="The agent, e.g. AB00123.")],
    month: Annotated[datetime, typer.Argument(formats=["%Y-%m"], help="The month, e.g. 2025-09.")],
    format_: Annotated[Format, typer.Option("--format", help="For people, or for tools.")] = Format.text,
) -> None:
    """Show why an agent earned what in a month: agreement, new participants, every line, the sum, the wadah."""
    from perisai import day as steps
    from perisai import explain

    settings = _start()
    with _refusal():
        found = steps.explain_incentive(settings, agent_code.upper(), month.date())
    if format_ is Format.text:
        for part in explain.as_text(found):
            console.print(part)
    else:
        sys.stdout.write(explain.as_json(found) + "\n" if format_ is Format.json else explain.as_csv(found))


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
    # The console of the progress bar, which makes way. The steps' own lines are for Airflow's logs: here the bar
    # and the receipts say the same.
    handler = RichHandler(logging.WARNING, console, show_path=False)
    logging.basicConfig(level=logging.WARNING, format="%(message)s", handlers=[handler])
    return Settings()


@contextmanager
def _progress(title: str, steps: int) -> Iterator[Callable[[str], None]]:
    """Shows steps, counts and rates while the context lasts, on a terminal only.

    Yields:
        What is to be called with the name of each step as it begins.
    """
    from perisai import progress

    counted: Counter[str] = Counter()
    in_step: Counter[str] = Counter()
    begun = time.perf_counter()
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[counts]}"),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
    task = bar.add_task(title, total=steps, completed=-1, counts="")

    def step(name: str) -> None:
        nonlocal begun
        begun = time.perf_counter()
        in_step.clear()
        bar.update(task, description=f"{title}: {name}", advance=1)

    def heard(what: str, n: int) -> None:
        counted[what] += n
        in_step[what] += n
        rate = in_step[what] / max(time.perf_counter() - begun, 0.001)
        shown = [f"{n:,} {name}" + (f" ({rate:,.0f}/s)" if name == what else "") for name, n in counted.items()]
        bar.update(task, counts=", ".join(shown))

    with bar, progress.heard_by(heard):
        yield step


def _business_date(settings: Settings, day: datetime | None) -> date:
    """The date asked for, or else the newest one on which enough branches delivered, so that no typo counts."""
    from perisai.branches import branches
    from transforms.delivery import dated

    if day:
        return day.date()
    senders: dict[date, set[str]] = defaultdict(set)
    for path in settings.landing.glob("*/*"):
        if found := dated(path.name):
            senders[found].add(path.parent.name)
    enough = (1 - settings.max_missing_share) * len(branches(settings.reference))
    if not (dates := [found for found, who in senders.items() if len(who) >= enough]):
        raise typer.BadParameter(f"on no date did enough branches deliver to {settings.landing}", param_hint="--day")
    return max(dates)


def _print(parts: Iterable[Table | str]) -> None:
    for part in parts:
        console.print(part)


def _say(receipt: dict[str, Any]) -> None:
    console.print(", ".join(f"{name} {value}" for name, value in receipt.items()), highlight=False)


class _refusal:
    """Prints a refusal as one line and ends with status 1; every other error keeps its traceback."""

    def __enter__(self) -> None:
        """Nothing to begin."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DayFailed):
            Console(stderr=True, markup=False).print(f"perisai: {error}", style="red", highlight=False)
            raise typer.Exit(1)


if __name__ == "__main__":
    app()
