"""Every rule of every contract, broken once; and what may not leave the judge."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from house import MAKERS
from judged import judged

from expectations import data_docs
from expectations.contract import COUNTED_UP, MEANT_RULE, contract, feeds
from expectations.declared import FITS, NEAR
from expectations.judge import Judge
from warehouse.models import MODELS
from warehouse.pinned import REFERENCE

RAGGED = {"row_problem": "columns"}

# feed → rule → what is changed in the one row that breaks it
BROKEN: dict[str, dict[str, dict[str, Any]]] = {
    "registrations": {
        "row_readable": RAGGED,
        "registration_no_of_this_branch": {"registration_no": "NTB02/R/1"},
        "branch_name_fits": {"branch_name": "KC Lombok Timur"},
        "registration_no_form": {"registration_no": "reg 1"},
        "registration_no_unique": {"registration_no": "REG-0000001"},
        "branch_is_sender": {"branch_code": "NTB02"},
        "registration_date_readable": {"registration_date": "2023-02-30"},
        "registration_date_plausible": {"registration_date": "2013-12-31"},
        "registration_date_of_this_year": {"registration_date": "2022-09-13"},
        "registration_date_not_long_past": {"registration_date": "2023-06-02"},
        "registration_date_not_after_delivery": {"registration_date": "2023-10-01"},
        "nik_not_scientific": {"nik": "5.27101E+15"},
        "nik_not_rounded": {"nik": "5201014101990000"},
        "nik_form": {"nik": "527101010780900"},
        "nik_agrees_with_birth_date": {"nik": "5201014101990001"},
        "nik_of_a_place": {"nik": "9999990107800001"},
        "birth_date_not_exchanged": {"birth_date": "07-01-1980", "nik": "5201014107800001"},
        "kpj_not_scientific": {"kpj": "1,23457E+10"},
        "kpj_leading_zeros": {"kpj": "1234567890"},
        "kpj_form": {"kpj": "123456789012"},
        "kpj_no_filler": {"kpj": "12345678901"},
        "kpj_not_of_nik": {"nik": "5201014107800002", "kpj": "52010141078", "birth_date": "1980-07-01", "sex": "P"},
        "full_name_length": {"full_name": "a" * 101},
        "birth_date_readable": {"birth_date": "1980"},
        "birth_date_plausible": {"birth_date": "1899-12-31"},
        "birth_date_of_working_age": {"birth_date": "1950-01-01"},
        "sex_known": {"sex": "M"},
        "sex_fits_name": {"full_name": "Siti Contoh binti Budi", "sex": "L"},
        "phone_form": {"phone": "12345"},
        "region_known": {"region_code": "9999"},
        "region_of_this_province": {"region_code": "7271"},
        "programmes_readable": {"programmes": "tiga"},
        "programmes_known": {"programmes": 4},
        "declared_income_rp_readable": {"declared_income_rp": "satu juta"},
        "declared_income_positive": {"declared_income_rp": 0},
        "declared_income_at_least_base": {"declared_income_rp": 999_999},
        "declared_income_thousands_kept": {"declared_income_rp": 99_999},
        "occupation_form": {"occupation": "pedagang@contoh.example"},
        "occupation_no_remark": {"occupation": "Data ganda"},
        "cells_not_moved": {"occupation": "AB00016"},
        "agent_code_form": {"agent_code": "AB1"},
        "agent_code_no_filler": {"agent_code": "AB00000"},
        "registered_at_readable": {"registered_at": "pagi"},
        "region_name_fits": {"region_name": "Kota Bima"},
        "region_name_known": {"region_name": "Kota Contoh"},
    },
    "contributions": {
        "row_readable": RAGGED,
        "receipt_no_of_this_branch": {"receipt_no": "STG03/B/1"},
        "branch_name_fits": {"branch_name": "KC Lombok Timur"},
        "receipt_no_form": {"receipt_no": "x"},
        "receipt_no_unique": {"receipt_no": "PAY-0000001"},
        "branch_is_sender": {"branch_code": "NTB02"},
        "kpj_not_scientific": {"kpj": "1.23457E+10"},
        "kpj_leading_zeros": {"kpj": "99"},
        "kpj_form": {"kpj": "x"},
        "kpj_no_filler": {"kpj": "11111111111"},
        "payment_date_readable": {"payment_date": "kemarin"},
        "payment_date_plausible": {"payment_date": "2013-12-31"},
        "payment_date_not_after_delivery": {"payment_date": "2023-10-01"},
        "first_month_readable": {"first_month": "2023"},
        "first_month_plausible": {"first_month": "2013-12"},
        "first_month_not_of_last_year": {"first_month": "2022-12"},
        "first_month_not_long_past": {"first_month": "2023-04"},
        "first_month_no_range": {"first_month": "01-08-2023", "months": 8, "amount_rp": 294_400},
        "first_month_not_far_ahead": {"first_month": "2024-04"},
        "payment_date_of_this_year": {"payment_date": "2022-09-13", "first_month": "2022-09"},
        "payment_date_not_long_past": {"payment_date": "2023-06-02"},
        "months_readable": {"months": "satu"},
        "months_1_to_12": {"months": 13},
        "programmes_readable": {"programmes": "tiga"},
        "programmes_known": {"programmes": 1},
        "amount_rp_readable": {"amount_rp": "tiga puluh ribu"},
        "amount_not_zero": {"amount_rp": 0},
        "amount_at_most_maximum": {"amount_rp": -627_801},
        "first_month_not_too_far": {"first_month": "2024-10"},
        "amount_thousands_kept": {"amount_rp": -168},
        "amount_at_least_minimum": {"amount_rp": 36_799},
        "amount_is_no_known_contribution": {"amount_rp": 36_801},
        "payer_known": {"payer": "ORANG"},
        **{f"{name}_readable": {name: "?"} for name in ("last_month", "jkk_rp", "jkm_rp", "jht_rp")},
        "last_month_fits": {"last_month": "2023-12"},
        "amount_is_sum_of_parts": {"jkk_rp": 10_000, "jkm_rp": 6_800, "jht_rp": 20_001},
    },
    "claims": {
        "row_readable": RAGGED,
        "claim_no_of_this_branch": {"claim_no": "NTB05-K-1"},
        "branch_name_fits": {"branch_name": "KC Lombok Timur"},
        "claim_no_form": {"claim_no": "x"},
        "claim_status_unique": {"claim_no": "CLM-0000001", "kpj": "00000000001", "amount_rp": 41_000_000},
        "branch_is_sender": {"branch_code": "NTB02"},
        "kpj_not_scientific": {"kpj": "1.23457E+10"},
        "kpj_leading_zeros": {"kpj": "99"},
        "kpj_form": {"kpj": "x"},
        "kpj_no_filler": {"kpj": "11111111111"},
        "programme_known": {"programme": "JP"},
        "benefit_known": {"benefit": "LAIN"},
        "status_known": {"status": "Baru"},
        **{f"{name}_readable": {name: "?"} for name in ("submitted_date", "status_date", "amount_rp")},
        "submitted_date_plausible": {"submitted_date": "2013-12-31"},
        "status_date_plausible": {"status_date": "2013-12-31"},
        "status_date_of_this_year": {"submitted_date": "2022-09-01", "status_date": "2022-09-13"},
        "status_date_not_long_past": {"submitted_date": "2023-06-02", "status_date": "2023-06-02"},
        "status_date_not_after_delivery": {"status_date": "2023-10-01"},
        "status_not_before_submission": {"status_date": "2023-09-04"},
        "programme_fits_benefit": {"programme": "JHT"},
        "claim_amount_not_negative": {"amount_rp": -1},
        "claim_amount_thousands_kept": {"amount_rp": 999},
        "claim_amount_in_full": {"amount_rp": 999_999},
        "paid_claim_has_amount": {"status": "Dibayarkan", "amount_rp": 0},
        "death_benefit_is_known": {"status": "Dibayarkan", "amount_rp": 4_200_000},
        "claim_not_of_years_ago": {"submitted_date": "2021-09-01"},
    },
    "agents": {
        "row_readable": RAGGED,
        "branch_name_fits": {"branch_name": "Cabang Parigi"},
        "agent_code_form": {"agent_code": "12"},
        "agent_code_no_filler": {"agent_code": "AB00000"},
        "agent_code_unique": {"agent_code": "AB00001"},
        "agent_nik_form": {"nik": "5271010107800000"},
        "branch_is_sender": {"branch_code": "NTB02"},
        "full_name_length": {"full_name": "a" * 101},
        "region_known": {"region_code": "9999"},
        "region_of_this_province": {"region_code": "7271"},
        **{f"{name}_readable": {name: "?"} for name in ("joined_date", "pks_from", "pks_to")},
        "joined_date_plausible": {"joined_date": "2013-12-31"},
        "joined_date_not_after_delivery": {"joined_date": "2023-10-01"},
        "status_known": {"status": "?"},
        "wadah_code_form": {"wadah_code": "W1"},
        "wadah_code_no_filler": {"wadah_code": "W00000"},
        "wadah_name_no_number": {"wadah_name": "PKS/003/2022"},
        "wadah_name_no_remark": {"wadah_name": "Wadah Contoh (sudah putus kontrak)"},
        "wadah_name_perhaps_remark": {"wadah_name": "Koperasi Kerja Sama Tani Selesai"},
        "scheme_known": {"scheme": "baru"},
        "agreement_ends_after_it_begins": {"pks_to": "2022-12-31"},
        "agreement_begins_not_too_far": {"pks_from": "2025-10-01"},
        "pks_from_plausible": {"pks_from": "2013-12-31"},
        "pks_to_plausible": {"pks_to": "2100-01-01"},
        "agreement_not_too_long": {"pks_to": "2042-12-31"},
        "region_name_fits": {"region_name": "Kota Bima"},
        "region_name_known": {"region_name": "Kota Contoh"},
        "left_date_readable": {"left_date": "belum"},
        "active_agent_has_not_left": {"left_date": "2023-09-30"},
    },
}

# rules that look at all rows of a delivery; the corpus breaks them
OVER_ALL = {MEANT_RULE, "sex_certain", "kpj_not_phone", "names_not_exchanged", "dates_not_exchanged", "agent_name_fits"}
OVER_ALL |= {"programmes_certain", "amount_in_rupiah", "amount_signs_kept", "birth_dates_in_their_rows"}
OVER_ALL |= {f"{c.name}{COUNTED_UP}" for feed in feeds() for c in contract(feed).counting}
OVER_ALL |= {"kpj_not_rounded"}
OVER_ALL |= {"pks_to_not_years_early", "statuses_in_order", "claim_amounts_in_one_unit", "claim_amount_usual"}
ENDS = (FITS, NEAR, "_one_person", "_one_claim", "_one_agent", "_no_whole", "_of_numbers", "s_of_this_branch")
ENDS += ("_sorted_alone", "_of_neighbour", "_registered_once", "_stands_once", "_one_thing", "_one_name", "_one_nik")
ENDS += ("_not_turned", "_of_this_zone", "_of_its_month", "_perhaps_rounded", "_in_their_rows", "_not_filled")
ENDS += ("_date_not_years_early", "_beside_its_number", "_of_24_hours", "_of_its_status", "_not_coded")
ENDS += ("_of_a_month", "full_name_of_one", "_not_multiplied", "_exists_then", "_no_sum", "_as_determined")
OVER_ALL |= {rule.name for feed in feeds() for rule in contract(feed).rules if rule.name.endswith(ENDS)}
# what is looked for in every column of a kind → a cell that has it
FOUND = {
    "is_not_repeated": "idem",
    "letters_intact": "Andr\u00c3\u00a9",
    "not_a_date": "2023-10-07",
    "not_an_error": "#N/A",
    "not_scientific": "1.84E+06",
    **{"minus_before": "36800-", "not_a_fraction": "36800.50", "in_one_form": "1,84.000"},
    "not_personal": "PAY-5271015005800001",
    "written_out": "S*** C*****",
    "no_sample": "CONTOH: BUDI",
    "is_a_name": "Hamba Allah",
    "of_the_living": "Alm. Budi Contoh",
    "not_of_several": "Koperasi Contoh",
    "in_its_column": "Kota Mataram",
    "is_usual": "Budi Contoh 2",
}


def changes_of(feed: str) -> dict[str, dict[str, Any]]:
    """What breaks each rule; for a required column the empty value is added, and for each what is looked for in it."""
    required = {f"{c.name}_present": {c.name: None} for c in contract(feed).columns if c.required}
    looked_for = {
        rule.name: {str(rule.column): cell}
        for rule in contract(feed).rules
        for found, cell in FOUND.items()
        if rule.name == f"{rule.column}_{found}"
    }
    return BROKEN[feed] | required | looked_for


@pytest.mark.parametrize("feed", feeds())
def test_every_rule_is_broken_by_its_row_and_by_no_good_one(feed: str) -> None:
    changes = changes_of(feed)
    assert list(changes) and set(changes) == {rule.name for rule in contract(feed).rules} - OVER_ALL
    rows = [MAKERS[feed](n) for n in range(1, 4)]
    rows += [MAKERS[feed](n, **change) for n, change in enumerate(changes.values(), start=10)]
    _, broken = judged(feed, rows)
    for row_no, name in enumerate(changes, start=3):
        assert name in broken[row_no], f"{name}: {broken[row_no]}"
        first = next(rule.name for rule in contract(feed).rules if rule.name in broken[row_no])
        if not name.endswith("_unique"):  # what a clerk is told first is the rule that was meant
            assert first == name
    # a repeated key marks both rows, since nobody knows which is right; nothing else touches the good rows
    unique = next(name for name in changes if name.endswith("_unique"))
    good = {row_no: rules for row_no, rules in broken.items() if row_no < 3}
    assert good == {0: {unique}}


@pytest.mark.parametrize("feed", ["registrations", "agents"])
def test_a_region_that_did_not_exist_on_the_day_is_a_warning(feed: str, tmp_path: Path) -> None:
    reference = shutil.copytree(REFERENCE, tmp_path / "reference")
    text = (reference / "region.csv").read_text(encoding="utf-8")
    text = text.replace("Kota Mataram,52,5271,,,", "Kota Mataram,52,5271,,2023-09-12,5271;5273")
    text += "5271,regency,Kota Mataram,52,5271,2023-09-13,,\n5273,regency,Kota Baru,52,5273,2023-09-13,,\n"
    (reference / "region.csv").write_text(text, encoding="utf-8")
    days = ["2023-09-12", "2023-09-13"]
    found = []
    for code in ("5271", "5273"):
        for day in days:
            row = MAKERS[feed](1, region_code=code, **({"registration_date": day} if feed == "registrations" else {}))
            _, broken = judged(feed, [row], day, reference)
            found.append("region_exists_then" in broken.get(0, set()))
    assert found == [False, False, True, False]
    assert [rule.severity for rule in contract(feed).rules if rule.name == "region_exists_then"] == ["warning"]


def test_a_column_of_nik_that_all_end_in_zero_lost_its_last_digits() -> None:
    def rules_of(last_digits: list[int]) -> list[set[str]]:
        rows = [MAKERS["registrations"](n) for n in range(11, len(last_digits) + 11)]
        for row, digit in zip(rows, last_digits, strict=True):
            row["nik"] = f"{row['nik'][:15]}{digit}"
        rows.append(MAKERS["registrations"](99, nik="1"))
        _, broken = judged("registrations", rows)
        return [broken.get(n, set()) for n in range(len(last_digits))]

    assert rules_of([0] * 6) == [{"nik_not_rounded"}] * 6
    assert rules_of([0] * 5) == [{"nik_perhaps_rounded"}] * 5, "five may be chance, and are a warning"
    assert rules_of([0] * 20 + [7]) == [set()] * 21, "a digit other than 0 arrived, so digits arrive"


def test_a_refund_is_a_negative_amount_and_no_payment_below_the_minimum() -> None:
    amounts = [-36_800, -1_000, -627_800, 627_800, 627_801]
    _, broken = judged("contributions", [MAKERS["contributions"](n, amount_rp=rp) for n, rp in enumerate(amounts)])
    assert broken == {4: {"amount_at_most_maximum", "amount_is_no_known_contribution"}}


@pytest.mark.parametrize(
    ("first_month", "months", "payer", "due"),
    [
        ("2026-04", 1, "PESERTA", (8_400, 28_400)),
        ("2026-04", 1, "APBD", (16_800, 36_800)),
        ("2026-04", 1, "APBN", (16_800, 36_800)),
        ("2025-12", 1, "PESERTA", (16_800, 36_800)),
        ("2027-04", 1, "PESERTA", (16_800, 36_800)),
        ("2025-11", 12, "PESERTA", (2 * 16_800 + 10 * 8_400, 2 * 36_800 + 10 * 28_400)),  # in transport
        ("2020-09", 1, "PESERTA", (168, 20_168)),
        ("2020-09", 1, "APBD", (168, 20_168)),
        ("2020-07", 1, "PESERTA", (16_800, 36_800)),
        ("2021-02", 1, "PESERTA", (16_800, 36_800)),
        ("2020-07", 3, "PESERTA", (16_800 + 2 * 168, 36_800 + 2 * 20_168)),
    ],
)
def test_the_smallest_payment_is_that_of_its_months_and_payer(
    first_month: str, months: int, payer: str, due: tuple[int, int]
) -> None:
    day = min(f"{first_month}-02", "2026-04-02")
    paid = {"first_month": first_month, "months": months, "payer": payer, "payment_date": day}
    rows = [
        MAKERS["contributions"](n, **paid, programmes=programmes, amount_rp=due[programmes - 2] - less)
        for n, (programmes, less) in enumerate([(2, 0), (3, 0), (2, 1), (3, 1)])
    ]
    _, broken = judged("contributions", rows, "2026-04-30")
    of_amounts = {"amount_at_least_minimum", "amount_is_no_known_contribution"}
    assert {n: rules & of_amounts for n, rules in broken.items() if rules & of_amounts} == dict.fromkeys(
        (2, 3), of_amounts
    )


def test_a_payment_is_legal_at_one_base_for_all_its_months() -> None:
    amounts = [12 * 36_800, 12 * 42_800, 6 * 36_800 + 6 * 42_800, 12 * 627_800, 12 * 36_801]
    rows = [MAKERS["contributions"](n, first_month="2023-05", months=12, amount_rp=rp) for n, rp in enumerate(amounts)]
    assert judged("contributions", rows)[1] == {n: {"amount_is_no_known_contribution"} for n in (2, 4)}


def test_a_time_that_cannot_be_read_rejects_nobody() -> None:
    severity = {rule.name: rule.severity for rule in contract("registrations").rules}
    assert severity["registered_at_readable"] == "warning"
    times = [None, "08.05", "pagi"]
    rows = [MAKERS["registrations"](n, registered_at=at) for n, at in enumerate(times, start=1)]
    assert judged("registrations", rows)[1] == {2: {"registered_at_readable"}}


def test_a_row_that_says_of_an_agreement_or_wadah_what_most_do_not_is_told() -> None:
    def told(**changes: list[Any]) -> dict[int, set[str]]:
        rows = [MAKERS["agents"](n, **{name: cells[n] for name, cells in changes.items()}) for n in range(5)]
        return judged("agents", rows)[1]

    assert told() == {}
    for name, usual, other in [
        ("pks_to", "2025-12-31", "2026-12-31"),
        ("pks_from", "2023-01-01", "2022-01-01"),
        ("wadah_code", "W00001", "W00002"),
    ]:
        assert told(**{name: [usual, usual, other, usual, usual]}) == {2: {"agreement_says_one_thing"}}
    assert told(pks_to=["2025-12-31"] * 2 + ["2026-12-31"] * 2 + ["2027-12-31"]) == {
        n: {"agreement_says_one_thing"} for n in range(5)
    }, "none is usual"
    names = ["Wadah Contoh", "Wadah Contoh", "Wadah Lain", "Wadah Contoh", "Wadah Contoh"]
    assert told(wadah_name=names) == {2: {"wadah_has_one_name"}}
    renewed = {"pks_no": ["A", "A", "B", "B", "B"], "pks_to": ["2024-12-31"] * 2 + ["2026-12-31"] * 3}
    assert told(**renewed) == {}, "a renewal has a number of its own"


def test_no_value_reaches_results_or_docs() -> None:
    secret = {"nik": "5201019999999999x", "kpj": "98765x", "full_name": "Peserta Rahasia" * 9, "phone": "0812345"}
    verdict, broken = judged("registrations", [MAKERS["registrations"](1, **secret)])
    assert {"nik_form", "kpj_form", "full_name_length"} <= broken[0]
    page = data_docs.page(verdict.result)
    for value in secret.values():
        assert value not in page
        assert value not in str(verdict.result)


def test_docs_fetch_and_run_nothing() -> None:
    verdict, _ = judged("claims", [MAKERS["claims"](1)])
    page = data_docs.page(verdict.result)
    assert "ExpectColumn" in page or "NO_KLAIM" in page or "claim_no" in page
    assert not re.search(r"<(script|link|img|iframe|form|object)\b", page)
    assert not re.search(r"https?://|url\(|@import", page)
    assert "default-src 'none'" in page


def test_dates_beyond_pandas_range_are_judged_not_lost() -> None:
    _, broken = judged("registrations", [MAKERS["registrations"](1, registration_date="9999-01-01")])
    assert broken[0] == {"registration_date_not_after_delivery"}


def test_an_unknown_value_set_is_an_error() -> None:
    with pytest.raises(ValueError, match="regions"):
        Judge(contract("agents"), {"schemes": []})


def test_no_window_counts_its_rows_anew_for_each_of_them() -> None:
    # DuckDB's count(*) with a filter looks at the whole frame for each row: the square of a delivery's rows
    said = [column.derived for feed in feeds() for column in contract(feed).derived]
    files = [path.read_text() for path in (*MODELS.glob("*/*.sql"), *MODELS.parents[1].glob("transforms/**/*.py"))]
    anew = re.compile(r"count\(\*\)\s*filter\s*\([^)]*\)+\s*over", re.IGNORECASE)
    assert anew.search("count(*) FILTER (WHERE programmes = 1) OVER (PARTITION BY delivery_id)")
    assert not [text for text in (*said, *files) if anew.search(text)]
