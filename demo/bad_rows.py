"""Rows that break a rule, every rule of every contract once, and rows that break none and still are odd.

The bad ones stand in the daily files of NTB01 from 2 October on, eight rules a file.
"""

from __future__ import annotations

from datetime import date

from expectations.contract import ROW_RULE, contract

BAD_ROWS_BRANCH = "NTB01"
BAD_RULES_A_FILE = 8  # below the ten rejected rows from which a delivery may be refused whole
FIRST_BAD_DAY = date(2023, 10, 2)

GOOD = {
    "registrations": {
        "registration_no": "{branch}/X/{n:05d}",
        "branch_code": "{branch}",
        "registration_date": "{day}",
        "nik": "5271010107809{n:03d}",
        "kpj": "999{n:08d}",
        "full_name": "Peserta Contoh Tambahan {n:03d}",
        "birth_date": "1980-07-01",
        "sex": "L",
        "phone": "080000990{n:03d}",
        "occupation": "PEDAGANG KELILING",
        "region_code": "{region}",
        "programmes": "2",
        "declared_income_rp": "1000000",
        "agent_code": "",
        "registered_at": "09:15",
    },
    "contributions": {
        "receipt_no": "{branch}/Y/{n:05d}",
        "branch_code": "{branch}",
        "kpj": "998{n:08d}",
        "payment_date": "{day}",
        "first_month": "2023-10",
        "months": "1",
        "programmes": "2",
        "amount_rp": "16800",
        "payer": "PESERTA",
    },
    "claims": {
        "claim_no": "{branch}/Z/{n:05d}",
        "branch_code": "{branch}",
        "kpj": "998{n:08d}",
        "programme": "JKK",
        "benefit": "PENGOBATAN",
        "status": "Diajukan",
        "submitted_date": "{day}",
        "status_date": "{day}",
        "amount_rp": "1500000",
    },
    "agents": {
        "agent_code": "AB99{n:03d}",
        "branch_code": "{branch}",
        "full_name": "Perisai Contoh 99{n:03d}",
        "nik": "",
        "region_code": "{region}",
        "joined_date": "2021-06-01",
        "status": "AKTIF",
        "wadah_code": "W99001",
        "wadah_name": "Wadah Contoh 99001",
        "pks_no": "PKS/{branch}/2022/99001",
        "scheme": "perisai-13-2022",
        "pks_from": "2022-01-01",
        "pks_to": "2025-12-31",
    },
}
"""A row on top that is right: people who never pay, payments and claims for cards that nobody has."""

