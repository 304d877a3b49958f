"""core.revision_change: which columns a revision changed, on how many documents, and whether from the row beside."""

from datetime import date

import pytest

DAY = date(2023, 10, 13)
TODAY = date(2023, 10, 31)
MANY, SLIPPED = "revision_changes_many", "revision_slipped"


def version(name, revision, outcome="superseded", feed="contributions", day=DAY, **more):
    of = {"delivery_id": name, "branch_code": "NTB01", "feed": feed, "business_date": day, "revision": revision}
    return of | {"arrival": revision, "outcome": outcome, "effective": outcome == "accepted"} | more


def payment(n, **more):
    """Payment n, of an own card and amount, in line n + 2."""
    return {
        "receipt_no": f"B{n:02}", "card_key": f"card {n}", "payment_date": date(2023, 10, 12),
        "first_month": date(2023, 9, 1), "months": 1, "programmes": 2, "amount_rp": 1_000 + n,
        "payer": "PESERTA", "line_no": n + 2,
    } | more  # fmt: skip


def file(name, rows, day=DAY):
    return [row | {"delivery_id": name, "business_date": day} for row in rows]


@pytest.fixture
def changes(run):
    """What the model says of the versions of one date, which are given as lists of rows, the last one effective."""

    def changes(*versions, feed="contributions", columns="heading documents changed neighbours kind", **tables):
        last = len(versions)
        known = {
            "core.delivery": [
                version(f"r{n}", n, "accepted" if n == last else "superseded", feed) for n in range(1, last + 1)
            ],
            "raw.business_day": [{"business_date": TODAY}],
        }
        rows = [row for n, one in enumerate(versions, 1) for row in file(f"r{n}", one)]
        sources = {f"raw.{name}": [] for name in ("registrations", "contributions", "claims", "agents")}
        return run("core.revision_change", sources | known | {f"raw.{feed}": rows} | tables, columns)

    return changes


def with_cells(rows, column, values, since=0):
    """The rows with other values in a column, from a row on."""
    return [*rows[:since], *(row | {column: said} for row, said in zip(rows[since:], values, strict=False))]


ROWS = [payment(n) for n in range(20)]
CARDS = [row["card_key"] for row in ROWS]


def test_what_did_not_change_is_not_there(changes):
    assert changes(ROWS) == changes(ROWS, ROWS) == changes(ROWS, list(reversed(ROWS))) == []
    assert changes(ROWS, [*ROWS, payment(20)]) == changes(ROWS, ROWS[:5]) == []


def test_a_column_that_slipped_by_a_row_is_told(changes):
    down, up = [*ROWS[:10], *with_cells(ROWS[10:], "card_key", CARDS[9:19])], with_cells(ROWS, "card_key", CARDS[1:6])
    assert changes(ROWS, down) == [("KPJ", 20, 10, 10, SLIPPED)]
    assert changes(ROWS, [*up, *ROWS[5:]]) == [("KPJ", 20, 5, 5, SLIPPED)]
    assert changes(ROWS, [*up[:4], *ROWS[4:]]) == [("KPJ", 20, 4, 4, None)]


@pytest.mark.parametrize(("strange", "kind"), [(5, SLIPPED), (6, MANY)])
def test_half_of_what_changed_has_to_be_the_neighbours(changes, strange, kind):
    now = [*with_cells(ROWS, "card_key", CARDS[1:6])[:5], *ROWS[5:]]
    now = [*now[:-strange], *(row | {"card_key": f"new {n}"} for n, row in enumerate(now[-strange:]))]
    assert changes(ROWS, now) == [("KPJ", 20, 5 + strange, 5, kind)]


@pytest.mark.parametrize(("changed", "of", "kind"), [(4, 4, None), (5, 25, MANY), (5, 26, None)])
def test_many_documents_are_told_and_a_few_are_not(changes, changed, of, kind):
    rows = [payment(n) for n in range(of)]
    now = [row | ({"first_month": date(2023, 10, 1)} if n < changed else {}) for n, row in enumerate(rows)]
    columns = "delivery_id heading documents changed neighbours amount_rp moves_money kind"
    rupiah = sum(row["amount_rp"] for row in rows[:changed])
    assert changes(rows, now, columns=columns) == [("r2", "BULAN_AWAL", of, changed, 0, rupiah, True, kind)]


