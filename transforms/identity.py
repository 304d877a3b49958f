"""Pseudonyms: keyed hashes that stand for a NIK or a card number everywhere past this point.

HMAC-SHA-256, because a NIK can be enumerated (region, date, four digits), so that a hash without a key
hides nothing; cut to 128 bits, where two of ten million people collide with a chance of one in 10^24.
DuckDB has no HMAC, but it has the SHA-256 that it is made of (RFC 2104).
"""

from __future__ import annotations

import hashlib
import hmac

from expectations.contract import Contract

_BYTES = 16
_BLOCK = 64
"""Bytes of a block of SHA-256."""
_TITLES = "H|HJ|KH|DR|DRS|DRA|IR|PROF|TN|NY|NN|SDR|SDRI|BPK|BAPAK|IBU|ALM|ALMH|UST|USTADZ"
_AGAIN = "[ .]+([2-9]|II|III|BARU|LAGI)"
"""Behind a name that was written once more, so that a program takes it for another."""
_FIRST_NAMES = {
    "MUHAMMAD": "M|MD|MHD|MUHD?|MOHD?|MOCH|MUCH|(?:MU|MO|MUC|MOC|MUK)HAMM?[AE]D",
    "SITI": "STI?",
    "ABDUL": "ABDL?",
    "AHMAD": "ACH|AKH|AHM|A[CK]HMAD",
    "BAIQ": "BQ",
}
"""First names with the ways in which they are shortened or spelled."""
ERASED = "DIHAPUS"
"""What stands for a name that was erased (perisai.rights.standins): nobody's name."""
_WRITTEN_OUT = f"""regexp_replace(
    regexp_replace(upper(strip_accents(written)), '({_AGAIN})?( *[,(\\[].*|$)|( +[ASMD][.][A-Z][A-Z.]*)+$', ''),
    '^ *(({_TITLES})[.]? +)+', '')"""
for _name, _short in _FIRST_NAMES.items():
    _WRITTEN_OUT = f"regexp_replace({_WRITTEN_OUT}, '^(?:{_short})[. ]+([A-Z])', '{_name}\\1')"
PLAIN_NAME = f"""
create or replace temp macro plain_name(written) as
nullif(nullif(regexp_replace({_WRITTEN_OUT}, '[^A-Z0-9]', '', 'g'), ''), '{ERASED}')
"""
"""SQL of a macro: a name without what the same person may write otherwise on another form.

Capitals, accents, signs and blanks, titles in front, degrees and whatever else behind a comma or a bracket, a 2 behind
it, and the ways to write some first names. Other spellings of one name stay different names.
"""


def pseudonym(kind: str, value: str, key: bytes) -> str:
    """Pseudonym of one value, hexadecimal; ``kind`` (nik, kpj) keeps equal digits of different kinds apart."""
    return hmac.digest(key, f"{kind}:{value}".encode(), "sha256")[:_BYTES].hex()


def pseudonyms(contract: Contract) -> list[str]:
    """SQL of a column for each hash that a contract names, null where the value is; its parameters are ``keyed``."""
    return [
        f"""{hashed(f"'{column.name}:' || {column.name}")} as {column.hashed_as}"""
        for column in contract.columns
        if column.hashed_as
    ]


def hashed(text: str) -> str:
    """SQL of the pseudonym of a text, a UUID; its parameters are ``keyed``."""
    return f"substr(sha256($outer::blob || unhex(sha256($inner::blob || encode({text})))), 1, {2 * _BYTES})::uuid"


def keyed(key: bytes) -> dict[str, bytes]:
    """The parameters of ``pseudonyms``: a key as HMAC mixes it with what is hashed."""
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    return {"outer": bytes(byte ^ 0x5C for byte in block), "inner": bytes(byte ^ 0x36 for byte in block)}
