"""Values that are plausible alone and not beside the others: ranges, years, sums, and rows that are left out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from corpus.case import Case
from corpus.cases.amounts import CLAIMS, ROSTER, agent, claim, columns
from corpus.cases.unseen import saved
from corpus.files import PAYMENTS, PEOPLE, Cells, payment, person, text, with_cell, xlsx


def cases() -> Iterator[Case]:
    yield from ranges()
    yield from years()
    yield from sums()
    yield from twice()
    yield from weekdays()
    yield from left_out()
    yield from codes()


def months_of(n: int, first: Any, months: int) -> Cells:
    row = with_cell(with_cell(payment(n), "BULAN_AWAL", first), "JUMLAH_BULAN", str(months))
    return with_cell(row, "JUMLAH_IURAN", str(months * 36_800))


def ranges() -> Iterator[Case]:
    """The first month and the last one in one cell, which reads as a day of the last one."""
    spans = [(1, 9), (1, 1), (1, 8), (1, 10), (1, 2), (1, 12)]
    rules = dict.fromkeys((2, 4, 5, 6, 7), "first_month_no_range")
    for n, sign in enumerate("-/."):
        rows = [months_of(k, f"{a:02d}{sign}{b:02d}{sign}2023", b - a + 1) for k, (a, b) in enumerate(spans, start=1)]
        content = (".xlsx", xlsx([PAYMENTS, *rows])) if n == 1 else (".csv", text(rows, delimiter=";").encode())
        yield Case(f"ranges_of_months_{n}", *content, 1, tuple(rules), rules=rules)
    typed = [months_of(k, date(2023, b, a), b - a + 1) for k, (a, b) in enumerate(spans, start=1)]
    yield Case("ranges_of_months_as_dates", ".xlsx", xlsx([PAYMENTS, *typed]), 1, tuple(rules), rules=rules)
    first = [months_of(k, f"01-0{b}-2023", count) for k, (b, count) in enumerate([(9, 1), (9, 3), (8, 2)], start=1)]
    yield Case(
        "months_as_their_first_days", ".csv", text(first).encode(), 3, rows={3: {"first_month": date(2023, 9, 1)}}
    )


def years() -> Iterator[Case]:
    """Last year's year typed in January, a year dragged, and an agreement to 2042."""
    told: dict[str, Any] = {"day": date(2024, 1, 5)}
    paid = [with_cell(months_of(n, "2024-01", 1), "TGL_BAYAR", "2024-01-04") for n in range(1, 9)]
    paid[2] = with_cell(paid[2], "TGL_BAYAR", "2023-01-03")
    warned = {"payment_date_of_this_year": 1, "first_month_not_far_ahead": 1}
    yield Case("last_year_s_year_paid", ".csv", text(paid).encode(), 8, warned=warned, **told)
    people = [with_cell(person(n), "TGL_DAFTAR", "2024-01-04", PEOPLE) for n in range(1, 9)]
    people[5] = with_cell(people[5], "TGL_DAFTAR", "2023-01-03", PEOPLE)
    warned = {"registration_date_of_this_year": 1}
    yield Case(
        "last_year_s_year_registered", ".xlsx", xlsx([PEOPLE, *people]), 8, feed="registrations", warned=warned, **told
    )
    late = [*people[:3], *(with_cell(row, "TGL_DAFTAR", "2023-01-03", PEOPLE) for row in people[3:])]
    warned = {"registration_date_of_this_year": 0}
    yield Case(
        "a_late_file_of_last_year",
        ".csv",
        text(late, PEOPLE).encode(),
        8,
        feed="registrations",
        warned=warned,
        day=date(2024, 1, 6),
    )
    reached = [with_cell(claim(n, "42000000"), "TGL_STATUS", "2024-01-04", CLAIMS) for n in range(1, 6)]
    reached[1] = [*claim(2, "42000000")[:6], "2022-12-28", "2023-01-04", "42000000"]
    yield Case(
        "last_year_s_year_of_a_claim", ".parquet", columns(reached, CLAIMS), 5, feed="claims",
        warned={"status_date_of_this_year": 1}, **told,
    )  # fmt: skip
    ahead = ["September 2023", "September 2024", "Oktober 2023", "Agustus 2024", "Maret 2024"]
    rows = [months_of(n, month, 1) for n, month in enumerate(ahead, start=1)]
    far = {"first_month_not_far_ahead": 2}
    yield Case("months_of_a_dragged_year", ".csv", text(rows, delimiter=";").encode(), 5, warned=far)
    yield Case("months_of_a_dragged_year_xlsx", ".xlsx", xlsx([PAYMENTS, *rows]), 5, warned=far)
    for n, end in enumerate(["2042-12-31", "2032-12-31", "2026-12-31"]):
        roster = [agent(1), agent(2, NO_PKS="PKS/2022/0002", KODE_WADAH="W00002", NAMA_WADAH="Lain", PKS_AKHIR=end)]
        content = (".xlsx", xlsx([ROSTER, *roster])) if n == 1 else (".csv", text(roster, ROSTER).encode())
        warned = {"agreement_not_too_long": int(n < 2)}
        yield Case(f"an_agreement_of_years_{n}", *content, 2, feed="agents", warned=warned)