def test_a_value_that_most_rows_have_is_a_neighbours_by_chance(changes):
    rows = [row | {"programmes": 3 - n % 2} for n, row in enumerate([payment(n) for n in range(40)])]
    turned = [row | ({"programmes": 5 - row["programmes"]} if n < 6 else {}) for n, row in enumerate(rows)]
    assert changes(rows, turned) == [("PROGRAM", 40, 6, 6, None)]
    more = [row | ({"programmes": 5 - row["programmes"]} if n < 8 else {}) for n, row in enumerate(rows)]
    assert changes(rows, more) == [("PROGRAM", 40, 8, 8, MANY)]


def test_a_cell_that_is_emptied_changed_and_one_that_is_filled_in_did_not(changes):
    empty = [row | {"payer": None} for row in ROWS]
    assert changes(empty, ROWS) == changes(empty, empty) == []
    assert changes(ROWS, empty) == [("PEMBAYAR", 20, 20, 0, MANY)]


def test_a_version_is_compared_with_the_first_that_had_the_document(changes):
    wrong = with_cells(ROWS, "card_key", CARDS[1:])  # without the last row
    assert changes(ROWS, wrong, ROWS) == [], "the branch has put it right"
    corrected = [*wrong[:-1], wrong[-1] | {"amount_rp": 7}]
    told = [("JUMLAH_IURAN", 19, 1, 0, None), ("KPJ", 19, 19, 19, SLIPPED)]
    assert changes(ROWS, wrong, corrected) == told, "one cell was corrected, and the cards are still wrong"
    assert changes(ROWS[:8], ROWS, [*ROWS[:8], *with_cells(ROWS[8:], "card_key", CARDS[9:])]) == [
        ("KPJ", 19, 11, 11, SLIPPED)
    ]


@pytest.mark.parametrize("double", [1, 2], ids=["before", "now"])
def test_a_number_that_stands_twice_is_not_compared(changes, double):
    other = [row | {"card_key": "other"} for row in ROWS]
    versions = [ROWS, other]
    versions[double - 1] = [*versions[double - 1], versions[double - 1][0] | {"line_no": 99}]
    assert changes(*versions) == [("KPJ", 19, 19, 0, MANY)]


@pytest.mark.parametrize(("past", "told"), [
    ({}, True), ({"outcome": "refused"}, False), ({"branch_code": "NTB02"}, False), ({"feed": "claims"}, False),
    ({"business_date": date(2023, 10, 12)}, False),
])  # fmt: skip
def test_versions_of_one_branch_feed_and_date_are_compared(changes, past, told):
    versions = [version("r1", 1) | past, version("r2", 2, "accepted")]
    found = changes(ROWS, [row | {"months": 2} for row in ROWS], columns="heading", **{"core.delivery": versions})
    assert found == (["JUMLAH_BULAN"] if told else [])


@pytest.mark.parametrize(("day", "told"), [(date(2022, 10, 31), False), (date(2022, 11, 1), True)])
def test_what_is_long_ago_is_not_compared(changes, day, told):
    versions = [version("r1", 1, day=day), version("r2", 2, "accepted", day=day)]
    rows = [*file("r1", ROWS, day), *file("r2", [row | {"months": 2} for row in ROWS], day)]
    tables = {"core.delivery": versions, "raw.contributions": rows}
    assert changes(ROWS, ROWS, columns="heading", **tables) == (["JUMLAH_BULAN"] if told else [])


