"""What a person may ask for: to be erased, not to be used, and to be told what is stored."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
import shutil
from pathlib import Path

import pyarrow as pa
import pytest
import traces
import xlsxwriter
import yaml
from house import SOMEBODY, House, registration, rows_to_csv
from typer.testing import CliRunner

from perisai import day as steps
from perisai import inbox
from perisai.backup import backup, restore
from perisai.cli import app
from perisai.errors import DayFailed
from perisai.rebuild import rebuild
from perisai.rights import forget as erasing
from perisai.rights.copies import naming, open_copy, without
from perisai.rights.forget import forget
from perisai.rights.person import key_of, pattern
from perisai.rights.standins import StandIns
from perisai.step import scratch_duck
from perisai.verify import as_json, verify, wrong
from transforms.readers.sandbox import Sandbox
from warehouse import vault

HIS = {SOMEBODY[name] for name in ("nik", "kpj", "full_name", "phone", "birth_date")}
BECAUSE = "request 17"


def marts(house: House) -> dict[str, list[tuple[object, ...]]]:
    steps.marts(house.settings)
    steps.publish(house.settings, "somebody was erased")
    steps.report(house.settings)
    tables = house.published("select view_name from duckdb_views() where schema_name = 'marts' order by all")
    return {name: house.published(f"select count(*), sum(hash(t)) from marts.{name} as t") for (name,) in tables}


def of_him(house: House) -> set[str]:
    """All that leads to him: also the pseudonyms."""
    keys = {key_of(SOMEBODY[name], house.settings.secret_hmac) for name in ("nik", "kpj")}
    return HIS | keys | {key.replace("-", "") for key in keys}


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_nobody_finds_who_was_erased_in_the_home_or_in_a_backup_restored_after_it(
    copy: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off on the way, too; and what is made anew from the copies is the same."""
    before = marts(copy)
    lines = copy.lake("select count(*), sum(amount_rp) from closed.incentive_line")
    backup(copy.settings, old := tmp_path / "old")
    assert traces.found(copy.settings.home, HIS, copy.settings)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(erasing, "_read_again", cut_off)
        forget(copy.settings, SOMEBODY["kpj"], BECAUSE)
    with pytest.raises(DayFailed, match="an erasure was cut off"):
        backup(copy.settings, old)
    monkeypatch.setattr("perisai.settings.Settings", lambda: copy.settings)
    said = run("forget", "--because", "once more", typed=f"{SOMEBODY['nik']}\n")
    assert "An erasure that was cut off is finished." in said and "from 0 copies and 0 rows" in said
    assert SOMEBODY["nik"] not in said
    assert traces.found(copy.settings.home, of_him(copy), copy.settings) == {}
    assert wrong(found := verify(copy.settings, full=True)) == 0, as_json(found)
    assert found["copies"].checked["copies of which a person was erased"] == 2
    assert {name for name, rows in marts(copy).items() if before[name] != rows} == set()
    assert copy.lake("select count(*), sum(amount_rp) from closed.incentive_line") == lines
    assert copy.lake("select request, because, copies, rows from raw.person_request order by asked_utc") == [
        ("forget", BECAUSE, 2, 2),
        ("forget", "once more", 0, 0),
    ]

    restored = House(copy.settings.model_copy(update={"home": tmp_path / "again", "forgotten_list": tmp_path / "list"}))
    shutil.copy(copy.settings.forgotten, restored.settings.forgotten)
    assert traces.found(old, HIS, copy.settings)
    assert restore(restored.settings, old)["erased_again"] == 2
    assert traces.found(restored.settings.home, of_him(copy), restored.settings) == {}
    rows = restored.lake("from raw.registrations order by all")
    rebuild(restored.settings)
    assert restored.lake("from raw.registrations order by all") == rows
    assert restored.lake("select count(*) from raw.erased") == [(2,)]
    path = next(restored.settings.raw.glob("*/*/*/*registrations_2023-09-30.csv"))
    assert inbox.is_whole(path)
    path.write_bytes(path.read_bytes().replace(b"DIHAPUS", b"Siapapun"))
    assert not inbox.is_whole(path)


def cut_off(*_: object) -> None:
    raise KeyboardInterrupt


FORMS = {
    "a text": lambda text: text.encode(),
    "UTF-16 with semicolons": lambda text: text.replace(",", ";").encode("utf-16"),
    "packed": lambda text: gzip.compress(text.encode()),
    "a workbook": lambda text: workbook(text),  # noqa: PLW0108 (it is defined below)
    "dates with the day first": lambda text: re.sub(r"(\d{4})-(\d\d)-(\d\d)", r"\3-\2-\1", text).encode(),
}


