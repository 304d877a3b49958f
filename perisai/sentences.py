"""What a step did, as sentences for whoever runs it by hand; its receipt stands in the log for machines."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Any

# By step: what is said of its receipt; of two texts the first if something changed. ``{files:file/files}`` is the word
# that goes with the number.
SAID: Mapping[str, str | tuple[str, str]] = {
    "judge": "Judged {files} {files:file/files}, of which {refused} {refused:was/were} refused whole. Of {lines}"
    " {lines:row/rows} {accepted} {accepted:was/were} accepted, {rejected} rejected, and {duplicates} there already.",
    "load": (
        "Loaded {deliveries} {deliveries:delivery/deliveries}: {accepted} accepted, {refused} refused, {failed} failed."
        " Branches without anything usable: {missing_branches}.",
        "Loaded nothing: what came was in the lake already. Branches without anything usable: {missing_branches}.",
    ),
    "marts": (
        "Built {models} {models:model/models}. Cross-checks that warn: {warnings}.",
        "The marts are built from these deliveries already.",
    ),
    "publish": (
        "Published version {version}, with {tables} {tables:table/tables}.",
        "Version {version} is current and stays so.",
    ),
    "report": (
        "Drew a report of {pages} {pages:page/pages}. {workbooks} {workbooks:workbook was/workbooks were}"
        " written or removed.",
        "The report of {pages} {pages:page/pages} is there already. {workbooks} {workbooks:workbook was/workbooks were}"
        " written or removed.",
    ),
    "rollback": "Version {current} is current again.",
    "verify_version": "Version {version} is what its manifest says: {files} {files:file/files}, {tables}"
    " {tables:table/tables}.",
    "replay": (
        "Wrote {file}: of {lines} {lines:row/rows} {corrected} corrected, {withdrawn} withdrawn, {left} left as"
        " {left:it is/they are}.",
        "{file} waits to be loaded already: of {lines} {lines:row/rows} {corrected} corrected, {withdrawn} withdrawn,"
        " {left} left as {left:it is/they are}.",
    ),
    "draft": (
        "Wrote the draft {content_hash}, of snapshot {snapshot_id}: {lines} {lines:line/lines} of {agents}"
        " {agents:agent/agents} and {wadahs} {wadahs:wadah/wadahs}; payable Rp {payable_rp}, of which corrections"
        " Rp {adjustment_rp}.",
        "The draft {content_hash}, of snapshot {snapshot_id}, is there already: {lines} {lines:line/lines} of {agents}"
        " {agents:agent/agents} and {wadahs} {wadahs:wadah/wadahs}; payable Rp {payable_rp}, of which corrections"
        " Rp {adjustment_rp}.",
    ),
    "freeze": (
        "The month is closed with the draft {content_hash}.",
        "The month was closed with the draft {content_hash} before.",
    ),
    "statements": (
        "Wrote {files} {files:statement/statements}.",
        "{files} {files:statement is/statements are} there already.",
    ),
    "close_verify": "The month is as it was approved, {content_hash}, of snapshot {snapshot_id}: {lines}"
    " {lines:line/lines} of {agents} {agents:agent/agents} and {wadahs} {wadahs:wadah/wadahs}; payable Rp {payable_rp},"
    " of which corrections Rp {adjustment_rp}; {files} {files:file/files}.",
    "backup": "Copied {copied} {copied:file/files}; the backup has {files}.",
    "restore": "Copied {copied} {copied:file/files}. Erased again: {erased_again}.",
    "rebuild": "Made {deliveries} {deliveries:delivery/deliveries} of {business_dates} business"
    " {business_dates:date/dates} anew. What was there before is in {before}.",
    "housekeep": "Wrote {rewritten} {rewritten:table or part/tables or parts} of small files anew, dropped {expired}"
    " {expired:snapshot/snapshots}, deleted {deleted} {deleted:file/files} that nothing named, of which {orphans}"
    " unknown to the lake, made {vault} {vault:object/objects} of many of the vault, and removed {removed}"
    " {removed:thing/things} that killed runs left. By retention went"
    " {copies} {copies:copy/copies}, rejected rows of {rejects} {rejects:delivery/deliveries}, and {logs}"
    " {logs:log/logs}.",
    "forget": "Erased the person from {copies} {copies:copy/copies} and {rows} {rows:row/rows}. Files in landing"
    " folders that are to be cleared: {landing}. Copies that could not be read: {unread}.",
    "restrict": (
        "The list of those whose data may not be used is changed; it has {listed} {listed:entry/entries}.",
        "The list of those whose data may not be used stays as it is; it has {listed} {listed:entry/entries}.",
    ),
    "disclose": "Wrote {file}: {rows} {rows:row/rows}, {rejected} rejected, {copies} {copies:copy/copies}.",
    "rotate": ("The home is under the new keys now.", "The home is under these keys already."),
}


class _Sentence(Formatter):
    """Fills in a sentence: numbers with commas, lists with commas between, and words that go with a number."""

    def format_field(self, value: Any, format_spec: str) -> str:
        one, slash, many = format_spec.partition("/")
        if slash:
            return one if value == 1 else many
        if isinstance(value, list | tuple | set | frozenset):
            return ", ".join(map(str, sorted(value))) or "none"
        return f"{value:,}" if isinstance(value, int) else str(value)


def sentence(step: str, receipt: Mapping[str, Any]) -> str:
    """What a step did.

    Args:
        step: its name in ``SAID``.
        receipt: what the step returned; what no sentence mentions stands behind them.
    """
    words = SAID[step]
    if isinstance(words, tuple):
        words = words[not receipt["changed"]]
    named = {name for _, name, _, _ in Formatter().parse(words)} | {"changed"}
    fill = _Sentence()
    rest = [
        f"{name.replace('_', ' ').capitalize()}: {fill.format_field(receipt[name], '')}."
        for name in receipt
        if name not in named
    ]
    return " ".join([fill.vformat(words, (), receipt), *rest])