REGISTRATION = {
    "participant_key": ("NIK", True), "card_key": ("KPJ", True), "name_key": ("NAMA_LENGKAP", False),
    "registration_date": ("TGL_DAFTAR", True), "birth_year": ("TGL_LAHIR", False), "sex": ("JENIS_KELAMIN", False),
    "phone_key": ("HANDPHONE", False), "occupation_key": ("JENIS_PEKERJAAN", False),
    "region_code": ("KODE_KAB_KOTA", False), "programmes": ("PROGRAM", False), "agent_code": ("KODE_PERISAI", True),
    "registered_at": ("JAM_DAFTAR", False),
}  # fmt: skip
CONTRIBUTION = {
    "card_key": ("KPJ", True), "name_key": ("NAMA_PESERTA", False), "payment_date": ("TGL_BAYAR", True),
    "first_month": ("BULAN_AWAL", True), "months": ("JUMLAH_BULAN", True), "programmes": ("PROGRAM", False),
    "amount_rp": ("JUMLAH_IURAN", True), "payer": ("PEMBAYAR", False),
}  # fmt: skip
CLAIM = {
    "card_key": ("KPJ", True), "name_key": ("NAMA_PESERTA", False), "programme": ("PROGRAM_KLAIM", False),
    "benefit": ("JENIS_MANFAAT", False), "submitted_date": ("TGL_PENGAJUAN", False),
    "status_date": ("TGL_STATUS", False), "amount_rp": ("NILAI_KLAIM", False),
}  # fmt: skip
ROSTER = {
    "participant_key": ("NIK", True), "name_key": ("NAMA_PERISAI", False), "region_code": ("KODE_KAB_KOTA", False),
    "joined_date": ("TGL_GABUNG", False), "status": ("STATUS", True), "wadah_code": ("KODE_WADAH", True),
    "wadah_name": ("NAMA_WADAH", False), "pks_no": ("NO_PKS", False), "scheme": ("SKEMA", True),
    "pks_from": ("PKS_MULAI", True), "pks_to": ("PKS_AKHIR", True),
}  # fmt: skip
DAYS = ("registration_date", "payment_date", "first_month", "submitted_date", "status_date", "joined_date", "pks_from")
VALUES = dict.fromkeys((*DAYS, "pks_to"), (date(2023, 9, 1), date(2023, 9, 2))) | {
    "programmes": (2, 3), "months": (1, 2), "birth_year": (1990, 1991), "amount_rp": (7, 8),
    "registered_at": ("08:00", "09:00"),
}  # fmt: skip


@pytest.mark.parametrize(("feed", "number", "columns"), [
    ("registrations", {"registration_no": "R1"}, REGISTRATION),
    ("contributions", {"receipt_no": "B1"}, CONTRIBUTION),
    ("claims", {"claim_no": "C1", "status": "Diajukan"}, CLAIM),
    ("agents", {"agent_code": "AB1"}, ROSTER),
])  # fmt: skip
def test_every_column_of_every_feed_is_compared(changes, feed, number, columns):
    before, now = (
        number | {"line_no": 2} | {name: VALUES.get(name, ("a", "b"))[n] for name in columns} for n in range(2)
    )
    found = changes([before], [now], feed=feed, columns="heading moves_money amount_rp changed")
    rupiah = 8 if feed == "contributions" else None
    assert found == sorted((heading, moves, rupiah, 1) for heading, moves in columns.values())
    other = dict.fromkeys(number, "other")
    assert changes([before], [now | other], feed=feed) == []


def test_statuses_of_one_claim_are_documents_of_their_own(changes):
    first = {"claim_no": "C1", "status": "Diajukan", "amount_rp": 7, "line_no": 2}
    second = {"claim_no": "C1", "status": "Ditetapkan", "amount_rp": 6, "line_no": 3}
    assert changes([first, second], [second, first], feed="claims") == []
    assert changes([first, second], [first, second | {"amount_rp": 5}], feed="claims") == [
        ("NILAI_KLAIM", 2, 1, 0, None)
    ]


@pytest.mark.parametrize(("before", "now"), [(None, "AB1"), ("AB1", None), ("AB1", "AB2")])
def test_an_agent_who_comes_or_goes_is_a_change(changes, before, now):
    rows = [{"registration_no": f"R{n}", "line_no": n, "agent_code": before} for n in range(5)]
    found = changes(rows, [row | {"agent_code": now} for row in rows], feed="registrations")
    assert found == [("KODE_PERISAI", 5, 5, 0, MANY)]