LONG_NAME = "Contoh " * 14 + "Xyz"
BREAKS: dict[str, dict[str, dict[str, str]]] = {
    "registrations": {
        "registration_no_form": {"registration_no": "reg 1"},
        "registration_date_plausible": {"registration_date": "2013-12-31"},
        "nik_not_scientific": {"nik": "5.27101E+15"},
        "nik_not_rounded": {"nik": "5271010107800000"},
        "nik_form": {"nik": "527101010780900"},
        "kpj_not_scientific": {"kpj": "9.99E+10"},
        "kpj_leading_zeros": {"kpj": "9990000001"},
        "kpj_form": {"kpj": "999000000012"},
        "full_name_length": {"full_name": LONG_NAME},
        "birth_date_plausible": {"birth_date": "1899-12-31", "nik": "5271013112999001"},
        "birth_date_of_working_age": {"birth_date": "2009-07-01", "nik": "5271010107099001"},
        "sex_known": {"sex": "X"},
        "sex_fits_name": {"full_name": "Contoh binti Contoh", "sex": "L"},
        "phone_form": {"phone": "12345"},
        "region_known": {"region_code": "9999"},
        "programmes_known": {"programmes": "4"},
        "declared_income_positive": {"declared_income_rp": "-1000000"},
        "declared_income_thousands_kept": {"declared_income_rp": "750"},
        "declared_income_at_least_base": {"declared_income_rp": "750000"},
        "occupation_form": {"occupation": "pedagang@contoh.example"},
        "occupation_no_remark": {"occupation": "Data ganda"},
        "cells_not_moved": {"occupation": "AB00003", "agent_code": ""},
        "agent_code_form": {"agent_code": "AB12"},
        "registration_no_unique": {"registration_no": "{branch}/X/TWICE"},
        "branch_is_sender": {"branch_code": "STG01"},
        "registration_date_not_after_delivery": {"registration_date": "2023-12-24"},
        "nik_agrees_with_birth_date": {"birth_date": "1980-01-07"},
        "nik_of_a_place": {"nik": "9999010107809{n:03d}"},
        "region_of_this_province": {"region_code": "7271"},
    },
    "contributions": {
        "receipt_no_form": {"receipt_no": "b 1"},
        "kpj_not_scientific": {"kpj": "9.98E+10"},
        "kpj_leading_zeros": {"kpj": "9980000001"},
        "kpj_form": {"kpj": "998000000012"},
        "payment_date_plausible": {"payment_date": "2013-12-31"},
        "first_month_plausible": {"first_month": "2013-12"},
        "months_1_to_12": {"months": "13", "amount_rp": "218400"},
        "programmes_known": {"programmes": "1"},
        "amount_not_zero": {"amount_rp": "0"},
        "amount_at_most_maximum": {"amount_rp": "-213801"},
        "payer_known": {"payer": "SWASTA"},
        "receipt_no_unique": {"receipt_no": "{branch}/Y/TWICE"},
        "branch_is_sender": {"branch_code": "STG01"},
        "payment_date_not_after_delivery": {"payment_date": "2023-12-24"},
        "first_month_not_too_far": {"first_month": "2203-10"},
        "amount_thousands_kept": {"amount_rp": "168"},
        "amount_at_least_minimum": {"amount_rp": "16000"},
        "amount_is_no_known_contribution": {"amount_rp": "17000"},
        "first_month_not_of_last_year": {"first_month": "2022-10"},
        "first_month_not_long_past": {"first_month": "2023-04"},
    },
    "claims": {
        "claim_no_form": {"claim_no": "k 1"},
        "kpj_not_scientific": {"kpj": "9.98E+10"},
        "kpj_leading_zeros": {"kpj": "9980000001"},
        "kpj_form": {"kpj": "998000000012"},
        "programme_known": {"programme": "JKP"},
        "benefit_known": {"benefit": "LAINNYA"},
        "status_known": {"status": "Selesai"},
        "submitted_date_plausible": {"submitted_date": "2013-12-30"},
        "status_date_plausible": {"submitted_date": "2013-12-30", "status_date": "2013-12-31"},
        "claim_amount_not_negative": {"amount_rp": "-1"},
        "claim_amount_thousands_kept": {"amount_rp": "500"},
        "claim_status_unique": {"claim_no": "{branch}/Z/TWICE"},
        "branch_is_sender": {"branch_code": "STG01"},
        "status_date_not_after_delivery": {"status_date": "2023-12-24"},
        "status_not_before_submission": {"status_date": "2023-09-01"},
        "programme_fits_benefit": {"benefit": "SALDO_JHT"},
    },
    "agents": {
        "agent_code_form": {"agent_code": "AX1"},
        "full_name_length": {"full_name": LONG_NAME},
        "agent_nik_form": {"nik": "5.27101E+15", "status": "NONAKTIF"},
        "region_known": {"region_code": "9999"},
        "joined_date_plausible": {"joined_date": "2013-12-31"},
        "status_known": {"status": "CUTI"},
        "wadah_code_form": {"wadah_code": "W1"},
        "wadah_name_no_remark": {"wadah_name": "Wadah Contoh 99001 (putus kontrak)"},
        "wadah_name_perhaps_remark": {"wadah_name": "Kerja Sama Selesai", "status": "NONAKTIF"},
        "scheme_known": {"scheme": "skema-lain"},
        "agent_code_unique": {"agent_code": "AB99000"},
        "branch_is_sender": {"branch_code": "STG01"},
        "joined_date_not_after_delivery": {"joined_date": "2023-12-24"},
        "agreement_ends_after_it_begins": {"pks_to": "2021-12-31"},
        "agreement_begins_not_too_far": {"pks_from": "2026-01-01", "pks_to": "2026-12-31"},
        "pks_from_plausible": {"pks_from": "2013-12-31"},
        "pks_to_plausible": {"pks_to": "2100-01-01"},
        "region_of_this_province": {"region_code": "7271", "status": "NONAKTIF"},
    },
}
"""By feed and rule, the cells that break it. What may stand in any cell of a kind is added by ``breaks``."""

