from __future__ import annotations

from expectations.wording import counted, together


def test_a_number_has_the_word_that_goes_with_it() -> None:
    assert [counted(number, "row", "rows") for number in (0, 1, 1_200)] == ["0 rows", "1 row", "1,200 rows"]


def test_reasons_in_two_languages_are_one_in_two() -> None:
    quoted = "Kolom A / B diabaikan / column A / B is ignored"
    assert together("satu / one", "", None, quoted, "dua / two") == (
        "satu. Kolom A / B diabaikan. dua / one. column A / B is ignored. two"
    )
    assert together(together("satu / one", "dua / two"), "tiga / three") == "satu. dua. tiga / one. two. three"
    assert together("only one language") == "only one language"
    assert together() == ""
