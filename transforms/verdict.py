"""From the judge's failures to accepted rows, rejected rows and the final word on each delivery."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import duckdb
import pyarrow as pa
from cryptography.fernet import Fernet

from expectations.causes import CAUSES
from expectations.contract import ROW_RULE, Contract
from expectations.wording import counted, together
from transforms import exchanged
from transforms.delivery import Delivery, Manifest

REJECTS = pa.schema(
    [
        ("delivery_id", pa.string()),
        ("branch_code", pa.string()),
        ("feed", pa.string()),
        ("business_date", pa.date32()),
        ("file_name", pa.string()),
        ("line_no", pa.int64()),
        ("rule", pa.string()),
        ("column", pa.string()),
        ("reason", pa.string()),
        ("all_rules", pa.list_(pa.string())),
        ("sealed_row", pa.string()),
    ]
)
"""Columns of the rejected rows. ``sealed_row`` is the row as the branch wrote it, a JSON object encrypted
under the vault's key; the rest is free of personal data."""

LISTED = 5
"""Values that a reason tells, of those of a rule that lists them."""
ALL = 100
"""Percent."""


def register(con: duckdb.DuckDBPyConnection, contract: Contract, failures: list[pa.Table]) -> None:
    """Makes the temporary tables that the other functions read, out of ``typed`` and the judge's failures.

    ``cause`` (row_problem, cause: see expectations.causes; cause_told, its first sentence in both languages), ``rule``
    (rule_no, name, severity, column, reason, saran) and ``broken`` (row_no, rule_no), one row for each row and rule
    that it breaks.
    """
    con.register("failures", pa.concat_tables(failures))
    con.execute("create or replace temp table broken as select distinct row_no, rule_no from failures")
    con.unregister("failures")
    rules = contract.rules
    first = [[text.partition(". ")[0].removesuffix(".") for text in texts] for texts in CAUSES.values()]
    causes = {
        "row_problem": list(CAUSES),
        "cause": [english for english, _ in CAUSES.values()],
        "cause_told": [f"{indonesian} / {english}" for english, indonesian in first],
    }
    con.register("causes", pa.table(causes))
    con.execute("create or replace temp table cause as select * from causes")
    con.unregister("causes")
    con.register(
        "rules",
        pa.table(
            {
                "rule_no": pa.array(range(len(rules)), pa.int64()),
                "name": [rule.name for rule in rules],
                "severity": [rule.severity for rule in rules],
                "column": pa.array([rule.column for rule in rules], pa.string()),
                "reason": [rule.reason for rule in rules],
                "saran": [rule.saran for rule in rules],
            }
        ),
    )
    con.execute("create or replace temp table rule as select * from rules")
    con.unregister("rules")
    con.execute(
        """create or replace temp table rejected as
        select row_no, min(rule_no) as rule_no, list(name order by rule_no) as all_rules
        from broken
        join rule using (rule_no)
        where severity = 'error'
        group by row_no"""
    )


def still_broken(con: duckdb.DuckDBPyConnection, contract: Contract, manifests: Mapping[str, Manifest]) -> pa.Table:
    """Failures (row_no, rule_no) of the rows of ``typed`` that corrections left as they were; see Manifest.still."""
    numbers = {rule.name: number for number, rule in enumerate(contract.rules)}
    told = [
        (key, line, numbers[rule])
        for key, manifest in sorted(manifests.items())
        for rule, lines in manifest.still.items()
        if manifest.corrects and rule in numbers
        for line in lines
    ]
    names = ("delivery_id", "line_no", "rule_no")
    columns = zip(*told, strict=True) if told else ([], [], [])
    kinds = (pa.string(), pa.int64(), pa.int64())
    told_table = pa.table({n: pa.array(list(c), k) for n, c, k in zip(names, columns, kinds, strict=True)})
    con.register("told", told_table)
    found = con.execute("select row_no, rule_no from told join typed using (delivery_id, line_no)").to_arrow_table()
    con.unregister("told")
    return found


