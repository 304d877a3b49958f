"""A small published file with the columns that the marts promise."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

TABLES = {
    "reference.region": "region_code varchar, region_level varchar, region_name varchar, parent_code varchar",
    "reference.branch": (
        "branch_code varchar, branch_name varchar, region_code varchar, office_code varchar, office_name varchar"
    ),
    "marts.coverage_month": (
        "region_code varchar, region_level varchar, month date, definition varchar, universe bigint, protected bigint,"
        " coverage_pct decimal(9, 4), perisai bigint, perisai_share_pct decimal(9, 4), ucj_points decimal(9, 4)"
    ),
    "marts.incentive_line": (
        "period date, agent_code varchar, wadah_code varchar, scheme varchar, rule varchar, participant_key varchar,"
        " contribution_month date, contribution_month_no integer, basis_rp bigint, rate decimal(7, 4),"
        " amount_rp decimal(20, 6), reason varchar, delivery_id varchar"
    ),
    "marts.incentive_agent_month": (
        "period date, agent_code varchar, wadah_code varchar, scheme varchar, new_count bigint, acquisition_rp bigint,"
        " contribution_rp bigint, total_rp bigint"
    ),
    "marts.incentive_wadah_month": (
        "period date, wadah_code varchar, scheme varchar, agent_count bigint, agents_total_rp bigint,"
        " management_rp bigint, payable_rp bigint"
    ),
    "marts.claim_month": (
        "month date, branch_code varchar, programme varchar, status varchar, channel varchar, claim_count bigint,"
        " claim_rp bigint, province_code varchar"
    ),
    "marts.delivery_day": (
        "business_date date, branch_code varchar, feed varchar, outcome varchar, lines bigint, accepted bigint,"
        " rejected bigint, duplicates bigint, verified boolean, reason varchar"
    ),
    "marts.reconciliation": (
        "subject varchar, region_code varchar, period date, published decimal(20, 4), computed decimal(20, 4),"
        " difference decimal(20, 4), self_consistent boolean, source varchar"
    ),
}
SECRET_KEY = "5ec2e7" * 10
PRESS = "press, Central Sulawesi, 13 October 2023"
SEP, OCT = date(2023, 9, 1), date(2023, 10, 1)
THAT_DAY, DAY_BEFORE = date(2023, 10, 13), date(2023, 10, 12)
NEW = "perisai-13-2022"

REGIONS = [
    ("52", "province", "Nusa Tenggara Barat", None),
    ("5271", "regency", "Kota Mataram", "52"),
    ("72", "province", "Sulawesi Tengah", None),
    ("7271", "regency", "Kota Palu", "72"),
]
BRANCHES = [
    ("NTB01", "Cabang Mataram", "5271", "KW-BNP", "Kantor Wilayah Bali, Nusa Tenggara dan Papua"),
    ("STG01", "Cabang Palu", "7271", "KW-SLM", "Kantor Wilayah Sulawesi dan Maluku"),
]
ROWS: dict[str, list[tuple[Any, ...]]] = {
    "reference.region": REGIONS,
    "reference.branch": BRANCHES,
    "marts.coverage_month": [
        ("52", "province", SEP, "bpu", 1100000, 280500, 25.5, 141000, 50.2674, 7.6375),
        ("52", "province", SEP, "ucj", 1846154, 700000, 37.9166, 141000, None, 7.6375),
        ("52", "province", OCT, "bpu", 1100000, 286000, 26, 144000, 50.3497, 7.8),
        ("52", "province", OCT, "ucj", 1846154, 710000, 38.4583, 144000, None, 7.8),
        ("5271", "regency", SEP, "bpu", None, 30000, None, 16000, 53.3333, None),
        ("5271", "regency", OCT, "bpu", None, 30500, None, 16250, 53.2787, None),
        ("72", "province", OCT, "bpu", 900000, 90000, 10, 20586, 22.8733, 1.3),
    ],
    "marts.incentive_line": [
        (OCT, "AB1", "W1", NEW, "acquisition", SECRET_KEY, None, None, None, None, 15000, None, "d1"),
        (OCT, "AB2", "W1", NEW, "acquisition", SECRET_KEY, None, None, None, None, 0, "below_threshold", "d1"),
        (OCT, "AB2", "W1", NEW, "acquisition", SECRET_KEY, None, None, None, None, 0, "below_threshold", "d1"),
        (SEP, "AB3", "W1", NEW, "acquisition", SECRET_KEY, None, None, None, None, 0, "below_threshold", "d1"),
    ],
    "marts.incentive_agent_month": [
        (SEP, "AB9", "W1", NEW, 50, 750000, 276000, 1026000),
        (OCT, "AB1", "W1", NEW, 30, 450000, 165600, 615600),
        (OCT, "AB2", "W1", NEW, 2, 0, 11040, 11040),
        (OCT, "AB3", "W1", NEW, 0, 0, 5520, 5520),
    ],
    "marts.incentive_wadah_month": [
        (SEP, "W1", NEW, 5, 1026000, 102600, 1128600),
        (OCT, "W1", NEW, 5, 632160, 63216, 695376),
    ],
    "marts.claim_month": [
        (SEP, "NTB01", "JKM", "Dibayarkan", "perisai", 1700, 62453000000, "52"),
        (OCT, "NTB01", "JKM", "Dibayarkan", "perisai", 44, 1647000000, "52"),
        (OCT, "NTB01", "JKK", "Ditolak", "other", 3, 9000000, "52"),
        (OCT, "STG01", "JHT", "Dibayarkan", "other", 7, 12345678, "72"),
    ],
    "marts.delivery_day": [
        *(
            (DAY_BEFORE, branch, feed, "accepted", 100, 100, 0, 0, True, None)
            for branch in ("NTB01", "STG01")
            for feed in ("registrations", "contributions", "claims", "agents")
        ),
        (THAT_DAY, "NTB01", "registrations", "superseded", 40, 40, 0, 0, False, "superseded by x_r2.csv"),
        (THAT_DAY, "NTB01", "registrations", "accepted_with_rejects", 1000, 963, 37, 0, True, None),
        (THAT_DAY, "NTB01", "contributions", "accepted", 100, 100, 0, 0, False, None),
        (THAT_DAY, "NTB01", "claims", "refused", 9, 0, 9, 0, False, "Kolom NO_KLAIM tidak ada / no column NO_KLAIM"),
        (THAT_DAY, "NTB01", "agents", "duplicate", 12, 0, 0, 12, False, "the same content as y.csv"),
        *(
            (THAT_DAY, "STG01", feed, "absent", 0, 0, 0, 0, False, "no file was received")
            for feed in ("registrations", "contributions", "claims", "agents")
        ),
    ],
    "marts.reconciliation": [
        ("coverage_pct", "52", THAT_DAY, 25, 26, -1, False, "press, West Nusa Tenggara"),
        ("ucj_points", "52", THAT_DAY, 7.8, 7.8, 0, True, "press, West Nusa Tenggara"),
        ("perisai_claims_paid_rp", "52", THAT_DAY, 64100000000, 64100000000, 0, True, "press, West Nusa Tenggara"),
        ("perisai_registrations", "72", THAT_DAY, 21521, 20586, 935, False, PRESS),
        ("perisai_registrations", "7271", THAT_DAY, 9437, 9437, 0, True, PRESS),
        ("manifest_lines", "NTB01", THAT_DAY, 1000, 1000, 0, True, "manifest"),
        ("unresolved_contributions", "STG01", THAT_DAY, None, 4, None, True, "warehouse"),
    ],
}


class Published:
    """Makes a published file and lets a test change it before it is drawn."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "warehouse.duckdb"
        folder.mkdir(parents=True)
        with duckdb.connect(str(self.database)) as con:
            con.execute("create schema reference")
            con.execute("create schema marts")
            for table, columns in TABLES.items():
                con.execute(f"create table {table} ({columns})")
        manifest = {"business_date": "2023-10-13", "stamp": "0123456789ab", "rows": {}}
        (folder / "manifest.json").write_text(json.dumps(manifest))

    def fill(self, *, reverse: bool = False) -> Published:
        with duckdb.connect(str(self.database)) as con:
            for table, rows in ROWS.items():
                marks = ", ".join("?" for _ in rows[0])
                con.executemany(f"insert into {table} values ({marks})", rows[::-1] if reverse else rows)
        return self

    def run(self, sql: str, *values: object) -> None:
        with duckdb.connect(str(self.database)) as con:
            con.execute(sql, values)
