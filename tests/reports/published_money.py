"""The incentives, claims and sectors of the small published file (published_file.py)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

Row = Mapping[str, Any]

SEP, OCT = date(2023, 9, 1), date(2023, 10, 1)
NEW = "perisai-13-2022"


def named(columns: str, *rows: tuple[Any, ...], **same: Any) -> list[Row]:
    """Rows of the columns that are named, and of those that are the same in each."""
    return [dict(zip(columns.split(), row, strict=True)) | same for row in rows]


MONEY: dict[str, list[Row]] = {
    "marts.incentive_agent_month": named(
        "month agent_code wadah_code new_count acquisition_rp contribution_rp adjustment_rp total_rp",
        (SEP, "AB1", "W1", 50, 750000, 276000, 0, 1026000),
        (OCT, "AB1", "W1", 30, 450000, 165600, -1000, 614600),
        (OCT, "AB2", "W1", 2, 0, 11040, 0, 11040),
        (OCT, "AB3", "W2", 0, 0, 5520, 0, 5520),
        scheme=NEW,
    ),
    "marts.incentive_line": named(
        "month agent_code rule rate amount_rp new_participants",
        *[(OCT, "AB1", "acquisition", None, 15000, 1)] * 30,
        *[(OCT, "AB1", "contribution", 0.15, 41400, 0)] * 4,
    ),
    "marts.incentive_wadah_month": named(
        "month wadah_code agent_count minimum_agents agents_total_rp adjustment_rp management_rp payable_rp status",
        (SEP, "W1", 2, 5, 1026000, 0, 102600, 1128600, "closed"),
        (OCT, "W1", 2, 5, 625640, -1000, 62564, 688204, "open"),
        (OCT, "W2", 5, 5, 5520, 0, 552, 6072, "open"),
        scheme=NEW,
        pks="PKS",
    ),
    "marts.incentive_close": named(
        "month state agreement_problems wadahs payable_rp approved_at",
        (SEP, "closed", 0, 1, 1128600, "2023-10-02T09:30:00+08:00"),
        (OCT, "running", 1, 2, 694276, None),
    ),
    "marts.claim_month": named(
        "month branch_code programme status channel claim_count claim_rp province_code part_count",
        (SEP, "NTB01", "JKM", "Dibayarkan", "perisai", 1700, 62453000000, "52", 1),
        (OCT, "NTB01", "JKM", "Dibayarkan", "perisai", 44, 1647000000, "52", 1),
        (OCT, "NTB01", "JKK", "Ditolak", "other", 6, 9000000, "52", 1),
        (OCT, "STG01", "JHT", "Dibayarkan", "other", 7, 12345678, "72", 1),
        (OCT, "pooled", "pooled", "Diajukan", "pooled", None, None, "pooled", None),
        (OCT, "pooled", "pooled", "Ditetapkan", "pooled", 12, 3400000, "pooled", 4),
    ),
    "marts.claim_group_month": named(
        "month status province_code programme person dimension value claim_count claim_rp part_count",
        (OCT, "Dibayarkan", "52", "JKM", "known", "sex", "L", 24, 900000000, 1),
        (OCT, "Dibayarkan", "52", "JKM", "known", "sex", "P", 20, 747000000, 1),
        (SEP, "Dibayarkan", "52", "JKM", "known", "age_band", "pooled", 9, 300000000, 2),
        (OCT, "Dibayarkan", "72", "JHT", "known", "age_band", "pooled", 7, 12345678, None),
    ),
    "marts.claim_duration": named(
        "month province_code programme claim_count median_days p90_days part_count",
        (OCT, "00", "all", 51, 13.5, 20.0, 2),
        (OCT, "52", "all", 44, 14.0, 21.0, 1),
    ),
    "marts.claim_ratio": named(
        "month region_code region_level programmes contribution_rp claim_count benefit_rp ratio_pct",
        (OCT, "00", "nation", "all", 1140800, 51, 1659345678, 145454.5),
    ),
    "marts.sector_month": named(
        "region_code region_level sector month protected perisai new_registrations growth_year_pct coverage_pct"
        " claim_count claim_rp claims_hidden",
        ("00", "nation", "fishery", OCT, 9000, 5000, 30, 12.4, None, None, None, True),
        ("00", "nation", "trade", OCT, 12000, 7000, 40, None, 21.5, None, None, True),
        ("52", "province", "fishery", OCT, 6000, 4000, 20, -3.6, 15.0, 5, 210000000, False),
    ),
    "marts.occupation_unmapped": named("occupation withheld texts people", ("PAWANG HUJAN", None, 1, 12)),
}
