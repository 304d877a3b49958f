from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from reports import words
from reports.read import listed
from reports.words import DASH, MINUS, both


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (1234567, 0, "1.234.567"),
        (0, 0, "0"),
        (-935, 0, f"{MINUS}935"),
        (Decimal("1234.565"), 2, "1.234,57"),
        (26.0, 1, "26,0"),
        (0.5, 0, "1"),  # half up, not half to even
        (-0.04, 1, "0,0"),
        (2**70, 0, "1.180.591.620.717.411.303.424"),
        (None, 1, DASH),
    ],
)
def test_numbers_are_written_the_indonesian_way(value: float | None, decimals: int, expected: str) -> None:
    assert words.number(value, decimals) == expected


def test_what_is_unknown_is_a_dash_and_never_zero() -> None:
    assert words.percent(None) == words.rupiah(None) == words.day(None) == words.month(None) == DASH
    assert words.figure(None, "coverage_pct") == words.short_rupiah(None) == words.label(None) == DASH
    assert words.percent(0) == "0,0 %"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (999_999, "Rp 999.999"),
        (672_698_279, both("Rp 672,7 juta", "Rp 672.7 million")),
        (64_100_000_000, both("Rp 64,1 miliar", "Rp 64.1 billion")),
        (Decimal(2_000_000_000_000), both("Rp 2,0 triliun", "Rp 2.0 trillion")),
    ],
)
def test_large_amounts_in_short(value: int, expected: str) -> None:
    assert words.short_rupiah(value) == expected


@pytest.mark.parametrize(
    ("value", "subject", "as_printed", "sign", "expected"),
    [
        (Decimal("25.0000"), "coverage_pct", True, False, "25 %"),
        (Decimal("26.0000"), "coverage_pct", False, False, "26,0 %"),
        (Decimal("-1.0000"), "coverage_pct", False, True, both(f"{MINUS}1,0 poin", f"{MINUS}1.0 points")),
        (Decimal("7.8000"), "ucj_points", True, False, both("7,8 poin", "7.8 points")),
        (Decimal("64100000000.0000"), "perisai_claims_paid_rp", True, False, "Rp 64.100.000.000"),
        (Decimal("935.0000"), "perisai_registrations", False, True, "+935"),
    ],
)
def test_figures_have_the_unit_of_their_subject(
    value: Decimal, subject: str, as_printed: bool, sign: bool, expected: str
) -> None:
    assert words.figure(value, subject, as_printed=as_printed, sign=sign) == expected


def test_dates_and_months_in_both_languages() -> None:
    assert words.day(date(2023, 10, 3)) == both("3 Oktober 2023", "3 October 2023")
    assert words.month(date(2024, 8, 1)) == both("Agustus 2024", "August 2024")


def test_reasons_are_halved_into_their_languages() -> None:
    assert words.reason("Kolom tidak ada / no column") == both("Kolom tidak ada", "no column")
    assert words.reason("Kolom NIK / KTP ganda / NIK / KTP twice") == both("Kolom NIK / KTP ganda", "NIK / KTP twice")
    assert words.reason("superseded by x_r2.csv") == "superseded by x_r2.csv"
    assert words.reason("satu / two / tiga") == "satu / two / tiga"
    assert words.reason(None) == ""


def test_a_code_without_a_word_stands_for_itself() -> None:
    assert words.label("absent") == both("Tidak ada", "Absent")
    assert words.label("<new>") == "<new>"


def test_changes_have_a_sign_and_sectors_a_name_in_each_language() -> None:
    assert (words.signed(3), words.signed(-1.25, 1), words.signed(None)) == ("+3", f"{MINUS}1,3", DASH)
    assert words.sector("food_service", "Makan minum") == both("Makan minum", "Food service")
    assert words.in_digits(date(2023, 10, 3)) == "03/10"


def test_sentences_in_both_languages_escape_what_they_are_made_of() -> None:
    said = words.both_of("{} dari {}", "{} of {}", "<b>", words.both("dua", "two"))
    assert str(said).count("&lt;b&gt;") == 2
    assert str(said).count(str(words.both("dua", "two"))) == 2


def test_no_code_is_named_twice() -> None:
    codes = [row["code"] for row in listed("codes.csv")]
    assert sorted(codes) == sorted(words.codes())
