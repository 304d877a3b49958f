"""Announces a published version by mail and webhook, once for each version and channel."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import duckdb

from perisai.errors import DayFailed
from perisai.settings import Settings
from perisai.step import Receipt, alone, logged, write_json
from warehouse import files, versions
from warehouse.duck import records
from warehouse.versions import Version

_DELIVERIES = """
select
    count(*) as expected,
    count(*) filter (usable_date = $day) as usable,
    count(distinct branch_code) filter (days_behind > 0) as branches_behind,
from marts.freshness
"""
_ROWS = """
select
    coalesce(sum(lines), 0)::bigint as lines,
    coalesce(sum(accepted), 0)::bigint as accepted,
    coalesce(sum(rejected), 0)::bigint as rejected,
    count(*) filter (outcome in ('refused', 'failed', 'nothing_accepted')) as refused_files,
from marts.delivery_day
where business_date = $day
"""
_COVERAGE = """
select protected, coverage_pct, perisai
from marts.coverage_month
where region_code = '00' and definition = 'bpu'
order by month desc limit 1
"""
_INCENTIVE = """
select period, sum(agent_count)::bigint as agents, sum(payable_rp)::bigint as payable_rp
from marts.incentive_wadah_month group by period order by period desc limit 1
"""
_WARNINGS = "select check_name from marts.check_result where outcome <> 'passed' order by check_name"


def news(version: Version) -> dict[str, Any]:
    """What there is to say of a version, in JSON's types and without personal data: it comes from the marts alone."""
    with duckdb.connect(str(version.database), read_only=True) as con:
        day = {"day": version.business_date}
        said: dict[str, Any] = {"business_date": version.business_date.isoformat(), "version": version.folder.name}
        said["deliveries"], said["rows"] = records(con, _DELIVERIES, day)[0], records(con, _ROWS, day)[0]
        for name, query in (("coverage", _COVERAGE), ("incentives", _INCENTIVE)):
            found = records(con, query, {})
            said[name] = found[0] if found else None
        if said["incentives"]:
            said["incentives"]["period"] = f"{said['incentives']['period']:%Y-%m}"
        said["warnings"] = [name for (name,) in con.execute(_WARNINGS).fetchall()]
    return said


@logged
def announce(settings: Settings) -> Receipt:
    """Announces the current version on every channel on which it was not announced yet.

    Mail goes through Airflow's connection ``smtp_default``, the webhook's address and token are those of the
    connection that ``PERISAI_PUBLISH_WEBHOOK`` names. What could not be sent is sent by the next run.

    Raises:
        DayFailed: nothing is published yet.
    """
    with alone(settings):
        return _announced(settings)


def _announced(settings: Settings) -> Receipt:
    version = versions.current(settings.published)
    if version is None:
        raise DayFailed("nothing is published yet; run `perisai marts`")
    told: dict[str, list[str]] = files.read_json(settings.announced, {})
    ways: list[tuple[str, str, Callable[[str, dict[str, Any], str], None]]] = [
        ("mail", settings.publish_mail, _mail),
        ("webhook", settings.publish_webhook, _post),
    ]
    sent = []
    for way, to, send in ways:
        if to and version.folder.name not in told.get(way, []):
            send(to, news(version), settings.report_url)
            # a version that was removed cannot become current again
            kept = [name for name in told.get(way, []) if (version.folder.parent / name).exists()]
            told[way] = [*kept, version.folder.name]
            write_json(settings.announced, told)
            sent.append(way)
    return {"version": version.folder.name, "sent": sent}


def _mail(to: str, said: dict[str, Any], report_url: str) -> None:
    from airflow.providers.smtp.notifications.smtp import SmtpNotifier

    subject = f"Perisai {said['business_date']}: sudah terbit / published"
    addresses = [address.strip() for address in to.split(",")]
    SmtpNotifier(to=addresses, subject=subject, html_content=letter(said, report_url)).notify({})


def _post(connection: str, said: dict[str, Any], report_url: str) -> None:
    from airflow.providers.http.notifications.http import HttpNotifier

    HttpNotifier(http_conn_id=connection, json=said | ({"report": report_url} if report_url else {})).notify({})


def letter(said: dict[str, Any], report_url: str) -> str:
    """The mail's HTML: a few lines in both languages."""
    deliveries, rows = said["deliveries"], said["rows"]
    lines = [
        f"Data sampai / data up to {said['business_date']}",
        f"Kiriman / deliveries: {deliveries['usable']} / {deliveries['expected']};"
        f" cabang tertinggal / branches behind: {deliveries['branches_behind']}",
        f"Baris / rows: {rows['accepted']} diterima / accepted, {rows['rejected']} ditolak / rejected;"
        f" berkas ditolak / files refused: {rows['refused_files']}",
    ]
    if coverage := said["coverage"]:
        lines.append(
            f"Peserta BPU terlindungi / protected BPU participants: {coverage['protected']:,}".replace(",", ".")
        )
    if incentives := said["incentives"]:
        lines.append(f"Insentif / incentives {incentives['period']}: Rp {incentives['payable_rp']:,}".replace(",", "."))
    if said["warnings"]:
        lines.append("Peringatan / warnings: " + ", ".join(said["warnings"]))
    text = "".join(f"<p>{escape(line)}</p>" for line in lines)
    link = escape(report_url, quote=True)
    return text + (f'<p><a href="{link}">{link}</a></p>' if report_url else "")
