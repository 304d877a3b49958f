"""transforms.beside: what files hold beside the contract's columns, by kind, place and rows; nothing of it in clear."""

import pytest
from corpus.cases.amounts import columns, paid
from corpus.files import PAYMENTS, text, xlsx
from house import House

KEY = "content_key"


def said(house: House, day: str, *wanted: str) -> list[tuple[object, ...]]:
    listed = ", ".join(wanted or ("kind", "place", "row_count", "filled"))
    return house.lake(
        f"""select {listed} from raw.unknown_content join raw.delivery using (delivery_id)
        where business_date = date '{day}' order by all"""
    )


def left(house: House, day: str, content: bytes, extension: str) -> None:
    path = house.settings.landing / "NTB01" / f"NTB01_contributions_{day}{extension}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    house.load(day)


@pytest.mark.parametrize("extension", [".csv", ".xlsx", ".parquet"])
def test_columns_values_and_what_differs_are_noted_whatever_the_form(house: House, extension: str) -> None:
    amounts = [36_800, 42_800, 54_800, 66_800, 78_800, 36_800]
    beside = [["1", str(rp - 10_000 * (n > 4)), f"Peserta {n}"] for n, rp in enumerate(amounts)]
    beside[5][0] = "0"
    rows = [[*row, *more] for row, more in zip(paid([str(rp) for rp in amounts]), beside, strict=True)]
    header = [*PAYMENTS, "FLAG_POSTING", "DIBAYAR", "NAMA_KASIR"]
    makers = {".csv": lambda: text(rows, header).encode(), ".xlsx": lambda: xlsx([header, *rows]),
              ".parquet": lambda: columns(rows, header)}  # fmt: skip
    left(house, "2023-09-20", makers[extension](), extension)
    assert [one for one in said(house, "2023-09-20") if one[0] != "text"] == [
        ("column", "10 (J)", 6, 6),
        ("column", "11 (K)", 6, 6),
        ("column", "12 (L)", 6, 6),
        ("unlike_rupiah", "11 (K)", 1, 6),
        ("value", "10 (J)", 1, 6),
        ("value", "10 (J)", 5, 6),
    ]


def test_a_title_is_known_again_by_its_words_and_not_by_its_month(house: House) -> None:
    table = [PAYMENTS, *paid([36_800] * 2)]
    for day, title in (
        ("2023-09-20", "Iuran 1 s.d. 20 September 2023 (Peserta Rahayu)"),
        ("2023-10-02", "IURAN 1 s.d. 2 Oktober 2023 (peserta rahayu)"),
        ("2023-10-03", "Iuran belum masuk 3 Oktober 2023"),
    ):
        rows = [[*row[:3], day, day[:7], *row[5:]] for row in table[1:]]
        numbered = [[f"{day}-{row[0]}", *row[1:]] for row in rows]
        left(house, day, xlsx([[title], PAYMENTS, *numbered]), ".xlsx")
    keys = [said(house, day, "place", KEY) for day in ("2023-09-20", "2023-10-02", "2023-10-03")]
    first, again, other = (dict(found)["1"] for found in keys)
    assert first == again != other
    assert "rahayu" not in repr(house.lake("from raw.unknown_content")).casefold()


@pytest.mark.parametrize("extension", [".csv", ".txt", ".parquet"])
def test_a_file_without_a_title_has_no_text_that_is_new(house: House, extension: str) -> None:
    rows = paid(["36800"] * 4)
    content = columns(rows, PAYMENTS) if extension == ".parquet" else text(rows, PAYMENTS, ";").encode()
    left(house, "2023-09-20", content, extension)
    assert house.lake("select accepted from raw.delivery where accepted > 0") == [(4,)]
    assert said(house, "2023-09-20") == []