UNREADABLE = {"date": "31-02-2023", "month": "Oktober", "integer": "dua puluh", "time": "pagi"}
FOUND = {
    "not_an_error": "#N/A",
    "not_scientific": "1.84E+06",
    "minus_before": "36800-",
    "not_a_fraction": "36800.50",
    "in_one_form": "1,84.000",
    "not_personal": "Z-998{n:08d}",
    "written_out": "S*** C*****",
    "no_sample": "CONTOH: BUDI",
    "is_a_name": "Hamba Allah",
    "of_the_living": "Alm. Budi Contoh",
    "not_of_several": "Koperasi Contoh",
    "in_its_column": "Kota Mataram",
    "is_usual": "Budi Contoh 2",
}
"""By what is looked for in every column of a kind (expectations.cells), a cell that has it."""
ODD_BRANCH, ODD_DAY = "NTB01", date(2023, 10, 12)
"""Where rows arrive that break no rule and still are odd (``odd_rows``)."""
INVENTED = 40
YOUNG_NIK = "5271014506079990"
"""Of an agent who is not adult; see demo.agents."""


def breaks(feed: str) -> dict[str, dict[str, str]]:
    """By rule of the feed's contract, the cells that break it; no cells at all for a row with one cell too many."""
    found: dict[str, dict[str, str]] = {ROW_RULE: {}}
    for column in contract(feed).exported:
        if column.kind in UNREADABLE and not column.beside:
            found[f"{column.name}_readable"] = {column.name: UNREADABLE[column.kind]}
        if column.required:
            found[f"{column.name}_present"] = {column.name: ""}
    for rule in contract(feed).rules:
        if (looked_for := rule.name.removeprefix(f"{rule.column}_")) in FOUND:
            # an agent who stands on one roster only would be missing on the next
            left = {"status": "NONAKTIF"} if feed == "agents" and rule.severity == "warning" else {}
            found[rule.name] = {str(rule.column): FOUND[looked_for], **left}
    return found | BREAKS[feed]


def bad_rows(feed: str, branch: str, day: date) -> list[tuple[str, tuple[str, ...]]]:
    """(rule, row) of each row that breaks a rule in that delivery; a rule of uniqueness has two rows."""
    if branch != BAD_ROWS_BRANCH or day < FIRST_BAD_DAY:
        return []
    rules = list(breaks(feed).items())
    first = (day - FIRST_BAD_DAY).days * BAD_RULES_A_FILE
    rows = []
    for n, (rule, cells) in enumerate(rules[first : first + BAD_RULES_A_FILE], first + 400):
        rows.append((rule, good_row(feed, branch, day, n, cells) + (("x",) if rule == ROW_RULE else ())))
        if rule.endswith("_unique"):
            rows.append((rule, good_row(feed, branch, day, n + 400, cells)))
    return rows


def good_row(feed: str, branch: str, day: date, n: int, cells: dict[str, str] | None = None) -> tuple[str, ...]:
    """The ``n``-th row on top of a day, in the order of the contract; ``cells`` replace its own."""
    region = "5271" if branch.startswith("NTB") else "7271"
    row, n = GOOD[feed] | (cells or {}), n + day.day * 10
    return tuple(
        row[column.name].format(branch=branch, day=day, n=n, region=region)
        for column in contract(feed).exported
        if not column.beside
    )


def odd_rows(feed: str, branch: str, day: date) -> list[tuple[str, ...]]:
    """Rows that break no rule and still are odd.

    A list of people whom an agent has invented, sent four months late: all entered in one minute, one phone, NIKs
    of one series, and nobody ever pays. An agent's own registration, by which she is 16. And a month that the first
    person of the branch pays ahead, with its refund.
    """
    if (branch, day) != (ODD_BRANCH, ODD_DAY):
        return []
    if feed == "registrations":
        person = {
            "registration_no": "{branch}/S/{n:05d}",
            "registration_date": "2023-06-15",
            "nik": "527199150685{n:04d}",
            "birth_date": "1985-06-15",
            "full_name": "Peserta Contoh Seri {n:04d}",
            "phone": "080000999999",
            "agent_code": "AB00003",
            "registered_at": "10:30",
        }
        young = {"nik": YOUNG_NIK, "birth_date": "2007-06-05", "sex": "P"}
        return [
            *(good_row(feed, branch, day, n, person) for n in range(9000, 9000 + INVENTED)),
            good_row(feed, branch, day, 902, young),
        ]
    if feed == "contributions":
        ahead = {"kpj": "00100000001", "first_month": "2024-01"}
        return [
            good_row(feed, branch, day, 900, ahead),
            good_row(feed, branch, day, 901, ahead | {"amount_rp": "-16800"}),
        ]
    return []
