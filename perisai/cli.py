"""The command line, for people without Airflow at hand. It calls the same functions as the DAG."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from expectations.wording import counted
from perisai.ask import AnswerFormat, ask
from perisai.console import bar, command, results, say, show, write, write_bytes
from perisai.errors import DayFailed
from perisai.rights import commands as rights

if TYPE_CHECKING:
    from perisai.settings import Settings

app = typer.Typer(no_args_is_help=True)
Day = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Business date; by default the newest that enough branches delivered for."),
]
Json = Annotated[bool, typer.Option("--json", help="For tools.")]
Month = Annotated[str, typer.Argument(help="Month of incentives, for example 2023-09.")]


def _version(asked: bool) -> None:
    if asked:
        from importlib import metadata

        typer.echo(f"perisai {metadata.version('perisai')}")
        raise typer.Exit


@app.callback()
def main(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which release.")] = False,
) -> None:
    """The Perisai warehouse: load exports, build marts, look at them."""


@app.command()
def load(day: Day = None) -> None:
    """Pick up every new export up to a business date, judge it and commit it to the lake."""
    from perisai.newest import newest_date

    with command() as settings:
        _load(settings, day.date() if day else newest_date(settings))


def _load(settings: Settings, business_date: date) -> None:
    from perisai import day as steps
    from perisai.branches import offices
    from perisai.step import alone

    problems, places = [], offices(settings)
    with alone(settings, title := f"load {business_date}"), bar(title, len(places) + settings.shards + 2) as step:
        for office in places:
            step(f"extract {office}")
            try:
                steps.extract(settings, business_date, office)
            except (OSError, DayFailed) as problem:  # the other offices go on, and the command fails at its end
                problems.append(f"{office}: {problem}")
        step("plan")
        plan = steps.plan(settings, business_date)["plan"]
        for shard in range(settings.shards):
            step("judge")
            say("judge", steps.judge(settings, business_date, shard, plan))
        step("load")
        say("load", steps.load(settings, business_date, plan))
    if problems:
        raise DayFailed("could not be read: " + "; ".join(problems))


@app.command()
def marts(
    engine: Annotated[Literal["duckdb", "spark"], typer.Option(help="spark: all anew, docs/scale.md.")] = "duckdb",
) -> None:
    """Build the marts, publish them and draw the report."""
    from perisai import day as steps
    from perisai.step import alone

    with command() as settings, alone(settings, "marts"), bar("marts", 3) as step:
        step("marts")
        say("marts", steps.marts(settings, spark=engine == "spark"))
        for run in (steps.publish, steps.report):
            step(run.__name__)
            say(run.__name__, run(settings))


@app.command()
def publish(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Build and audit it, say what would change, no more.")
    ] = False,
    because: Annotated[str, typer.Option(help="Why it may move beyond the bounds; kept with the version.")] = "",
    as_json: Json = False,
) -> None:
    """Publish the marts that are built, and draw the report."""
    from perisai import day as steps
    from perisai import publication
    from warehouse import compare

    with command() as settings:
        if not dry_run:
            say("publish", steps.publish(settings, because))
            say("report", steps.report(settings))
            return
        found = publication.rehearse(settings)
        if as_json:
            first = {"before": None, "after": found.version.name}
            write((compare.as_json(found.difference) if found.difference else json.dumps(first)) + "\n")
        elif found.difference is None:
            results.print(f"{found.version.name} would be the first version.")
        else:
            show(publication.as_text(found.difference))
        if found.beyond:
            raise DayFailed(f"would not be published: {'; '.join(found.beyond)}. {publication.HOW}")


@app.command()
def versions(
    verify: Annotated[
        bool, typer.Option("--verify", help="Check files and tables of each against its manifest.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the published versions that are kept, the latest first; --verify checks that each is what it was."""
    from perisai import publication
    from warehouse.versions import kept

    with command() as settings:
        if verify:
            right, wrong = [], []
            for version in kept(settings.published):
                try:
                    right.append(publication.verify(settings, version.name))
                except DayFailed as problem:
                    wrong.append(str(problem))
            if as_json:
                write(json.dumps(right, indent=2) + "\n")
            else:
                for receipt in right:
                    say("verify_version", receipt)
            if wrong:
                raise DayFailed("; ".join(wrong))
        elif as_json:
            write(publication.listed_json(settings) + "\n")
        else:
            show(publication.listed(settings))