def workbook(text: str) -> bytes:
    book = io.BytesIO()
    with xlsxwriter.Workbook(book) as made:
        sheet = made.add_worksheet()
        for at, row in enumerate(csv.reader(text.splitlines())):
            sheet.write_row(at + 2, 0, row)  # below two empty lines
    return book.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_of_a_copy_only_the_person_s_cells_change_whatever_form_it_has(house: House, form: str) -> None:
    people = [registration(n) for n in range(1, 9)]
    people[3]["occupation"] = "Tukang 3"
    text = rows_to_csv("registrations", people).decode()
    content = FORMS[form](text)
    digest = hashlib.sha256(content).hexdigest()
    place = house.settings.raw / "NTB01" / "2023-09-30" / digest / "NTB01_registrations_2023-09-30.csv"
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    him, meant = people[3], pattern({people[3]["nik"], people[3]["kpj"]})
    with Sandbox(house.settings.limits) as sandbox:
        lines = naming(place, meant, house.settings.limits, sandbox)
    with scratch_duck(house.settings) as con:
        open_copy(con, house.settings, place, {})
        query = (
            "select registration_no, line_no, birth_year, nik, kpj, phone, occupation, full_name from typed order by 1"
        )
        before = con.execute(query).fetchall()
        place.write_bytes(without(con, house.settings, place, {}, lines, meant, StandIns({})))
        open_copy(con, house.settings, place, {})
        after = con.execute(query).fetchall()
    assert [row for row in before if row not in after] == [before[3]]
    assert after[3][:3] == before[3][:3]
    assert re.fullmatch(r"5299\d\d4606849\d{3}", after[3][3]), after[3][3]
    assert after[3][6:] == (None, "DIHAPUS")
    assert traces.found(place.parent, [him["nik"], him["kpj"], him["full_name"], him["phone"]]) == {}


@pytest.mark.timeout(1800)
def test_what_is_stored_of_a_person_is_told_and_is_not_used_where_that_is_restricted(
    copy: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("perisai.settings.Settings", lambda: copy.settings)
    (asked := tmp_path / "asked").write_text(registration(31)["kpj"] + "\n")
    book = next(copy.settings.workbooks.glob("NTB01/*.xlsx"))
    assert traces.found(book.parent, [registration(31)["full_name"]])
    run("restrict", "--because", BECAUSE, "--file", str(asked))
    steps.report(copy.settings)
    assert traces.found(book.parent, [registration(31)["full_name"]]) == {}
    assert traces.found(book.parent, ["1 row is not shown"])
    run("restrict", "--because", BECAUSE, "--file", str(asked), "--lift")
    steps.report(copy.settings)
    assert traces.found(book.parent, [registration(31)["full_name"]])
    run("disclose", str(told := tmp_path / "told.yaml"), "--because", BECAUSE, "--file", str(asked))
    said = yaml.safe_load(told.read_text())
    assert (said["rejected"][0]["row"]["NAMA_LENGKAP"], said["copies"][0]["lines"]) == (
        registration(31)["full_name"],
        [32],
    )
    asked.write_text(SOMEBODY["nik"])
    run("disclose", str(told := tmp_path / "his.yaml"), "--because", BECAUSE, "--file", str(asked))
    said = yaml.safe_load(told.read_text())
    assert said["asked_for"] == sorted([SOMEBODY["nik"], SOMEBODY["kpj"]])
    assert said["vault"]["registrations"][0]["full_name"] == SOMEBODY["full_name"]
    assert [line["registered_at"] for line in said["rows"]["registrations"]] == ["09:15:00"]
    assert [line["amount_rp"] for line in said["rows"]["contributions"]] == [36_800]
    assert {line["agent_code"] for line in said["incentives"]} == {"AB00001"}
    assert told.stat().st_mode & 0o77 == 0
    requests = "select request from raw.person_request order by asked_utc"
    assert copy.lake(requests) == [("restrict",), ("lift",), ("disclose",), ("disclose",)]


def run(*words: str, typed: str = "") -> str:
    done = CliRunner().invoke(app, words, input=typed)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize(("number", "why"), [("123", "neither a NIK"), (registration(1)["kpj"], "2 NIK have")])
def test_a_number_that_means_nobody_or_several_is_refused(
    house: House, number: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = pa.table({"nik": [registration(n)["nik"] for n in (1, 2)], "kpj": [registration(1)["kpj"]] * 2})
    rows = rows.append_column("delivery_id", [["a", "b"]])
    with scratch_duck(house.settings) as con:
        con.register("rows", rows)
        vault.store(con, house.settings.vault, {"registrations": "select * from rows"})
    monkeypatch.setattr("perisai.settings.Settings", lambda: house.settings)
    done = CliRunner().invoke(app, ["forget", "--because", BECAUSE], input=f"{number}\n")
    assert done.exit_code == 1
    assert why in done.stderr
    assert number not in done.output
