"""A small published file: the tables that the models make, with rows that can be reckoned by hand."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from tests.reports.published_money import MONEY, NEW, OCT, SEP, Row, named

SECRET_KEY = "5ec2e7" * 10
PRESS = "pers, Sulawesi Tengah, 13 Oktober 2023 / press, Central Sulawesi, 13 October 2023"
THAT_DAY, DAY_BEFORE = date(2023, 10, 13), date(2023, 10, 12)
FEEDS = ("registrations", "contributions", "claims", "agents")


def delivered(day: date, branch: str, feed: str, outcome: str, **changes: Any) -> Row:
    lines = {"lines": 100, "accepted": 100, "rejected": 0, "duplicates": 0}
    nothing = dict.fromkeys(lines, 0)
    row = {"business_date": day, "branch_code": branch, "feed": feed, "outcome": outcome, "verified": False}
    return row | (nothing if outcome == "absent" else lines) | {"revision": 1} | changes


ROWS: dict[str, list[Row]] = {
    "reference.region": named(
        "region_code region_level region_name parent_code",
        ("52", "province", "Nusa Tenggara Barat", None),
        ("5271", "regency", "Kota Mataram", "52"),
        ("5202", "regency", "Kabupaten Lombok Tengah", "52"),
        ("72", "province", "Sulawesi Tengah", None),
        ("7271", "regency", "Kota Palu", "72"),
    ),
    "reference.branch": named(
        "branch_code branch_name region_code office_code office_name",
        ("NTB01", "Cabang Mataram", "5271", "KW-BNP", "Kantor Wilayah Bali, Nusa Tenggara dan Papua"),
        ("STG01", "Cabang Palu", "7271", "KW-SLM", "Kantor Wilayah Sulawesi dan Maluku"),
    ),
    "marts.coverage_month": named(
        "region_code region_level month definition universe protected coverage_pct perisai perisai_share_pct ucj_points"
        " target_pct gap_people needed_a_month target_state points_change_year universe_source",
        (
            "00",
            "nation",
            SEP,
            "bpu",
            2000000,
            280500,
            14.025,
            141000,
            50.27,
            7.6,
            30,
            319500,
            106500,
            "open",
            None,
            None,
        ),
        ("00", "nation", OCT, "bpu", 2000000, 376000, 18.8, 164586, 43.77, 7.8, 30, 224000, 112000, "open", None, None),
        (
            "52",
            "province",
            SEP,
            "bpu",
            1100000,
            280500,
            25.5,
            141000,
            50.2674,
            7.6375,
            27,
            16500,
            5500,
            "open",
            None,
            "BPS",
        ),
        (
            "52",
            "province",
            SEP,
            "ucj",
            1846154,
            700000,
            37.9166,
            141000,
            None,
            7.6375,
            None,
            None,
            None,
            None,
            None,
            "BPS 2",
        ),
        ("52", "province", OCT, "bpu", 1100000, 286000, 26, 144000, 50.3497, 7.8, 27, 11000, 5500, "open", 1.5, "BPS"),
        (
            "52",
            "province",
            OCT,
            "ucj",
            1846154,
            710000,
            38.4583,
            144000,
            None,
            7.8,
            None,
            None,
            None,
            None,
            None,
            "BPS 2",
        ),
        ("5271", "regency", OCT, "bpu", None, 30500, None, 16250, 53.2787, None, None, None, None, None, None, None),
        ("5202", "regency", OCT, "bpu", 200000, 60000, 30, 20000, 33.3333, 5, 25, -10000, 0, "reached", 2, "BPS"),
        ("72", "province", OCT, "bpu", 900000, 90000, 10, 20586, 22.8733, 1.3, None, None, None, None, None, None),
    ),
    "marts.agent_region_month": named(
        "month region_code region_level agents regencies_without_agents",
        (OCT, "00", "nation", 3, 1),
        (OCT, "52", "province", 2, 1),
        (OCT, "5271", "regency", 2, 0),
        (OCT, "5202", "regency", 0, 1),
        (OCT, "72", "province", 1, 0),
        (OCT, "7271", "regency", 1, 0),
    ),
    "marts.monev_branch_month": named(
        "month branch_code province_code agents_on_duty agents_with_new agents_at_threshold new_2 new_3 managed active"
        " in_arrears lapsed never_paid arrears_rp active_pct contribution_rp target_new realised_new_pct streak"
        " province_rank nation_rank target_province_rank target_nation_rank is_running",
        (
            SEP,
            "NTB01",
            "52",
            2,
            2,
            1,
            10,
            40,
            100,
            80,
            10,
            6,
            4,
            168000,
            80.0,
            1840000,
            40,
            125.0,
            1,
            1,
            2,
            1,
            1,
            False,
        ),
        (OCT, "NTB01", "52", 2, 2, 1, 10, 22, 120, 90, 20, 6, 4, 336000, None, 1104000, 40, 80.0, 0, 1, 2, 1, 1, True),
        (OCT, "STG01", "72", 1, 0, 0, 0, 0, 10, 5, 0, 5, 0, 0, None, 36800, 100, 0.0, 0, 1, 1, 1, 2, True),
    ),
    "marts.branch_to_date": named(
        "branch_code new_by_perisai new_by_perisai_before contribution_rp contribution_before_rp",
        ("NTB01", 32, 25, 1104000, 920000),
        ("STG01", 0, 1, 36800, 0),
        month=OCT,
        to_date=THAT_DAY,
        to_date_before=date(2023, 9, 13),
        is_running=True,
    ),
    "marts.monev_wadah_month": named(
        "month branch_code province_code wadah_code agents_on_duty agents_at_threshold new_2 new_3 managed active"
        " in_arrears active_pct retention_3_pct contribution_rp branch_rank province_rank",
        (SEP, "NTB01", "52", "W1", 2, 1, 10, 40, 100, 80, 10, 80.0, 60.0, 1840000, 1, 1),
        (OCT, "NTB01", "52", "W1", 2, 1, 10, 22, 120, 90, 20, None, None, 1104000, 1, 1),
        (OCT, "STG01", "72", "W2", 1, 0, 0, 0, 10, 5, 0, None, None, 36800, 1, 1),
    ),
    "marts.wadah_watch": named(
        "month wadah_code scheme agent_count minimum_agents missing_agents agents_warned agents_inactive",
        (OCT, "W1", NEW, 2, 5, 3, 0, 0),
        (OCT, "W2", NEW, 5, 5, 0, 0, 1),
    ),
    "marts.agreement": named(
        "branch_code wadah_code wadah_name pks_no scheme first_day last_day",
        ("NTB01", "W1", "Wadah Rinjani", "PKS/1", NEW, date(2023, 1, 1), date(2023, 11, 30)),
        ("STG01", "W2", "Wadah Poso", "PKS/2", NEW, date(2023, 1, 1), date(2025, 12, 31)),
    ),
    "marts.monev_agent_month": named(
        "month agent_code branch_code province_code wadah_code region_code on_duty new_2 new_3 managed active_pct"
        " retention_3_pct branch_rank province_rank streak warnings in_arrears arrears_rp",
        (SEP, "AB1", "NTB01", "52", "W1", "5271", True, 10, 40, 90, 80.0, 60.0, 1, 1, 1, None, None, None),
        (OCT, "AB1", "NTB01", "52", "W1", "5271", True, 10, 20, 100, None, None, 1, 1, 2, None, 8, 134400),
        (OCT, "AB2", "NTB01", "52", "W1", "5271", True, 0, 2, 20, None, None, 2, 2, 0, "drop_out, arrears", 12, 201600),
        (OCT, "AB3", "STG01", "72", "W2", "7271", True, 0, 0, 10, None, None, 1, 1, 0, None, 0, 0),
    ),
    "marts.agent_watch": named(
        "month agent_code branch_code wadah_code new_participants threshold missing_to_threshold"
        " months_without_acquisition months_without_transaction state",
        (OCT, "AB1", "NTB01", "W1", 30, 25, 0, 0, 0, "active"),
        (OCT, "AB2", "NTB01", "W1", 22, 25, 3, 0, 0, "active"),
        (OCT, "AB3", "STG01", "W2", 0, 25, 25, 5, 4, "inactive"),
    ),
    "marts.agreement_problem": named(
        "month branch_code wadah_code problem detail",
        (OCT, "STG01", "W2", "no_agreement", "2 pembayaran / 2 payments"),
    ),
    "marts.roster_gap": named(
        "month agent_code kind branch_code from_date to_date wadah_code new_participants payments",
        (OCT, "AB3", "missing", "STG01", date(2023, 10, 9), None, "W2", 2, 11),
    ),
    "marts.contradiction": named(
        "month kind branch_code feed business_date row_count accepted amount_rp is_holding from_no to_no other_no",
        (OCT, "payment_again", "STG01", "contributions", date(2023, 10, 12), 40, 50, 1700300, True, None, None, None),
        (OCT, "card_of_another", "STG01", "registrations", date(2023, 10, 11), 1, 30, None, False, None, None, None),
    ),
    **MONEY,
    "marts.delivery_day": [
        *(
            delivered(DAY_BEFORE, branch, feed, "accepted", verified=True)
            for branch in ("NTB01", "STG01")
            for feed in FEEDS
        ),
        delivered(
            THAT_DAY, "NTB01", "registrations", "superseded", reason="digantikan oleh x_r2.csv / superseded by x_r2.csv"
        ),
        delivered(
            THAT_DAY,
            "NTB01",
            "registrations",
            "accepted_with_rejects",
            lines=1000,
            accepted=963,
            rejected=37,
            revision=2,
            verified=True,
        ),
        delivered(THAT_DAY, "NTB01", "contributions", "accepted"),
        delivered(
            THAT_DAY,
            "NTB01",
            "claims",
            "refused",
            lines=9,
            accepted=0,
            rejected=9,
            reason="Kolom NO_KLAIM tidak ada / no column NO_KLAIM",
        ),
        delivered(THAT_DAY, "NTB01", "agents", "accepted"),
        *(delivered(THAT_DAY, "STG01", feed, "absent", revision=None) for feed in FEEDS),
    ],
    "marts.validation_result": named(
        "business_date branch_code feed delivery_id outcome rule severity reason evaluated failed",
        (
            DAY_BEFORE,
            "STG01",
            "claims",
            "d0",
            "refused",
            "kpj_form",
            "error",
            "Sebelas angka. / Eleven digits.",
            100,
            2,
        ),
        (
            THAT_DAY,
            "NTB01",
            "registrations",
            "d1",
            "accepted_with_rejects",
            "nik_form",
            "error",
            "Enam belas angka. / Sixteen digits.",
            1000,
            30,
        ),
        (THAT_DAY, "NTB01", "registrations", "d1", "accepted_with_rejects", "old_rule", "error", None, 1000, 7),
        (
            THAT_DAY,
            "NTB01",
            "registrations",
            "d1",
            "accepted_with_rejects",
            "nik_date",
            "warning",
            "Periksa. / Check.",
            1000,
            50,
        ),
    ),
    "marts.quality_signal": named(
        "month kind agent_code branch_code signal_count threshold from_date to_date clock",
        (OCT, "registrations_in_one_minute", "AB1", "NTB01", 12, 5, DAY_BEFORE, DAY_BEFORE, "09:30"),
    ),
    "marts.reconciliation": named(
        "subject region_code branch_code feed period_from period published computed difference agrees self_consistent"
        " source",
        (
            "coverage_pct",
            "52",
            None,
            None,
            None,
            THAT_DAY,
            25,
            26,
            -1,
            False,
            False,
            "pers, Nusa Tenggara Barat / press, West Nusa Tenggara",
        ),
        (
            "ucj_points",
            "52",
            None,
            None,
            None,
            THAT_DAY,
            7.8,
            7.8,
            0,
            True,
            True,
            "pers, Nusa Tenggara Barat / press, West Nusa Tenggara",
        ),
        ("perisai_registrations", "72", None, None, date(2023, 1, 1), THAT_DAY, 21521, 20586, 935, False, False, PRESS),
        ("perisai_registrations", "7271", None, None, None, THAT_DAY, 9437, 9437, 0, True, True, PRESS),
        ("manifest_lines", "5271", "NTB01", "claims", None, THAT_DAY, 1000, 1000, 0, True, True, "manifest"),
        (
            "unresolved_contributions",
            "7271",
            "STG01",
            "contributions",
            None,
            THAT_DAY,
            None,
            4,
            None,
            None,
            True,
            "lake",
        ),
    ),
    "marts.check_result": [],
}


class Published:
    """A published file in a folder of its own, which a test may change before it is drawn."""

    def __init__(self, template: Path, folder: Path) -> None:
        self.database = folder / "warehouse.duckdb"
        folder.mkdir(parents=True)
        shutil.copyfile(template, self.database)
        manifest = {"business_date": "2023-10-13", "stamp": "0123456789ab", "rows": {}}
        (folder / "manifest.json").write_text(json.dumps(manifest))

    def add(self, table: str, *rows: Row) -> None:
        """Adds rows of the columns that they have; the others are null."""
        with duckdb.connect(str(self.database)) as con:
            for row in rows:
                marks = ", ".join(f"${name} as {name}" for name in row)
                con.execute(f"insert into {table} by name select {marks}", dict(row))

    def run(self, sql: str, *values: object) -> None:
        with duckdb.connect(str(self.database)) as con:
            con.execute(sql, values or None)


def filled(template: Path, *, reverse: bool = False) -> None:
    """Fills the empty file that a test's file is a copy of."""
    with duckdb.connect(str(template)) as con:
        con.execute("delete from reference.region; delete from reference.branch")
        for table, rows in ROWS.items():
            for row in rows[::-1] if reverse else rows:
                marks = ", ".join(f"${name} as {name}" for name in row)
                con.execute(f"insert into {table} by name select {marks}", dict(row))
