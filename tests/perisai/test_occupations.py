"""Words for occupations rest in the vault; the lake knows what they mean, and those that many people said."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest
from house import House, registration

from perisai import day as steps
from perisai.settings import PACKAGED_REFERENCE, Settings

DAY = "2023-09-30"
SAID = ["Pawang hujan"] * 3 + ["pawang  HUJAN."] * 2 + ["Pedagang Siti Contohwati", "Siti Contohwati", "pawang ular"]
SAID += ["Juru 12 kunci"] * 6 + [" . ", None]


def meaning(house: House) -> dict[tuple[str | None, str | None, str], int]:
    rows = house.lake("select normal_form, withheld, sector, sum(people) from core.occupation_sector group by all")
    return {(words, withheld, sector): people for words, withheld, sector, people in rows}


@pytest.mark.slow
def test_words_that_may_name_somebody_stay_in_the_vault(tmp_path: Path) -> None:
    reference = tmp_path / "reference"
    shutil.copytree(PACKAGED_REFERENCE, reference)
    settings = Settings(
        home=tmp_path / "data", reference=reference, hmac_key="h" * 32, vault_key="v" * 32, max_missing_share=1
    )
    house = House(settings)
    people = [registration(n, occupation=words) for n, words in enumerate(SAID, start=1)]
    # five registrations of one person are not five people
    people += [registration(1, registration_no=f"LAGI-{n}", occupation="Siti Contohwati") for n in range(5)]
    house.leave("NTB01", "registrations", DAY, people)
    house.run(DAY)
    found = meaning(house)
    assert found["PAWANG HUJAN", None, "unmapped"] == 5
    assert found[None, "few_people", "trade"] == 1, "what a text means is known, its words are not"
    assert found[None, "digits", "unmapped"] == 6
    assert {words for words, _, _ in found} == {None, "PAWANG HUJAN"}
    assert house.published("from marts.occupation_unmapped") == [
        (None, "digits", 1, 6),
        ("PAWANG HUJAN", None, 1, 5),
        (None, "few_people", 2, 2),
    ]

    needles = [word.encode() for word in ("Contohwati", "CONTOHWATI", "Pedagang Siti", "Juru 12", "JURU 12")]
    files = [path for path in settings.lake.rglob("*") if path.is_file()]
    files += [path for path in settings.published.rglob("*") if path.is_file()]
    assert len(files) > 20
    assert [path for path in files for needle in needles if needle in path.read_bytes()] == []
    with duckdb.connect() as con:
        for path in (settings.lake / "data" / "raw" / "registrations").rglob("*.parquet"):
            names = con.execute(f"select name from parquet_schema('{path}')").fetchall()
            assert ("occupation_key",) in names
            assert ("occupation",) not in names

    # the list grows: what rests in the vault is read by it too
    with (reference / "occupation.csv").open("a") as file:
        file.write("PAWANG,start,livestock\n")
    assert steps.marts(settings)["changed"]
    assert meaning(house)[None, "few_people", "livestock"] == 1, "pawang ular"

    # a vault that is begun anew knows nothing: what was known of the words stays
    for folder in ("registrations", "mark"):
        shutil.rmtree(settings.vault / folder)
    (settings.vault / "begin-anew").touch()
    house.leave("NTB02", "registrations", DAY, [registration(30, branch_code="NTB02", occupation="pawang ular")])
    before = meaning(house)
    house.build(DAY)
    after = meaning(house)
    assert after["PAWANG HUJAN", None, "livestock"] == before["PAWANG HUJAN", None, "livestock"] == 5
    assert after[None, "few_people", "livestock"] == before[None, "few_people", "livestock"] + 1
    assert "not_in_vault" not in {withheld for _, withheld, _ in after}
