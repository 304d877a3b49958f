"""One look at a home from end to end: what is wrong is named, with how to mend it. Nothing is mended here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict

import duckdb
from rich.table import Table

from perisai.errors import DayFailed, StepBroken
from perisai.settings import Settings
from perisai.step import Receipt, alone, logged, opened_lake
from perisai.verify import computed, copies, frozen, lake, people, published, rejected
from perisai.verify.finding import Found
from warehouse import lake as lakes
from warehouse.duck import scrubbed

SUBJECTS = ("published", "lake", "copies", "vault", "rejects", "marts", "closed")
_OPEN = "put the folder lake back from a backup, or set the keys that it was made with; see docs/operate.md"


def verify(settings: Settings, *, full: bool = False, step: Callable[[str], None] = lambda _: None) -> dict[str, Found]:
    """Checks a home: what came of each subject of ``SUBJECTS``. Holds the home meanwhile.

    Args:
        settings: the settings.
        full: compute all marts again from the rows of ``raw``, not only those of the schema ``marts``.
        step: is told the name of each subject as it begins.
    """
    found: dict[str, Found] = {}
    with alone(settings, "verify"):
        step("published")
        found["published"] = published.check(settings)
        step("lake")
        if (gone := lake.gone(settings)) is not None:
            return found | {"lake": gone}
        found["lake"] = lake.catalog(settings)
        if not found["lake"].wrong:
            try:
                found |= _in_lake(settings, found["lake"], step, full=full)
            except (DayFailed, StepBroken) as problem:
                found["lake"].add(str(problem), _OPEN)
            except duckdb.Error as error:
                found["lake"].add(f"the lake cannot be read: {scrubbed(error)}", _OPEN)
    for name in SUBJECTS:  # in the lake stands what the others are compared with
        found.setdefault(name, Found(left_out=["the lake has to be mended first"]))
    return found


def _in_lake(settings: Settings, own: Found, step: Callable[[str], None], *, full: bool) -> dict[str, Found]:
    """Checks the lake, and if it is whole what is compared with it."""
    found: dict[str, Found] = {}
    with opened_lake(settings) as con:
        lake.check(con, own)
        if own.wrong:
            return found
        lakes.ensure_tables(con, settings.contracts)  # those that a release has brought
        for name, check in (("copies", copies.check), ("vault", people.check), ("rejects", rejected.check)):
            step(name)
            found[name] = check(con, settings)
        step("marts")
        found["marts"] = computed.check(con, settings, full=full)
        months = frozen.months(con)
    step("closed")
    return found | {"closed": frozen.check(settings, months)}


@logged
def verify_or_fail(settings: Settings) -> Receipt:
    """Checks a home as a task of Airflow does.

    Raises:
        DayFailed: something is wrong; the message names it.
    """
    found = verify(settings)
    if said := [f"{each.what} -> {each.mend}" for one in found.values() for each in one.wrong]:
        raise DayFailed("; ".join(said))
    return {name: sum(one.checked.values()) for name, one in found.items()}


def wrong(found: dict[str, Found]) -> int:
    """How much is wrong."""
    return sum(len(one.wrong) for one in found.values())


def as_json(found: dict[str, Found]) -> str:
    """What was found, for tools: by subject ``checked``, ``wrong`` (``what``, ``mend``) and ``left_out``."""
    return json.dumps({name: asdict(one) for name, one in found.items()}, indent=2, ensure_ascii=False)


def as_text(found: dict[str, Found]) -> Iterator[Table | str]:
    """What was found, for people."""
    table = Table("subject", "looked at", "wrong", "not looked at")
    for name, one in found.items():
        looked_at = ", ".join(f"{what} {count:,}" for what, count in one.checked.items())
        table.add_row(name, looked_at, str(len(one.wrong)), "; ".join(one.left_out))
    yield table
    for one in found.values():
        for each in one.wrong:
            yield f"{each.what}\n    -> {each.mend}"
