"""Amounts, words for empty, text tricks and personal data in the wrong column, in other formats and feeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from corpus.case import Case, each
from corpus.cases.dates import card
from corpus.files import PAYMENTS, PEOPLE, Cells, parquet, payment, person, text, with_cell, xls, xlsx

CLAIMS = [
    "NO_KLAIM", "KODE_CABANG", "KPJ", "PROGRAM_KLAIM", "JENIS_MANFAAT", "STATUS_KLAIM", "TGL_PENGAJUAN", "TGL_STATUS",
    "NILAI_KLAIM",
]  # fmt: skip
ROSTER = [
    "KODE_PERISAI", "KODE_CABANG", "NAMA_PERISAI", "KODE_KAB_KOTA", "TGL_GABUNG", "STATUS", "KODE_WADAH", "NAMA_WADAH",
    "NO_PKS", "SKEMA", "PKS_MULAI", "PKS_AKHIR",
]  # fmt: skip
_DAY = date(2023, 9, 13)
BIG = range(2, 42)
"""Lines of a column of forty cells."""


def claim(n: int, amount: Any) -> Cells:
    return [
        f"KLM-{n:07d}", "NTB01", f"{n:011d}", "JKM", "SANTUNAN_KEMATIAN", "Diajukan", "2023-09-01", "2023-09-02",
        amount,
    ]  # fmt: skip


def agent(n: int, **cells: Any) -> Cells:
    row = [
        f"AB{n:05d}", "NTB01", "Agen Contoh", "5271", "2022-01-03", "AKTIF", "W00001", "Wadah Contoh", "PKS/2022/0001",
        "perisai-13-2022", "2022-01-01", "2025-12-31",
    ]  # fmt: skip
    return [cells.get(name, cell) for name, cell in zip(ROSTER, row, strict=True)]


def paid(amounts: Sequence[Any], at: str = "JUMLAH_IURAN") -> list[Cells]:
    """Payments on lines from 2 on, one for each amount."""
    return [with_cell(payment(n), at, amount) for n, amount in enumerate(amounts, start=1)]


def csv(rows: Sequence[Cells], header: Sequence[str] = PAYMENTS, delimiter: str = ";") -> bytes:
    return text(rows, header, delimiter).encode()


def columns(rows: Sequence[Cells], header: Sequence[str], **typed: Any) -> bytes:
    """The rows as Parquet."""
    return parquet(dict(zip(header, map(list, zip(*rows, strict=True)), strict=True)) | typed)


def cases() -> Iterator[Case]:
    yield from forms()
    yield from damage()
    yield from words_for_empty()
    yield from tricks()
    yield from personal()


def forms() -> Iterator[Case]:
    alike = each(range(2, 8), amount_rp=36_800, kpj=card)
    spaced = ["Rp\u00a036.800,00", "Rp\u202f36.800", "36.800\u00a0", "IDR\u00a036.800", "Rp.36.800,-", "36.800 IDR"]
    yield Case("money_spaced_csv", ".csv", csv(paid(spaced)), 6, rows=alike)
    yield Case("money_spaced_xlsx", ".xlsx", xlsx([PAYMENTS, *paid(spaced)]), 6, rows=alike)
    yield Case("money_spaced_parquet", ".parquet", columns(paid(spaced), PAYMENTS), 6, rows=alike)
    signs = ["-Rp36.800", "Rp -36.800", "(36.800)", "(Rp 36.800,00)", "\u221236.800", "Rp-36.800,-"]
    refunds = each(range(2, 8), amount_rp=-36_800)
    yield Case("money_paid_back_csv", ".csv", csv(paid(signs)), 6, rows=refunds)
    yield Case("money_paid_back_xls", ".xls", xls([PAYMENTS, *paid(signs)]), 6, rows=refunds)
    behind = csv(paid(["36.800-", *["36.800"] * 11]))
    yield Case("minus_behind_csv", ".csv", behind, 11, (2,), rules={2: "amount_rp_minus_before"})
    decimals = ["42000000.0000", "42000000.00", "4.2E7", "42,000,000", "42000000", "42,000,000.0"]
    yield Case(
        "claims_in_english_csv",
        ".csv",
        csv([claim(n, amount) for n, amount in enumerate(decimals, start=1)], CLAIMS),
        6,
        feed="claims",
        rows=each(range(2, 8), amount_rp=42_000_000),
        forms={"NILAI_KLAIM": "1,840,000.00"},
    )
    noise = [36799.99999999999, 36800.00000000001, 36800.0, 36800, 36800.0, 36800.0]
    yield Case("float_noise_xlsx", ".xlsx", xlsx([PAYMENTS, *paid(noise)]), 6, rows=alike)
    yield Case("float_noise_xls", ".xls", xls([PAYMENTS, *paid(noise)]), 6, rows=alike)
    yield Case("float_noise_parquet", ".parquet", columns(paid(noise), PAYMENTS), 6, rows=alike)
    comma = csv(paid(["36799,99999999999", *["36800"] * 5]))
    yield Case("float_noise_with_a_comma_csv", ".csv", comma, 6, rows=alike)
    exponents = csv(paid(["1.84E+06", *["36800"] * 11]))
    yield Case("amount_with_an_exponent_csv", ".csv", exponents, 11, (2,), rules={2: "amount_rp_not_scientific"})
    wages = ["1.500.000", "1.500.000,00", "Rp 1.500.000", "1'500'000"]
    people = [with_cell(person(n), "UPAH", wage, PEOPLE) for n, wage in enumerate(wages, start=1)]
    yield Case(
        "wages_in_groups_xlsx",
        ".xlsx",
        xlsx([PEOPLE, *people]),
        4,
        feed="registrations",
        rows=each(range(2, 6), declared_income_rp=1_500_000),
        forms={"UPAH": "1.840.000,00"},
    )


def damage() -> Iterator[Case]:
    eaten = [36.8, 168, 168, 110.4, 168, 168]
    yield Case("thousands_eaten_xlsx", ".xlsx", xlsx([PAYMENTS, *paid(eaten)]), refused="36.800 became 36.8")
    yield Case("thousands_eaten_xls", ".xls", xls([PAYMENTS, *paid(eaten)]), refused="36.800 became 36.8")
    floats = columns(paid([float(amount) for amount in eaten]), PAYMENTS)
    yield Case("thousands_eaten_parquet", ".parquet", floats, refused="36.800 became 36.8")
    claims = csv([claim(n, amount) for n, amount in enumerate(["1.84", "500", "750", "1.5"], start=1)], CLAIMS, ",")
    yield Case("thousands_eaten_of_claims_csv", ".csv", claims, refused="NILAI_KLAIM", feed="claims")
    whole = csv(paid(["168", "37", *["36800"] * 10]))
    yield Case(
        "thousands_eaten_without_a_trace_csv",
        ".csv",
        whole,
        10,
        (2, 3),
        rules=dict.fromkeys((2, 3), "amount_thousands_kept"),
    )
    three = paid(["42000.000", "36800.000", "36800.000", "110400.000"])
    numeric = each([3, 4], amount_rp=36_800) | each([2], amount_rp=42_000) | each([5], amount_rp=110_400)
    yield Case("three_decimals_xlsx", ".xlsx", xlsx([PAYMENTS, *three]), 4, rows=numeric)
    commas = [with_cell(row, "JUMLAH_IURAN", row[7].replace(".", ",")) for row in three]
    yield Case("three_decimals_with_commas_csv", ".csv", csv(commas), 4, rows=numeric)
    yield Case(
        "three_decimals_or_thousands_csv",
        ".csv",
        csv(paid(["168.000"] * 12 + ["36800.000"])),
        refused="line 14 (36800.000)",
    )
    both = csv(paid(["36.800"] * 6 + ["36,800"] * 6))
    yield Case("two_forms_of_money_csv", ".csv", both, refused="line 2 (1.840.000,00)")
    for cell, rule in {"36,800": "in_one_form", "36.80": "not_a_fraction", "#REF!": "not_an_error"}.items():
        cells = ["36.800"] * 40
        cells[7] = cell
        yield Case(
            f"one_odd_amount_{rule}_csv",
            ".csv",
            csv(paid(cells)),
            39,
            (9,),
            rules={9: f"amount_rp_{rule}"},
            rows=each([line for line in BIG if line != 9], amount_rp=36_800),
        )
    months = csv(paid(["1.000", "1,0", "1.0", "1"], "JUMLAH_BULAN"))
    yield Case("months_with_decimals_csv", ".csv", months, 4, rows=each(range(2, 6), months=1))


def words_for_empty() -> Iterator[Case]:
    words = ["NULL", r"\N", "-", "N/A", "nihil", "KOSONG", "(null)", "None", "nan", "NA", "[NULL]", "\u200b"]
    people = []
    for n, word in enumerate(words, start=1):
        row = with_cell(with_cell(person(n), "KODE_PERISAI", word, PEOPLE), "HANDPHONE", word, PEOPLE)
        people.append(with_cell(row, "JENIS_PEKERJAAN", word, PEOPLE))
    lines = range(2, len(words) + 2)
    nobody = each(lines, agent_code=None, phone=None, occupation=None, kpj=card)
    feed = "registrations"
    yield Case("words_for_empty_csv", ".csv", csv(people, PEOPLE), 12, feed=feed, rows=nobody)
    yield Case("words_for_empty_xlsx", ".xlsx", xlsx([PEOPLE, *people]), 12, feed=feed, rows=nobody)
    yield Case("words_for_empty_parquet", ".parquet", columns(people, PEOPLE), 12, feed=feed, rows=nobody)
    yield Case("words_for_empty_xls", ".xls", xls([PEOPLE, *people]), 12, feed=feed, rows=nobody)
    required = [with_cell(row, "NAMA_LENGKAP", "NULL", PEOPLE) if n == 1 else row for n, row in enumerate(people)]
    yield Case(
        "word_for_empty_in_a_required_cell_csv",
        ".csv",
        csv(required, PEOPLE, ","),
        11,
        (3,),
        feed=feed,
        rules={3: "full_name_present"},
    )
    errors = [with_cell(person(n), "KODE_PERISAI", "#N/A" if n == 1 else "-", PEOPLE) for n in range(1, 11)]
    errors[1] = with_cell(errors[1], "JENIS_PEKERJAAN", "#REF!", PEOPLE)
    errors[2] = with_cell(errors[2], "HANDPHONE", "#VALUE!", PEOPLE)
    yield Case(
        "errors_are_not_empty_csv",
        ".csv",
        csv(errors, PEOPLE),
        7,
        (2, 3, 4),
        feed=feed,
        rules={2: "agent_code_form", 3: "occupation_form", 4: "row_readable"},
        rows=each(range(5, 12), agent_code=None),
    )


def tricks() -> Iterator[Case]:
    alike = each(range(2, 8), amount_rp=36_800, kpj=card, payment_date=_DAY)
    formulas = [[f'="{cell}"' for cell in payment(n)] for n in range(1, 7)]
    yield Case("all_cells_as_formulas_csv", ".csv", csv(formulas), 6, rows=alike)
    quoted = csv(formulas, PAYMENTS, ",")
    yield Case("all_cells_as_formulas_in_quotes_csv", ".csv", quoted, 6, rows=alike)
    unquoted = "\n".join([";".join(PAYMENTS), *(";".join(row) for row in formulas), ""]).encode()
    yield Case("all_cells_as_formulas_without_quotes_csv", ".csv", unquoted, 6, rows=alike)
    apostrophes = [
        [f"'{cell}" if name in ("NO_BUKTI", "KODE_CABANG", "KPJ", "TGL_BAYAR", "JUMLAH_IURAN") else cell
         for name, cell in zip(PAYMENTS, payment(n), strict=True)]
        for n in range(1, 7)
    ]  # fmt: skip
    yield Case("cells_with_apostrophes_xlsx", ".xlsx", xlsx([PAYMENTS, *apostrophes]), 6, rows=alike)
    yield Case("cells_with_apostrophes_parquet", ".parquet", columns(apostrophes, PAYMENTS), 6, rows=alike)
    hidden = [[f"\ufeff{cell}\u200b\u00a0" for cell in payment(n)] for n in range(1, 7)]
    yield Case("invisible_characters_xls", ".xls", xls([PAYMENTS, *hidden]), 6, rows=alike)
    yield Case("invisible_characters_csv", ".csv", csv(hidden, PAYMENTS, ","), 6, rows=alike)
    names = [with_cell(person(1), "NAMA_LENGKAP", "'Aisyah Contoh", PEOPLE), person(2)]
    names[1] = with_cell(names[1], "HANDPHONE", "'081234567890", PEOPLE)
    yield Case(
        "apostrophes_of_names_csv",
        ".csv",
        csv(names, PEOPLE),
        2,
        feed="registrations",
        rows={2: {"full_name": "'Aisyah Contoh"}, 3: {"phone": "081234567890"}},
    )


def personal() -> Iterator[Case]:
    numbers = ["PAY-5271015005800001", "PAY/00000000017", "PAY-0812-3456-7890", "5271.0150.0580.0001-A"]
    good = ["INV/2023/09/0000123", "PAY20230913001", "REG/5271/0000123", "2023-0000123/A", "NTB01/B/00000001"]
    rows = [with_cell(payment(n), "NO_BUKTI", number) for n, number in enumerate([*numbers, *good, *"ABCDEFGHIJK"], 1)]
    rejected = (2, 3, 4, 5)
    rules = dict.fromkeys(rejected, "receipt_no_not_personal")
    kept = {line: {"receipt_no": number} for line, number in enumerate(good, start=6)}
    yield Case("personal_receipts_csv", ".csv", csv(rows), 16, rejected, rules=rules, rows=kept)
    yield Case("personal_receipts_parquet", ".parquet", columns(rows, PAYMENTS), 16, rejected, rules=rules, rows=kept)
    said = [
        "Tani 5271015005800001",
        "0812 3456 7890",
        "Dagang, HP +62 812-3456-7890",
        "dagang@contoh.example",
        "x" * 61,
    ]
    people = [
        with_cell(person(n), "JENIS_PEKERJAAN", work, PEOPLE) for n, work in enumerate([*said, *["Tani"] * 10], 1)
    ]
    yield Case(
        "personal_occupations_xlsx",
        ".xlsx",
        xlsx([PEOPLE, *people]),
        13,  # the words go to the vault, whatever they say
        (5, 6),
        feed="registrations",
        rules=dict.fromkeys((5, 6), "occupation_form"),
        rows={line: {"nik": people[line - 2][3], "occupation": said[line - 2]} for line in (2, 3, 4)},
    )
    claims = [with_cell(claim(n, "42000000"), "NO_KLAIM", f"KLM/{n:011d}", CLAIMS) for n in (1, 2)]
    claims += [claim(n, "42000000") for n in range(3, 13)]
    yield Case(
        "personal_claims_csv",
        ".csv",
        csv(claims, CLAIMS, ","),
        10,
        (2, 3),
        feed="claims",
        rules=dict.fromkeys((2, 3), "claim_no_not_personal"),
    )
    roster = [agent(1, NAMA_WADAH="Wadah 0812 3456 7890"), agent(2, NO_PKS="PKS-527101-500580-0001"), agent(3)]
    roster += [agent(n) for n in range(4, 12)]
    yield Case(
        "personal_rosters_csv",
        ".csv",
        csv(roster, ROSTER),
        9,
        (2, 3),
        feed="agents",
        rules={2: "wadah_name_not_personal", 3: "pks_no_not_personal"},
    )