def rejected_counts(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Number of rejected rows of each delivery that has one."""
    return dict(
        con.execute("select delivery_id, count(*) from typed join rejected using (row_no) group by all").fetchall()
    )


def decide(
    con: duckdb.DuckDBPyConnection, contract: Contract, delivery: Delivery, manifest: Manifest | None, rejected: int
) -> Delivery:
    """The final word on one delivery that could be read: accepted with its counts, or refused whole.

    Args:
        con: a connection that ``register`` was called on.
        contract: the version that judged the delivery.
        delivery: the delivery with its lines and duplicates.
        manifest: what the branch says of it, if anything.
        rejected: number of its rejected rows.
    """
    judged = replace(
        delivery,
        rejected=rejected,
        accepted=delivery.lines - rejected - delivery.duplicates,
        contract_version=contract.version,
        # what was counted when a correction was made is no total of the branch's own
        control_lines=manifest.lines if manifest and not manifest.corrects else None,
        control_rp=manifest.total_rp if manifest and not manifest.corrects else None,
    )

    def refuse(reason: str) -> Delivery:
        return judged.refused(reason, judged.lines)

    if manifest and (problem := disagreement(delivery, manifest)):
        return refuse(problem)
    if contract.snapshot and not delivery.lines:  # taken at its word, it would end every agent of the branch
        return refuse("Daftar kosong; kirim daftar lengkap / the roster is empty; send the complete one")
    too_many = rejected * 100 > contract.refuse_above_pct * delivery.lines
    # of a correction every row that is still wrong was told of before, and comes back in the next workbook
    if too_many and not (manifest and manifest.corrects):
        if turned := exchanged.by_rules(con, contract, delivery.delivery_id):
            return refuse(turned)
        if rejected < contract.refuse_from_rows:
            return judged
        name, problem = con.execute(
            """select name, mode(row_problem) from typed join rejected using (row_no) join rule using (rule_no)
            where delivery_id = ? group by name order by count(*) desc, name limit 1""",
            [delivery.delivery_id],
        ).fetchone() or ("", "")
        most = next(rule for rule in contract.rules if rule.name == name)
        reason, saran = CAUSES.get(problem if name == ROW_RULE else "", (most.reason, most.saran))
        why = (
            f"{rejected} dari {delivery.lines} baris ditolak, terbanyak karena: {saran}"
            f" / {rejected:,} of {counted(delivery.lines, 'row is', 'rows are')} rejected, most of them because:"
            f" {reason}"
        )
        return refuse(together(why, judged.reason))
    return judged


def warned_throughout(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    judged: Iterable[Delivery],
    manifests: Mapping[str, Manifest],
) -> Iterator[Delivery]:
    """The deliveries, those refused of which so many lines break a warning that the file must be wrong, not a row."""
    rules = {rule.name: rule for rule in contract.rules if rule.refuses_above_pct < ALL}
    found = con.execute(
        """select delivery_id, name, count(*) as failed from broken join typed using (row_no) join rule using (rule_no)
        where list_contains($names, name) group by all order by failed, name""",
        {"names": list(rules)},
    ).fetchall()
    most = {delivery_id: (rules[name], failed) for delivery_id, name, failed in found}
    for one in judged:
        rule, failed = most.get(one.delivery_id, (None, 0))
        corrects = one.delivery_id in manifests and manifests[one.delivery_id].corrects
        is_wrong = failed >= contract.refuse_from_rows and one.judgement == "accepted" and not corrects
        if rule and is_wrong and failed * ALL > rule.refuses_above_pct * one.lines:
            yield one.refused(
                f"{failed} dari {one.lines} baris, jadi bukan satu baris yang salah melainkan filenya: {rule.saran}"
                f" / {failed:,} of {counted(one.lines, 'row', 'rows')}, so the file is wrong and not a row:"
                f" {rule.reason}",
                one.lines,
            )
        else:
            yield one


def disagreement(delivery: Delivery, manifest: Manifest) -> str:
    """How a delivery that was counted differs from its manifest; empty where they agree."""
    if manifest.sha256 and manifest.sha256.lower() != delivery.sha256:
        return "Isi file tidak sesuai manifest / the file is not the one that the manifest describes"
    if manifest.lines not in (delivery.lines, delivery.lines + delivery.not_data):  # some branches count totals too
        return (
            f"Manifest menyebut {manifest.lines} baris, file berisi {delivery.lines}"
            f" / the manifest says {counted(manifest.lines, 'line', 'lines')}, the file has {delivery.lines:,}"
        )
    if None not in (manifest.total_rp, delivery.counted_rp) and manifest.total_rp != delivery.counted_rp:
        return (
            f"Manifest menyebut Rp {manifest.total_rp}, file berjumlah Rp {delivery.counted_rp}"
            f" / the manifest says Rp {manifest.total_rp}, the file adds up to Rp {delivery.counted_rp}"
        )
    return ""


def validation_rows(con: duckdb.DuckDBPyConnection, contract: Contract) -> pa.Table:
    """(delivery_id, rule, severity, reason, evaluated, failed) of each delivery and rule that some row breaks.

    The reason of a rule that lists a column's values ends with the most frequent ones, in each of its languages.
    """

    def told(language: int, value: str) -> str:
        """SQL of what stands behind a reason; numbers in the values are written as Indonesians do."""
        listed = f"array_to_string(list_transform(listed[:{LISTED}], lambda each: {value}), '; ')"
        more = f"case when len(listed) > {LISTED} then '; …' else '' end"
        return f"coalesce(' ' || split_part(lists_as, ' / ', {language}) || ': ' || {listed} || {more}, '')"

    here, there = "split_part(each, ' / ', 1)", "split_part(each, ' / ', -1)"
    listed = " ".join(f"when '{rule.name}' then \"{rule.lists}\"" for rule in contract.rules if rule.lists)
    con.register(
        "list_rule",
        pa.table(
            {
                "name": pa.array([rule.name for rule in contract.rules if rule.lists], pa.string()),
                "lists_as": pa.array([rule.lists_as for rule in contract.rules if rule.lists], pa.string()),
            }
        ),
    )
    found = con.execute(
        f"""with lines as (select delivery_id, count(*) as evaluated from typed group by delivery_id),
        value as (
            select delivery_id, name, {f"case name {listed} end" if listed else "null::varchar"} as value,
                severity, saran, reason, count(*) as failed
            from broken
            join typed using (row_no)
            join rule using (rule_no)
            left join cause using (row_problem)
            group by all
        ),
        said as (
            select delivery_id, name, severity, saran, reason, sum(failed)::bigint as failed,
                list(value order by failed desc, value) filter (value is not null) as listed
            from value
            group by all
        )
        select delivery_id, name as rule, severity,
            saran || {told(1, here)} || ' / ' || reason || {told(2, f"replace({there}, '.', ',')")} as reason,
            evaluated, failed
        from said
        join lines using (delivery_id)
        left join list_rule using (name)
        order by delivery_id, rule"""
    ).to_arrow_table()
    con.unregister("list_rule")
    return found


def rejected_rows(
    con: duckdb.DuckDBPyConnection, contract: Contract, deliveries: list[Delivery], secret: Fernet
) -> pa.Table:
    """The rejected rows, as REJECTS describes them, ordered by delivery and line."""
    texts = [c.name if c.kind == "string" else f"{c.name}_text" for c in contract.exported]
    found = con.execute(
        f"""select delivery_id, line_no, rule.name as rule, rule.column,
            case when rule.name = '{ROW_RULE}' then coalesce(cause, reason) else reason end as reason, all_rules,
            {", ".join(f'typed."{text}"' for text in texts)}
        from rejected
        join typed using (row_no)
        join rule using (rule_no)
        left join cause using (row_problem)
        order by delivery_id, line_no"""
    ).to_arrow_table()
    sealed = [
        secret.encrypt(
            json.dumps({str(c.header): row[text] for c, text in zip(contract.exported, texts, strict=True)}).encode()
        ).decode()
        for row in found.select(texts).to_pylist()
    ]
    by_id = {delivery.delivery_id: delivery for delivery in deliveries}
    whose = [by_id[delivery_id] for delivery_id in found["delivery_id"].to_pylist()]
    known = {name: found[name] for name in ("delivery_id", "line_no", "rule", "column", "reason", "all_rules")}
    return (
        pa.table(
            {
                **known,
                "branch_code": [delivery.branch_code for delivery in whose],
                "feed": [delivery.feed for delivery in whose],
                "business_date": [delivery.business_date for delivery in whose],
                "file_name": [delivery.file_name for delivery in whose],
                "sealed_row": sealed,
            }
        )
        .select(REJECTS.names)
        .cast(REJECTS)
    )


def accepted_query(contract: Contract, deliveries: list[Delivery], *, vault: bool = False) -> str:
    """SQL of the accepted rows of the deliveries that were not refused.

    Args:
        contract: the feed's contract; ``typed`` has the pseudonyms already.
        deliveries: the feed's deliveries.
        vault: the personal columns for the vault, instead of those for the lake.
    """
    ids = ", ".join(f"'{d.delivery_id}'" for d in deliveries if d.judgement == "accepted") or "null"
    if vault:
        names = [c.hashed_as for c in contract.columns if c.hashed_as] + [c.name for c in contract.vault_columns]
    else:
        names = [name for name, _, _ in contract.lake_columns]
    columns = ", ".join(f'"{name}"' for name in ["delivery_id", "business_date", "line_no", *names])
    return (
        f"select {columns} from typed where delivery_id in ({ids})"
        " and row_no not in (select row_no from rejected) order by delivery_id, line_no"
    )