@app.command()
def rollback(
    version: Annotated[str, typer.Argument(help="Name of a version that is kept; by default the one before.")] = "",
    because: Annotated[str, typer.Option(help="Why; kept with the version that is taken out of use.")] = "",
) -> None:
    """Make a published version that is kept current again, with its report."""
    from perisai import day as steps
    from perisai import publication

    with command() as settings:
        say("rollback", publication.rollback(settings, version, because))
        say("report", steps.report(settings))


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="A version; by default the one before the other.")] = "",
    after: Annotated[str, typer.Argument(help="Another one; by default the current one.")] = "",
    as_json: Json = False,
) -> None:
    """Show what differs between two published versions: tables, columns, rows by their key, and sums."""
    from perisai import publication
    from warehouse import compare

    with command() as settings:
        found = publication.difference(settings, before, after)
        if as_json:
            write(compare.as_json(found) + "\n")
        else:
            show(publication.as_text(found))


@app.command()
def replay(
    workbook: Annotated[Path, typer.Argument(help="The corrected workbook.", exists=True, dir_okay=False)],
    then_load: Annotated[bool, typer.Option("--load", help="Load the corrections at once.")] = False,
) -> None:
    """Take a corrected workbook of rejected rows back: it becomes the next revision of each file it corrects."""
    from perisai import day as steps
    from transforms.delivery import dated

    with command() as settings:
        receipts = steps.replay(settings, workbook)
        for receipt in receipts:
            say("replay", receipt)
        last = max(day for receipt in receipts if (day := dated(receipt["file"])))
        if then_load:
            _load(settings, last)
        else:
            results.print(f"Next: perisai load --day {last} && perisai marts")


@app.command()
def close_draft(
    month: Month,
    because: Annotated[str, typer.Option(help="The reason, where the month is held; stands in the statements.")] = "",
) -> None:
    """Compute a month of incentives and write its statements as drafts, to be approved by their hash."""
    from perisai import close

    with command() as settings:
        say("draft", close.draft(settings, close.month_of(month), because))


@app.command()
def close_freeze(
    month: Month,
    content_hash: Annotated[str, typer.Argument(help="Hash of the draft that was approved.")],
    approved_by: Annotated[str, typer.Option(help="Who approved it; else the user of the system.")] = "",
    approved_at: Annotated[str, typer.Option(help="When, for example 2023-10-02T09:30:00+08:00; else now.")] = "",
    note: Annotated[str, typer.Option(help="What the approver remarked.")] = "",
) -> None:
    """Close a month of incentives with exactly the draft that was approved, and write its statements."""
    from perisai import close

    with command() as settings:
        period = close.month_of(month)
        approved = (approved_by or close.user(), approved_at or datetime.now().astimezone().isoformat())
        say("freeze", close.freeze(settings, period, content_hash, *approved, note))
        say("statements", close.statements(settings, period))


@app.command()
def close_verify(month: Month) -> None:
    """Check that a closed month is as it was approved: computed again from the lake's snapshot of that time."""
    from perisai import close

    with command() as settings:
        say("close_verify", close.verify(settings, close.month_of(month)))


