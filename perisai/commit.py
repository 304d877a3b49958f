"""The commit of a day: personal data to the vault, rejected rows aside, then rows and ledger at once."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import duckdb

from expectations.contract import contract
from perisai import intake, people, rejected
from perisai.branches import expected
from perisai.errors import DayFailed
from perisai.judging import JUDGED, by_feed, plain
from perisai.settings import Settings
from perisai.step import read_json
from transforms.delivery import FIELDS, Delivery, from_json
from warehouse import durable, files, lake
from warehouse.duck import read_sealed


def commit(
    con: duckdb.DuckDBPyConnection, settings: Settings, business_date: date, staged: list[Path]
) -> tuple[list[Delivery], list[str], bool]:
    """Commits what was judged of a day.

    Args:
        con: a connection to the lake.
        settings: the settings.
        business_date: the day that is run.
        staged: the folders in which ``perisai.judging`` left it.

    Returns:
        Deliveries that are new, codes of branches without a usable one, and whether anything was committed.

    Raises:
        DayFailed: a delivery's lines do not add up.
    """
    deliveries = [from_json(values) for folder in staged for values in read_json(folder / JUDGED)]
    _check_accounts(con, deliveries, staged)
    lake.ensure_tables(con, settings.contracts)
    known = lake.known_deliveries(con)  # a run for another date may have committed some of them meanwhile
    # one that fails again is no news, even for another reason: a busy machine decides whether time or memory runs out
    again = {d.delivery_id for d in deliveries if d.judgement == "failed"} & lake.failed_deliveries(con)
    new = [d for d in deliveries if d.delivery_id not in known | again]
    problems = lake.landing_problems(con, business_date, intake.outcomes(settings, business_date))
    changed = bool(new) or problems is not None or not lake.has_run(con, business_date)
    if changed:
        ids = ", ".join(f"'{delivery.delivery_id}'" for delivery in new) or "null"
        only_new = f"where delivery_id in ({ids})"
        people.store(con, settings, by_feed(staged, "vault"), only_new)
        _store_rejects(con, settings, staged, only_new)
        accepted = by_feed(staged, "accepted")
        rows = {feed: f"from {read_sealed(paths)} {only_new}" for feed, paths in accepted.items()}
        broken, no_data, content, profile = (
            " union all ".join(f"from {plain(paths)} {only_new}" for paths in by_feed(staged, kind).values())
            for kind in ("validation", "not_data", "content", "profile")
        )
        _keep_docs(settings, staged)
        missing = _missing(con, settings, business_date, new)
        ran = None if too_many(missing, settings, business_date) else business_date
        rules = [contract(feed, folder=settings.contracts) for feed in accepted]
        numbers = {each.feed: next(column.name for column in each.exported if column.key) for each in rules}
        beside = {"unknown_content": content, "profile": profile}
        lake.commit(con, ran, new, rows, broken, no_data, problems, numbers=numbers, beside=beside)
    return new, _missing(con, settings, business_date, new), changed


def _check_accounts(con: duckdb.DuckDBPyConnection, deliveries: list[Delivery], staged: list[Path]) -> None:
    """Each delivery's numbers add up, and as many rows are about to be stored as they say."""
    stored: Counter[tuple[str, str]] = Counter()
    sources = [("accepted", read_sealed(paths)) for paths in by_feed(staged, "accepted").values()]
    sources += [("rejected", plain(paths)) for paths in by_feed(staged, "rejects").values()]
    for kind, source in sources:
        for key, rows in con.execute(f"select delivery_id, count(*) from {source} group by all").fetchall():
            stored[kind, key] += rows
    for d in deliveries:
        accepted, rejected = stored["accepted", d.delivery_id], stored["rejected", d.delivery_id]
        adds_up = d.lines == d.accepted + d.rejected + d.duplicates
        if not adds_up or accepted != d.accepted or (d.judgement == "accepted" and rejected != d.rejected):
            raise DayFailed(
                f"{d.file_name}: {d.lines} lines, but {d.accepted} accepted + {d.rejected} rejected +"
                f" {d.duplicates} duplicates, of which {accepted} and {rejected} are at hand; nothing was loaded"
            )


def _store_rejects(con: duckdb.DuckDBPyConnection, settings: Settings, staged: list[Path], only_new: str) -> None:
    """Writes the rejected rows of each delivery to a file of its own; idempotent, a second attempt overwrites it.

    Their checksums are noted in the catalog: what is in clear there is under no key that would tell a changed byte.
    """
    written = []
    for paths in by_feed(staged, "rejects").values():
        query = f"from {plain(paths)} {only_new} order by delivery_id, line_no"
        rejects = con.execute(query).to_arrow_table()
        begun = 0
        for key, count in Counter(rejects["delivery_id"].to_pylist()).items():  # in the order in which they stand
            rows = rejects.slice(begun, count)
            begun += count
            target = rejected.place(settings, rows["business_date"][0].as_py(), key)
            rejected.write(target, rows)
            written.append(target)
    durable.note(con, written)


def _keep_docs(settings: Settings, staged: list[Path]) -> None:
    """Replaces each judged feed's Data Docs by those of its last validation."""
    from expectations import data_docs

    folder = settings.published / "data_docs"
    with files.shared():
        for feed, pages in by_feed(staged, "docs").items():
            folder.mkdir(parents=True, exist_ok=True)
            for old in folder.glob(f"{feed}-*.html"):
                old.unlink()
            for page in pages:
                shutil.copyfile(page, folder / page.name.removeprefix("docs-"))
        if folder.exists():
            data_docs.write_index(folder, "Data Docs")
            files.sync(folder)


def _missing(con: duckdb.DuckDBPyConnection, settings: Settings, business_date: date, new: list[Delivery]) -> list[str]:
    """Codes of branches that exist and have no usable delivery of the day; one without accepted rows is not usable."""
    rows = con.execute(f"select {', '.join(FIELDS)} from raw.delivery where business_date = ?", [business_date])
    of_the_day = [
        *(Delivery(*row) for row in rows.fetchall()),
        *(d for d in new if d.business_date == business_date),
    ]
    delivered = {d.branch_code for d in of_the_day if d.usable}
    return [branch.code for branch in expected(settings.reference, business_date) if branch.code not in delivered]


def too_many(missing: list[str], settings: Settings, business_date: date) -> bool:
    """Whether too many branches delivered nothing usable for the day to count as run."""
    return len(missing) > settings.max_missing_share * len(expected(settings.reference, business_date))
