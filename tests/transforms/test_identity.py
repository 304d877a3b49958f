"""Pseudonyms: the same for the same value and key, and nothing without the key."""

from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

import duckdb
import pytest

from expectations.contract import contract
from perisai.rights import standins
from transforms.identity import ERASED, PLAIN_NAME, keyed, pseudonym, pseudonyms

KEY = b"k" * 32


def test_is_hmac_sha_256_of_kind_and_value() -> None:
    whole = hmac.new(KEY, b"nik:5201010101800001", hashlib.sha256).hexdigest()
    assert pseudonym("nik", "5201010101800001", KEY) == whole[:32]


def test_kind_and_key_matter() -> None:
    one = pseudonym("nik", "1", KEY)
    assert one != pseudonym("kpj", "1", KEY)
    assert one != pseudonym("nik", "1", b"x" * 32)


def test_every_row_gets_its_hash_and_null_stays_null() -> None:
    typed = "(values (0, '00000000001', null), (1, null, null), (2, '00000000001', null)) t(row_no, kpj, name_plain)"
    for key in (KEY, b"longer than a block of SHA-256 " * 3):
        query = f"select row_no, {', '.join(pseudonyms(contract('claims')))} from {typed} order by row_no"
        one = UUID(hmac.new(key, b"kpj:00000000001", hashlib.sha256).hexdigest()[:32])
        assert duckdb.execute(query, keyed(key)).fetchall() == [(0, one, None), (1, None, None), (2, one, None)]


def registrations(*rows: dict[str, str | None]) -> duckdb.DuckDBPyConnection:
    """The table ``typed`` with the rows' NIK, phone and agent, and the pseudonyms."""
    con = duckdb.connect()
    con.execute(
        """create temp table given (nik varchar, kpj varchar, phone varchar, agent_code varchar, occupation varchar,
        full_name varchar, birth_date date)"""
    )
    con.executemany(
        "insert into given values (?, '1', ?, ?, null, ?, ?)",
        [[r.get(name) for name in ("nik", "phone", "agent", "full_name", "birth_date")] for r in rows],
    )
    rules = contract("registrations")
    derived = [column for column in rules.derived if column.hashed_as]
    texts = ", ".join(f"{column.derived} as {column.name}" for column in derived)
    hashes = ", ".join(pseudonyms(rules))
    con.execute(PLAIN_NAME)
    con.execute(f"create temp table typed as select *, {hashes} from (select *, {texts} from given)", keyed(KEY))
    return con


def keys_of(column: str, *rows: dict[str, str | None]) -> list[UUID | None]:
    return [key for (key,) in registrations(*rows).execute(f"select {column} from typed order by rowid").fetchall()]


def test_a_phone_is_the_same_however_it_is_written() -> None:
    def phone(text: str | None) -> dict[str, str | None]:
        return {"nik": "1", "phone": text, "agent": None}

    keys = keys_of("phone_key", *map(phone, ["081234567890", "+6281234567890", "6281234567890", "081234567891"]))
    assert keys[0] is not None
    assert keys[0] == keys[1] == keys[2] != keys[3]
    assert keys_of("phone_key", *map(phone, [None, "-", "0", "12345"])) == [None] * 4


def test_a_series_of_nik_is_known_within_one_agent_only_and_without_its_running_number() -> None:
    def person(nik: str, agent: str | None = "AB00001") -> dict[str, str | None]:
        return {"nik": nik, "phone": None, "agent": agent}

    people = [
        person("5201010101800001"),
        person("5201010101809999"),
        person("5201010101810001"),
        person("5201010101800001", "AB00002"),
        person("5201010101800001", None),
    ]
    keys = keys_of("nik_series_key", *people)
    assert keys[0] == keys[1]
    assert len(set(keys)) == 4
    assert keys[4] is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Siti Aminah", "SITI  AMINAH, S.Pd"),
        ("Siti Aminah", "Hj. Siti Aminah S.Pd.I"),
        ("Moch. Rizki", "M Rizki"),
        ("Mohammad Rizki", "MUHAMAD RIZKI (alm)"),
        ("Renée D'Contoh", "RENEE DCONTOH"),
        ("Drs. H. Ahmad Nur", "ahmad-nur"),
        ("St. Aminah", "Hj. Siti Aminah"),
        ("Abd. Rahman", "ABDUL RAHMAN"),
        ("Achmad Fauzi", "H. Akh. Fauzi"),
        ("Bq. Contoh", "Baiq Contoh"),
    ],
)
def test_a_name_is_the_same_however_it_is_written(one: str, other: str) -> None:
    born = {"birth_date": "1980-07-01"}
    people = [{"full_name": one} | born, {"full_name": other} | born, {"full_name": "Ahmad Contoh"} | born]
    for column in ("name_key", "namesake_key"):
        keys = keys_of(column, *people)
        assert keys[0] is not None
        assert keys[0] == keys[1] != keys[2]
    other_day = keys_of("namesake_key", people[0], people[0] | {"birth_date": "1980-07-02"})
    assert other_day[0] != other_day[1]


@pytest.mark.parametrize("name", [None, "-", ".", ERASED, "Dihapus, S.E."])
def test_what_is_no_name_has_no_key(name: str | None) -> None:
    assert keys_of("name_key", {"full_name": name}) == [None]
    assert keys_of("namesake_key", {"full_name": name, "birth_date": "1980-07-01"}) == [None]


def test_a_name_that_was_erased_is_nobodys() -> None:
    assert standins.NAME == ERASED


@pytest.mark.parametrize("feed", ["registrations", "contributions", "claims"])
def test_a_name_leaves_the_file_as_a_key_that_is_the_same_in_every_feed(feed: str) -> None:
    rules = contract(feed)
    assert "name_key" in {name for name, _, _ in rules.lake_columns}
    assert not {"full_name", "name_plain", "namesake"} & {name for name, _, _ in rules.lake_columns}
    [(name, hashed)] = [(c.name, c.derived) for c in rules.derived if c.hashed_as == "name_key"]
    assert (name, hashed) == ("name_plain", "plain_name(full_name)")


def test_no_number_that_is_hashed_reaches_the_lake() -> None:
    rules = contract("registrations")
    names = {name for name, _, _ in rules.lake_columns}
    assert {"participant_key", "card_key", "phone_key", "nik_series_key"} <= names
    assert not names & {"nik", "kpj", "phone", "phone_plain", "nik_series"}
