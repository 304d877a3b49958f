"""What is pooled in the tables of claims says for how many parts it stands."""

from __future__ import annotations

from tests.reports.test_site import soup, table


def test_a_pooled_row_says_how_many_parts_it_stands_for(drawn: dict[str, str]) -> None:
    twelve = ["12", "Rp 3.400.000"]
    assert table(soup(drawn), "klaim-status")["Digabung 4 bagian"] == ["Ditetapkan", *twelve, *twelve]
    assert "Pooled 4 parts" in table(soup(drawn, lang="en"), "klaim-status")


def test_months_of_which_it_is_not_told_make_it_at_least_so_many(drawn: dict[str, str]) -> None:
    assert table(soup(drawn), "klaim-age_band") == {"Digabung sedikitnya 2 bagian": ["16", "Rp 312.345.678"]}
    assert "Pooled at least 2 parts" in table(soup(drawn, lang="en"), "klaim-age_band")
