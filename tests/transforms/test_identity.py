"""Pseudonyms: the same for the same value and key, and nothing without the key."""

from __future__ import annotations

import hashlib
import hmac

import duckdb

from expectations.contract import contract
from transforms.identity import add_pseudonyms, pseudonym

KEY = b"k" * 32


def test_is_hmac_sha_256_of_kind_and_value() -> None:
    whole = hmac.new(KEY, b"nik:5201010101800001", hashlib.sha256).hexdigest()
    assert pseudonym("nik", "5201010101800001", KEY) == whole[:32]


def test_kind_and_key_matter() -> None:
    one = pseudonym("nik", "1", KEY)
    assert one != pseudonym("kpj", "1", KEY)
    assert one != pseudonym("nik", "1", b"x" * 32)


def test_every_row_gets_its_hash_and_null_stays_null() -> None:
    con = duckdb.connect()
    con.execute(
        "create temp table typed as from (values (0, '00000000001'), (1, null), (2, '00000000001')) t(row_no, kpj)"
    )
    add_pseudonyms(con, "typed", contract("claims"), KEY)
    one = pseudonym("kpj", "00000000001", KEY)
    assert con.execute("select row_no, card_key from typed order by row_no").fetchall() == [
        (0, one),
        (1, None),
        (2, one),
    ]