@app.command()
def verify(
    full: Annotated[bool, typer.Option("--full", help="Compute core again, too, from the rows of raw.")] = False,
    as_json: Json = False,
) -> None:
    """Check the whole home: copies, lake, vault, rejects, marts, published versions, closed months; exits with 1."""
    from perisai import verify as verifying

    with command() as settings, bar("verify", len(verifying.SUBJECTS)) as step:
        found = verifying.verify(settings, full=full, step=step)
        if as_json:
            write(verifying.as_json(found) + "\n")
        else:
            show(verifying.as_text(found))
        if count := verifying.wrong(found):
            raise DayFailed(f"{counted(count, 'thing is', 'things are')} wrong with {settings.home}")


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="Folder on another disk; an earlier backup is continued.")],
) -> None:
    """Copy all state as it is at one moment, while days go on; without the keys, which belong elsewhere."""
    from perisai import backup as backing

    with command() as settings:
        say("backup", backing.backup(settings, target))


@app.command()
def restore(source: Annotated[Path, typer.Argument(help="A backup.", exists=True, file_okay=False)]) -> None:
    """Make a home of a backup, or PostgreSQL and object storage if the settings name them, where there is nothing."""
    from perisai import backup as backing

    with command() as settings:
        say("restore", backing.restore(settings, source))


@app.command()
def rebuild() -> None:
    """Make lake, vault and rejected rows anew from the copies in raw, with closed months as they were frozen."""
    from perisai.rebuild import rebuild as make_anew

    with command() as settings:
        say("rebuild", make_anew(settings))
        results.print("Next: perisai marts")


rights.register(app)


@app.command()
def serve(port: Annotated[int, typer.Option(help="Port of this machine.")] = 8080) -> None:
    """Serve report and explorer to browsers of this machine, read-only, until Ctrl-C."""
    from perisai.serve import serve as forever

    with command() as settings:
        forever(settings.published, port)


@app.command()
def housekeep() -> None:
    """Keep the lake as large as its data, drop snapshots that nobody needs, remove what killed runs left."""
    from perisai.housekeep import housekeep as keep

    with command() as settings:
        say("housekeep", keep(settings))


@app.command()
def status(
    everyone: Annotated[bool, typer.Option("--all", help="Every branch and feed, not only those behind.")] = False,
    as_json: Json = False,
) -> None:
    """Show what was delivered, who is behind since when, what came of it, and where the results are."""
    from perisai.status import summary, summary_json

    with command() as settings:
        if as_json:
            write(summary_json(settings, everyone=everyone) + "\n")
        else:
            show(summary(settings, everyone=everyone))


@app.command()
def metrics(
    file: Annotated[Path | None, typer.Option("--file", help="Write them there; else they are printed.")] = None,
) -> None:
    """Tell a monitor how far the warehouse is, in the text format of Prometheus."""
    from perisai import metrics as measured

    with command() as settings:
        if file is None:
            write(measured.as_text(settings))
        else:
            measured.write(settings, file)


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
    from perisai import explained

    with command() as settings:
        found = steps.explain_incentive(settings, agent_code.upper(), month.date())
        if format_ is Format.text:
            show(explained.as_text(found))
        else:
            write(explained.as_json(found) + "\n" if format_ is Format.json else explained.as_csv(found))


@app.command()
def incomes() -> None:
    """Show how many people pay at another base income than they declared; needs the vault, publishes nothing."""
    from perisai.incomes import as_table

    with command() as settings:
        show([as_table(settings)])


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="One query; - reads it from standard input.")] = "-",
    format_: Annotated[
        AnswerFormat, typer.Option("--format", help="For people (records: a column a line), or whole, for tools.")
    ] = AnswerFormat.table,
) -> None:
    """Run a query against the published warehouse (schemas marts and reference), read-only."""
    with command() as settings:
        asked = sys.stdin.read() if query == "-" else query
        if format_ is AnswerFormat.parquet and sys.stdout.isatty():
            raise DayFailed(
                "a Parquet file is nothing to look at; write it to a file: --format parquet >answer.parquet"
            )
        write_bytes(ask(settings, asked, format_, results.width))


if __name__ == "__main__":
    app()