def sums() -> Iterator[Case]:
    """A total that took the place of a row's own amount, and a claim that is paid as nobody determined."""
    amounts = [1_250_300, 870_500, 640_000, 5_400_900, 930_100, 2_750_000, 1_100_400, 990_000, 3_300_250]
    for n, (at, extension) in enumerate([(9, ".csv"), (0, ".xlsx"), (4, ".parquet")]):
        values = [*amounts[:at], sum(amounts), *amounts[at:]]
        rows = [saved(k, str(rupiah)) for k, rupiah in enumerate(values, start=1)]
        content = {".csv": text(rows, CLAIMS, ";").encode(), ".xlsx": xlsx([CLAIMS, *rows])}
        yield Case(
            f"a_sum_as_a_claim_{n}", extension, content.get(extension) or columns(rows, CLAIMS), 9, (at + 2,),
            feed="claims", rules={at + 2: "claim_amount_no_sum"},
        )  # fmt: skip
    people = [with_cell(person(k), "UPAH", str(rupiah), PEOPLE) for k, rupiah in enumerate(amounts, start=1)]
    total = with_cell(person(10), "UPAH", str(sum(amounts)), PEOPLE)
    told: dict[str, Any] = {"feed": "registrations", "rules": {11: "declared_income_no_sum"}}
    yield Case("a_sum_as_an_income", ".csv", text([*people, total], PEOPLE, ";").encode(), 9, (11,), **told)
    yield Case("a_sum_as_an_income_xlsx", ".xlsx", xlsx([PEOPLE, *people, total]), 9, (11,), **told)
    few = [saved(1, "1250300"), saved(2, "870500"), saved(3, "2120800")]
    yield Case("a_claim_of_two_others", ".csv", text(few, CLAIMS).encode(), 3, feed="claims")
    for n, (paid, differs) in enumerate([("12503000", 2), ("91250300", 2), ("1250300", 0)]):
        statuses = [(1, "Ditetapkan", "1250300"), (1, "Dibayarkan", paid), (2, "Diajukan", "900000")]
        statuses.append((2, "Ditetapkan", "870500"))
        rows = [with_cell(saved(k, rupiah), "STATUS_KLAIM", status, CLAIMS) for k, status, rupiah in statuses]
        content = (".xlsx", xlsx([CLAIMS, *rows])) if n == 1 else (".csv", text(rows, CLAIMS).encode())
        yield Case(
            f"a_claim_paid_as_determined_{n}", *content, 4, feed="claims", warned={"claim_paid_as_determined": differs}
        )


def twice() -> Iterator[Case]:
    """Months of a card that are paid twice in one file: corrected, pasted below, and given back without a minus."""
    rows = [payment(n) for n in range(1, 6)]
    corrected = with_cell(with_cell(payment(2), "NO_BUKTI", "PAY-0000002A"), "JUMLAH_IURAN", "42800")
    pasted = [with_cell(with_cell(payment(n), "NO_BUKTI", f"PAY-90{n}"), "PROGRAM", "2") for n in (1, 3)]
    pasted = [with_cell(row, "JUMLAH_IURAN", "16800") for row in pasted]
    again = "payment_stands_once"
    yield Case("a_correction_beside_its_payment", ".csv", text([*rows, corrected]).encode(), 6, warned={again: 2})
    yield Case("months_pasted_below", ".xlsx", xlsx([PAYMENTS, *rows, *pasted]), 7, warned={again: 4})
    longer = with_cell(months_of(4, "2023-08", 3), "NO_BUKTI", "PAY-904")
    yield Case("months_within_others", ".csv", text([*rows, longer], delimiter=";").encode(), 6, warned={again: 2})
    back = with_cell(with_cell(payment(2), "NO_BUKTI", "PAY-902"), "JUMLAH_IURAN", "-36800")
    yield Case("a_correction_given_back", ".csv", text([*rows, back, corrected]).encode(), 7, warned={again: 0})
    for n, word in enumerate(["RFD-", "REFUND/", "Batal-"]):
        refunds = [with_cell(payment(k), "NO_BUKTI", f"{word}{k:07d}") for k in (8, 9)]
        content = (".xlsx", xlsx([PAYMENTS, *rows, *refunds])) if n == 1 else (".csv", text([*rows, *refunds]).encode())
        rules = dict.fromkeys((7, 8), "row_readable")
        yield Case(f"refunds_by_their_numbers_{n}", *content, 5, (7, 8), rules=rules)


