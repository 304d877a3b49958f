"""Rejects go back, and come back corrected through the same door."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from cryptography.fernet import Fernet
from house import OF_DELIVERIES, House, claim, contribution, registration
from openpyxl.workbook import Workbook
from sent_back import DAY, book_of, cells, correct_registrations, fix, leave_registrations, run
from typer.testing import CliRunner

from expectations.contract import contract
from perisai import cli, rejects, replay
from perisai import day as steps
from perisai.errors import DayFailed
from perisai.step import opened_lake, sealer
from warehouse import vault

pytestmark = pytest.mark.marts(*OF_DELIVERIES)

OUTCOMES = (
    "select file_name, outcome, lines, accepted, rejected, duplicates from marts.delivery_day"
    " where outcome <> 'absent' order by branch_code, feed, revision, file_name"
)


def correct_the_rest(book: Workbook) -> None:
    cells(book, "registrations", 9, KPJ="00000000008")
    cells(book, "registrations", 10, JENIS_KELAMIN="L")


@pytest.mark.slow
def test_rejected_rows_go_back_are_corrected_and_replace_the_file(given_back: House) -> None:
    first = "NTB01_registrations_2023-09-30.csv"
    assert given_back.lake(OUTCOMES)[0] == (first, "accepted_with_rejects", 12, 5, 6, 1)
    assert [*given_back.settings.workbooks.glob("*/*.xlsx")] == [book_of(given_back)]
    assert stat.S_IMODE(book_of(given_back).stat().st_mode) == 0o600

    corrected = fix(book_of(given_back), correct_registrations)
    (receipt,) = steps.replay(given_back.settings, corrected)
    second = "NTB01_registrations_2023-09-30_r2.csv"
    assert receipt == {"file": second, "changed": True, "lines": 11, "corrected": 2, "withdrawn": 1, "left": 3}
    assert not [*given_back.settings.landing.glob("*/.*")]
    # the other line of the repeated number is now the only one, so it is accepted though nobody touched it
    run(given_back)
    assert given_back.lake(OUTCOMES)[:2] == [
        (first, "superseded", 12, 5, 6, 1),
        (second, "accepted_with_rejects", 11, 8, 2, 1),
    ]
    people = given_back.lake("select registration_no from core.registration order by all")
    assert len(people) == 8
    assert ("REG/TWICE",) in people
    # the workbook tells now what the second file needs
    third = fix(book_of(given_back), correct_the_rest)
    (receipt,) = steps.replay(given_back.settings, third)
    assert (receipt["corrected"], receipt["left"]) == (2, 0)
    run(given_back)
    assert given_back.lake(OUTCOMES)[2] == ("NTB01_registrations_2023-09-30_r3.csv", "accepted", 11, 10, 0, 1)
    assert not book_of(given_back).exists(), "nothing is left to be corrected"


def test_a_workbook_replayed_twice_changes_nothing(given_back: House) -> None:
    corrected = fix(book_of(given_back), correct_registrations)
    steps.replay(given_back.settings, corrected)
    landed = {path: path.read_bytes() for path in given_back.settings.landing.rglob("*") if path.is_file()}
    (again,) = steps.replay(given_back.settings, corrected)
    assert (again["file"], again["changed"]) == ("NTB01_registrations_2023-09-30_r2.csv", False)
    run(given_back)
    before = given_back.lake(OUTCOMES)
    (again,) = steps.replay(given_back.settings, corrected)
    assert again["changed"] is False
    assert {path: path.read_bytes() for path in given_back.settings.landing.rglob("*") if path.is_file()} == landed
    assert given_back.load(DAY)["changed"] is False
    assert given_back.lake(OUTCOMES) == before


def test_what_a_killed_replay_was_reading_is_gone_after_the_next(
    given_back: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(Exception):
        """In the place of the signal, which leaves the file where it is."""

    def killed(_: object, __: object, path: Path, *rest: object) -> None:
        raise Killed(path)

    corrected = fix(book_of(given_back), correct_registrations)
    with monkeypatch.context() as patch, pytest.raises(Killed) as raised:
        patch.setattr(replay, "_read_again", killed)
        steps.replay(given_back.settings, corrected)
    (path,) = raised.value.args
    path.parent.mkdir(parents=True, exist_ok=True)
    (path.parent / "of-another-branch.csv").write_text("rows in clear")
    (receipt,) = steps.replay(given_back.settings, corrected)
    assert receipt["corrected"]
    assert [*given_back.settings.staging.rglob("*.csv")] == []


def test_every_line_that_was_not_corrected_goes_along_as_it_was(house: House) -> None:
    rows = [contribution(n, payer="=1+1" if n == 3 else "PESERTA") for n in range(1, 6)]
    path = house.leave("NTB01", "contributions", DAY, rows)
    odd = path.read_text().replace("PAY-0000005,NTB01", '"PAY-\n5",NTB01')
    path.write_text(odd + "PAY-0000006,NTB01\n" + "PAY-0000007,NTB01\n\n")
    run(house)
    assert house.lake(OUTCOMES)[0][1:] == ("accepted_with_rejects", 7, 3, 4, 0)
    corrected = fix(book_of(house), lambda book: cells(book, "contributions", 4, PEMBAYAR="PESERTA"))
    book = openpyxl.load_workbook(corrected)
    book["contributions"].delete_rows(4)  # a row that is deleted is not forgotten
    book.save(corrected)
    (receipt,) = steps.replay(house.settings, corrected)
    assert (receipt["lines"], receipt["corrected"], receipt["withdrawn"], receipt["left"]) == (7, 1, 0, 3)
    text = (house.settings.landing / "NTB01" / receipt["file"]).read_text()
    header, *lines = text.splitlines()
    assert header == odd.splitlines()[0]
    assert lines[:4] == [line.replace("=1+1", "PESERTA") for line in odd.splitlines()[1:5]]
    assert lines[4:] == [f"PAY- {odd.splitlines()[6].replace(chr(34), '')}", "BARIS-8,", "BARIS-9,"]
    run(house)
    assert house.lake(OUTCOMES)[1][1:] == ("accepted_with_rejects", 7, 4, 3, 0)


def test_a_row_whose_cells_were_never_known_can_be_filled_in(house: House) -> None:
    path = house.leave("NTB01", "claims", DAY, [claim(1)])
    path.write_text(path.read_text() + "CLM-0000002,NTB01\n")
    run(house)
    values = {str(c.header): str(claim(2)[c.name]) for c in contract("claims").exported if c.kept}
    steps.replay(house.settings, fix(book_of(house), lambda book: cells(book, "claims", 3, **values)))
    run(house)
    assert house.lake(OUTCOMES)[1][1:] == ("accepted", 2, 2, 0, 0)


def test_a_delivery_that_was_refused_for_its_bad_rows_can_be_corrected(house: House) -> None:
    rows = [claim(n, kpj="x" if n < 12 else f"{n:011d}") for n in range(20)]
    house.leave("NTB01", "claims", DAY, rows)
    run(house)
    assert house.lake(OUTCOMES)[0][1] == "refused"

    def correct(book: Workbook) -> None:
        told = [str(cell.value) for row in book["KIRIMAN"].iter_rows() for cell in row]
        assert any("12 dari 20 baris ditolak, terbanyak karena: KPJ terdiri" in value for value in told)
        for n in range(12):
            cells(book, "claims", n + 2, KPJ=f"{n + 100:011d}")

    steps.replay(house.settings, fix(book_of(house), correct))
    run(house)
    assert [row[1] for row in house.lake(OUTCOMES)] == ["refused", "accepted"]
    assert house.lake("select count(*) from core.delivery where effective") == [(1,)]
    assert not book_of(house).exists()


def test_a_file_refused_whole_is_told_of_until_the_right_one_comes(house: House) -> None:
    house.leave("NTB01", "claims", DAY, b"")
    house.leave("NTB01", "registrations", DAY, [registration(1)])
    run(house)
    book = openpyxl.load_workbook(book_of(house))
    assert book.sheetnames == ["KIRIMAN"]
    told = [[str(cell.value) for cell in row] for row in book["KIRIMAN"].iter_rows()]
    assert told[0][0] == "NTB01 2023-09-30"
    assert told[-1][0] == "NTB01_claims_2023-09-30.csv"
    assert "File kosong / the file is empty" in told[-1]
    assert "REFUSED" in told[-1][2]
    house.leave("NTB01", "claims", DAY, [claim(1)], revision=2)
    run(house)
    assert not book_of(house).exists()


def test_workbooks_are_written_once_and_always_the_same(given_back: House) -> None:
    before = book_of(given_back).read_bytes()
    assert steps.report(given_back.settings)["workbooks"] == 0
    book_of(given_back).unlink()
    assert steps.report(given_back.settings)["workbooks"] == 1
    assert book_of(given_back).read_bytes() == before


def test_only_the_rows_of_open_deliveries_are_read_and_a_damaged_index_is_made_anew(given_back: House) -> None:
    settings = given_back.settings
    earlier = settings.rejects / "2022-01-01" / f"{'0' * 16}.parquet"
    earlier.parent.mkdir()
    earlier.write_text("rejected long ago, and of no interest")
    before = book_of(given_back).read_bytes()
    book_of(given_back).unlink()
    (settings.workbooks / "index.json").write_text('{"NTB01/')
    stray = settings.workbooks / "NTB02" / "NTB02_2022-01-01.xlsx"
    stray.parent.mkdir()
    stray.write_text("of a date on which nothing is open")
    with opened_lake(settings) as con:
        assert rejects.write_workbooks(con, settings, sealer(settings)) == 2
        assert rejects.write_workbooks(con, settings, sealer(settings)) == 0
    assert book_of(given_back).read_bytes() == before
    assert not stray.exists()


@pytest.mark.parametrize("content", [b"no parquet", None], ids=["cut", "sealed by another key"])
def test_rows_that_cannot_be_opened_are_told_of(given_back: House, content: bytes | None) -> None:
    settings = given_back.settings
    (stored,) = settings.rejects.rglob("*.parquet")
    secret = sealer(settings)
    if content:
        stored.write_bytes(content)
    else:
        secret = Fernet(Fernet.generate_key())
    book_of(given_back).unlink()
    with opened_lake(settings) as con:
        assert rejects.write_workbooks(con, settings, secret) == 1
    book = openpyxl.load_workbook(book_of(given_back))
    assert book.sheetnames == ["KIRIMAN"]
    told = [str(cell.value) for row in book["KIRIMAN"].iter_rows() for cell in row]
    assert any("the rejected rows cannot be opened; send the whole file again" in value for value in told)
    if content is None:  # once the right key is there, they are told
        with opened_lake(settings) as con:
            assert rejects.write_workbooks(con, settings, sealer(settings)) == 1
            assert rejects.write_workbooks(con, settings, sealer(settings)) == 0
        assert len(openpyxl.load_workbook(book_of(given_back)).sheetnames) > 1


TAMPERED: dict[str, tuple[dict[str, str | None], str]] = {
    "unknown delivery": ({"KIRIMAN_ID": "f" * 16}, "Kiriman f+ tidak dikenal / there is no delivery f+"),
    "accepted line": ({"BARIS": "3"}, "baris 3 tidak ditolak.* / line 3 was not rejected"),
    "line twice": ({"BARIS": "8"}, "a line stands twice in the workbook"),
    "no line": ({"BARIS": "=1"}, "column BARIS or KIRIMAN_ID was changed"),
}


@pytest.mark.parametrize(("values", "words"), TAMPERED.values(), ids=[*TAMPERED])
def test_a_workbook_that_was_tampered_with_is_refused(given_back: House, values: Any, words: str) -> None:
    tampered = fix(book_of(given_back), lambda book: cells(book, "registrations", 7, NIK="5271010107800006", **values))
    with pytest.raises(DayFailed, match=words):
        steps.replay(given_back.settings, tampered)
    assert len([*given_back.settings.landing.glob("NTB01/*")]) == 1


def test_a_row_of_another_branch_or_feed_is_refused(house: House) -> None:
    leave_registrations(house)
    house.leave(
        "NTB02",
        "registrations",
        DAY,
        [registration(1, branch_code="NTB02"), registration(2, branch_code="NTB02", sex="?")],
    )
    house.leave("NTB01", "claims", DAY, [claim(1), claim(2, status="?")])
    run(house)
    (other,) = house.lake("select delivery_id from raw.delivery where branch_code = 'NTB02'")[0]
    (claims,) = house.lake("select delivery_id from raw.delivery where feed = 'claims'")[0]
    for delivery_id, words in (
        (other, "workbook is that of branch NTB01"),
        (claims, "holds claims, not registrations"),
    ):
        tampered = fix(
            book_of(house),
            lambda book, value=delivery_id: cells(book, "registrations", 7, NIK="5271010107800006", KIRIMAN_ID=value),  # type: ignore[misc]
        )
        with pytest.raises(DayFailed, match=words):
            steps.replay(house.settings, tampered)


def test_a_workbook_that_is_out_of_date_does_not_undo_a_later_correction(given_back: House) -> None:
    corrected = fix(book_of(given_back), correct_registrations)
    given_back.leave("NTB01", "registrations", DAY, [registration(1), registration(2, sex="?")], revision=2)
    with pytest.raises(DayFailed, match=r"_r2.csv belum dimuat"):
        steps.replay(given_back.settings, corrected)
    given_back.load(DAY)
    with pytest.raises(DayFailed, match="run `perisai marts` first"):
        steps.replay(given_back.settings, corrected)
    run(given_back)
    with pytest.raises(DayFailed, match="was superseded since; use the newest workbook"):
        steps.replay(given_back.settings, corrected)


def test_a_manifest_that_disagrees_cannot_be_got_round(house: House) -> None:
    rows = [contribution(1), contribution(2, payer="?")]
    house.leave("NTB01", "contributions", DAY, rows, manifest={"lines": 3, "amount_rp": 73_600})
    run(house)
    corrected = fix(book_of(house), lambda book: cells(book, "contributions", 3, PEMBAYAR="PESERTA"))
    with pytest.raises(DayFailed, match=r"the manifest says 3 lines, the file has 2. Kirim ulang"):
        steps.replay(house.settings, corrected)


@pytest.mark.parametrize(
    ("where", "change"),
    [
        ("vault", "birth_date = birth_date + 1"),
        ("vault", "declared_income_rp = declared_income_rp * 1000"),
        ("vault", "full_name = null"),
        ("raw", "participant_key = uuid()"),
    ],
)
def test_a_correction_is_not_left_if_what_is_known_of_a_person_would_be_read_otherwise(
    given_back: House, where: str, change: str
) -> None:
    with opened_lake(given_back.settings) as con:
        if where == "vault":
            column, _, value = change.partition(" = ")
            with vault.reading(con, given_back.settings.vault):
                con.execute(
                    f"create temp table other as select * replace ({value} as {column})"
                    " from vault.registrations where line_no = 4"
                )
            vault.replace(con, given_back.settings.vault, {"registrations": "from other"})
        else:
            con.execute(f"update raw.registrations set {change} where line_no = 4")
    corrected = fix(book_of(given_back), correct_registrations)
    with pytest.raises(DayFailed, match="line 4: what was accepted would be read otherwise"):
        steps.replay(given_back.settings, corrected)
    assert len([*(given_back.settings.landing / "NTB01").iterdir()]) == 1


def test_a_workbook_in_which_nothing_was_corrected_is_refused(given_back: House) -> None:
    with pytest.raises(DayFailed, match="no row was corrected"):
        steps.replay(given_back.settings, fix(book_of(given_back), lambda book: None))
    with pytest.raises(DayFailed, match="is no Excel workbook"):
        (given_back.settings.home / "note.xlsx").write_text("not a workbook")
        steps.replay(given_back.settings, given_back.settings.home / "note.xlsx")


def test_replay_on_the_command_line_says_what_to_run_next(given_back: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("HOME", str(given_back.settings.home)), ("HMAC_KEY", "h" * 32), ("VAULT_KEY", "v" * 32)):
        monkeypatch.setenv(f"PERISAI_{name}", value)
    monkeypatch.setenv("PERISAI_MAX_MISSING_SHARE", "1")
    corrected = fix(book_of(given_back), correct_registrations)
    said = CliRunner().invoke(cli.app, ["replay", str(corrected)])
    assert said.exit_code == 0, said.output
    assert "2 corrected" in said.output
    assert "perisai load --day 2023-09-30" in said.output
    said = CliRunner().invoke(cli.app, ["replay", str(corrected), "--load"])
    assert said.exit_code == 0, said.output
    assert given_back.lake("select count(*), max(revision) from raw.delivery") == [(3, 2)]
    refused = CliRunner().invoke(
        cli.app, ["replay", str(given_back.settings.landing / "NTB01" / "NTB01_registrations_2023-09-30.csv")]
    )
    assert refused.exit_code == 1
    assert "no Excel workbook" in " ".join(refused.output.split())


def test_personal_data_is_in_clear_in_the_branch_s_own_workbook_only(given_back: House) -> None:
    home = given_back.settings.home
    needles = [b"Peserta Contoh", *(str(registration(n)["nik"]).encode() for n in range(1, 12))]

    def holds(path: Path) -> bool:
        content = path.read_bytes()
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as packed:
                content = b"".join(map(packed.read, packed.namelist()))
        return any(needle in content for needle in needles)

    found = {path for path in home.rglob("*") if path.is_file() and not path.is_symlink() and holds(path)}
    parts = {path.relative_to(home).parts[:2] for path in found}
    assert {first for first, *_ in parts} == {"landing", "raw", "rejects"}
    assert [path for path in found if path.relative_to(home).parts[0] == "rejects"] == [book_of(given_back)]
    assert stat.S_IMODE(book_of(given_back).parent.stat().st_mode) == 0o700
