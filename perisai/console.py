"""What every command shares: results on standard output and nothing else there, a bar, and errors in a sentence."""

from __future__ import annotations

import logging
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console, RenderableType
from rich.logging import RichHandler
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from perisai import progress
from perisai.errors import DayFailed, StepBroken
from perisai.sentences import sentence

if TYPE_CHECKING:
    from perisai.settings import Settings

# a pipe has no width, and 80 columns would cut figures; values are data, not markup
results = Console(markup=False, highlight=False, width=None if sys.stdout.isatty() else 160)
notes = Console(stderr=True, markup=False, highlight=False)


@contextmanager
def command() -> Iterator[Settings]:
    """The settings, for as long as a command runs.

    Only what goes through ``results`` and ``write`` reaches standard output, so that JSON there is JSON. Everything
    else goes to standard error, also what libraries print: Airflow, once it is imported, writes its log to whatever is
    standard output then.

    Raises:
        typer.Exit: with status 1, once the refusal or the machine's problem was told in a sentence. Every other error
            is the program's fault and keeps its traceback.
    """
    import duckdb  # here, and not above, so that --help takes no time
    from pydantic import ValidationError

    from perisai.settings import Settings

    results.file = sys.stdout
    # Through the console of the bar, so that messages do not break it. What steps log for Airflow is left out: the bar
    # and the receipts tell the same.
    handler = RichHandler(logging.WARNING, notes, show_path=False)
    logging.basicConfig(level=logging.WARNING, format="%(message)s", handlers=[handler])
    try:
        with redirect_stdout(sys.stderr):
            yield Settings()
    except BrokenPipeError:
        raise  # who reads has closed the pipe, as `head` does: typer ends quietly
    except (DayFailed, StepBroken, OSError, ValidationError, duckdb.Error) as error:
        notes.print(f"perisai: {in_a_sentence(error)}", style="red", soft_wrap=True)
        raise typer.Exit(1) from error


def table_of(title: str | None, *columns: str) -> Table:
    """An empty table with a title; a column that begins with ``>`` is of numbers."""
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column.lstrip(">"), justify="right" if column.startswith(">") else "left", overflow="fold")
    return table


def show(parts: Iterable[RenderableType]) -> None:
    """Prints tables and texts."""
    for part in parts:
        results.print(part)


def say(step: str, receipt: dict[str, Any]) -> None:
    """Prints what a step did, in sentences."""
    results.print(sentence(step, receipt), soft_wrap=True)


def write(text: str) -> None:
    """Writes a text that a program reads, just as it is."""
    results.file.write(text)
    results.file.flush()


def write_bytes(content: bytes) -> None:
    """Writes a file that a program reads, just as it is."""
    results.file.flush()
    results.file.buffer.write(content)  # type: ignore[attr-defined] # standard output is a text stream over bytes


@contextmanager
def bar(title: str, steps: int) -> Iterator[Callable[[str], None]]:
    """Shows steps, counts and rates while the context lasts, on a terminal only.

    Yields:
        What is to be called with the name of each step as it begins.
    """
    counted: Counter[str] = Counter()
    in_step: Counter[str] = Counter()
    begun = time.perf_counter()
    shown = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[counts]}"),
        console=notes,
        disable=not notes.is_terminal,
        transient=True,
        redirect_stdout=False,
    )
    task = shown.add_task(title, total=steps, completed=-1, counts="")

    def step(name: str) -> None:
        nonlocal begun
        begun = time.perf_counter()
        in_step.clear()
        shown.update(task, description=f"{title}: {name}", advance=1)

    def heard(what: str, n: int) -> None:
        counted[what] += n
        in_step[what] += n
        rate = in_step[what] / max(time.perf_counter() - begun, 0.001)
        words = [f"{name} {n:,}" + (f" ({rate:,.0f}/s)" if name == what else "") for name, n in counted.items()]
        shown.update(task, counts=", ".join(words))

    with shown, progress.heard_by(heard):
        yield step


def in_a_sentence(error: BaseException) -> str:
    """What went wrong, without a value of any row, a password, or the program's lines."""
    import duckdb
    from pydantic import ValidationError

    from warehouse.duck import scrubbed

    match error:
        case ValidationError():
            wrong = [(*one["loc"], one["msg"]) for one in error.errors()]
            return "; ".join(f"PERISAI_{str(name).upper()}: {words}" for name, *_, words in wrong)
        case OSError(strerror=str(words), filename=name):
            return words if name is None else f"{name}: {words}"
        case duckdb.Error():
            return f"{type(error).__name__}: {scrubbed(error)}"
    return str(error) or type(error).__name__