def weekdays() -> Iterator[Case]:
    """A day dragged down with weekdays alone."""
    days = [day for n in range(30) if (day := date(2023, 9, 4) + timedelta(n)).weekday() < 5][:18]
    told: dict[str, Any] = {"day": date(2023, 10, 2)}
    refused = "rises or falls by exactly one step"
    paid = [with_cell(payment(n), "TGL_BAYAR", day) for n, day in enumerate(days, start=1)]
    yield Case("weekdays_dragged", ".xlsx", xlsx([PAYMENTS, *paid]), refused=refused, **told)
    people = [with_cell(person(n), "TGL_DAFTAR", day.isoformat(), PEOPLE) for n, day in enumerate(days, start=1)]
    yield Case(
        "weekdays_dragged_people", ".csv", text(people, PEOPLE).encode(), refused=refused, feed="registrations", **told
    )
    few = [with_cell(payment(n), "TGL_BAYAR", day) for n, day in enumerate(days[:9], start=1)]
    yield Case("weekdays_of_two_weeks", ".xlsx", xlsx([PAYMENTS, *few]), 9, day=date(2023, 10, 3))


def left_out() -> Iterator[Case]:
    """A line that says that rows are left out, and as many rows as a sheet can hold."""
    rows = [payment(n) for n in range(1, 6)]
    lines = {
        "... dst (40 baris lagi)": "40 more rows are left out, so rows are missing",
        "... (28 baris lainnya mengikuti pola yang sama)": "28 more rows are left out",
        "and 1 more row": "1 more row is left out",
        "[12 rows omitted]": "12 more rows are left out",
        "dan seterusnya ...": "more rows are left out, so rows are missing",
    }
    for n, (line, told) in enumerate(lines.items()):
        below = [*rows, [line, *[""] * 8]]
        content = (".xlsx", xlsx([PAYMENTS, *below])) if n % 2 else (".csv", (text(rows) + line + "\n").encode())
        yield Case(f"rows_left_out_{n}", *content, refused=told)
    for n, line in enumerate(["Total 5 baris data", "Tidak ada data lain", "Lain-lain: nihil"]):
        yield Case(f"rows_not_left_out_{n}", ".csv", (text(rows) + line + "\n").encode(), 5, not_data=(7,))
    for n, count in enumerate([65_535, 65_534, 1_000, 999, 5_001, 998]):
        card = "PAY-{0:07d},NTB01,{0:011d},2023-09-13,2023-09,1,3,36800,PESERTA\n"
        full = (text([]) + "".join(card.format(k) for k in range(1, count + 1))).encode()
        is_told = count in {65_535, 1_000, 999}
        reason = (
            {"reason": "as many as a sheet of a spreadsheet or a limited export holds"} if is_told else {"said": ""}
        )
        yield Case(f"a_full_sheet_{n}", ".csv", full, count, **reason)


def codes() -> Iterator[Case]:
    """A heading that names a code of a package, of which 2 may mean another thing than two programmes."""
    rows = [with_cell(with_cell(payment(n), "PROGRAM", "2"), "JUMLAH_IURAN", "16800") for n in range(1, 4)]
    header = ["Kode Paket" if name == "PROGRAM" else name for name in PAYMENTS]
    refused = "the heading of PROGRAM names a code"
    yield Case("packages_of_payments", ".csv", text(rows, header, ";").encode(), refused=refused)
    yield Case("packages_of_payments_xlsx", ".xlsx", xlsx([header, *rows]), refused=refused)
    people = [with_cell(person(n), "PROGRAM", "2", PEOPLE) for n in range(1, 4)]
    header = ["KODE_PAKET" if name == "PROGRAM" else name for name in PEOPLE]
    yield Case("packages_of_people", ".csv", text(people, header).encode(), refused=refused, feed="registrations")
    people[1] = person(2)
    yield Case("packages_with_a_three", ".csv", text(people, header).encode(), 3, feed="registrations")
