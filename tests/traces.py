"""Looks for values in every byte of a folder: plain, in the usual encodings, unpacked, and decrypted with the keys."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, quote_plus

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from cryptography.fernet import Fernet, InvalidToken

from perisai.settings import Settings
from perisai.step import sealer
from warehouse.duck import SEALED, VAULT, connect, quoted, read_sealed


def encoded(value: str) -> set[bytes]:
    """A value as it may stand in a file."""
    plain = value.encode()
    both = {
        plain,
        value.encode("utf-16-le"),
        value.encode("utf-16-be"),
        plain.hex().encode(),
        plain.hex().upper().encode(),
    }
    both |= {quote(value).encode(), quote_plus(value).encode(), json.dumps(value)[1:-1].encode()}
    both |= {value.upper().encode(), value.lower().encode()}
    for before in range(3):  # base64 of a text in which the value begins at any byte
        whole = b64encode(b"\0" * before + plain)
        both.add(whole[(before * 8 + 5) // 6 : len(plain) * 8 // 6 - 1].rstrip(b"="))
    return {one for one in both if len(one) >= 8}


def contents(content: bytes, secret: Fernet | None) -> Iterator[bytes]:
    """A content, and what is packed or sealed in it."""
    yield content
    if content[:2] == b"\x1f\x8b":
        yield from contents(gzip.decompress(content), secret)
    elif content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            for name in opened.namelist():
                yield name.encode()
                yield from contents(opened.read(name), secret)
    elif content[:4] == b"PAR1":  # one that is sealed begins with PARE
        table = pq.read_table(io.BytesIO(content))
        for name in table.column_names:
            values = [each for each in table[name].to_pylist() if each is not None]
            yield "\n".join(map(str, values)).encode()
            if secret and name == "sealed_row":
                yield from (
                    json.dumps(json.loads(secret.decrypt(each)), ensure_ascii=False).encode() for each in values
                )
    elif secret and content[:4] == b"gAAA":
        with suppress(InvalidToken):
            yield secret.decrypt(content)


def of_database(path: Path, settings: Settings | None) -> Iterator[bytes]:
    """Every value of a DuckDB file, or of a sealed Parquet file that a key of the settings opens."""
    secret = settings.secret_vault if settings else None
    with connect(memory_limit="1GB", threads=1, spill=path.parent / ".spill", secret=secret) as con:
        if is_sealed(path):
            key = VAULT if path.parent.parent.name == "vault" else SEALED
            con.execute(f"attach ':memory:' as there; create view there.rows as from {read_sealed([path], key)}")
        else:
            con.execute(f"attach {quoted(path)} as there (read_only)")
        listed = "select table_schema, table_name from information_schema.tables where table_catalog = 'there'"
        for schema, table in con.execute(listed).fetchall():
            for column in con.execute(f'from there."{schema}"."{table}"').to_arrow_table().columns:
                values = [] if column.type == pa.null() else [each for each in column.to_pylist() if each is not None]
                yield "\n".join(map(str, values)).encode()
        con.execute("detach there")


def is_sealed(path: Path) -> bool:
    """Whether it is an encrypted Parquet file."""
    with path.open("rb") as file:
        return file.read(4) == b"PARE"


class Needles:
    """Values to look for; their first eight bytes tell where to compare."""

    def __init__(self, values: Iterable[str]) -> None:
        self.by_head: dict[bytes, list[tuple[bytes, str]]] = {}
        for value in values:
            for one in encoded(value):
                self.by_head.setdefault(one[:8], []).append((one, value))
        self.heads = np.unique(np.frombuffer(b"".join(self.by_head), np.uint64)) if self.by_head else np.array([])

    def within(self, content: bytes) -> set[str]:
        """The values that stand in a content."""
        there = set()
        for shift in range(8):
            words = np.frombuffer(content[shift : shift + (len(content) - shift) // 8 * 8], np.uint64)
            for at in np.flatnonzero(np.isin(words, self.heads)):
                place = int(at) * 8 + shift
                known = self.by_head[content[place : place + 8]]
                there |= {value for one, value in known if content.startswith(one, place)}
        return there


def found(
    folder: Path, values: Iterable[str], settings: Settings | None = None, left_out: Iterable[str] = ()
) -> dict[str, set[str]]:
    """Which of some values stand in which files of a folder.

    Args:
        folder: all of it is looked at, hidden files and names too.
        values: the values.
        settings: those of a home, whose keys open what is sealed.
        left_out: what paths begin with that are not looked at.
    """
    needles = Needles(values)
    secret = sealer(settings) if settings else None
    said: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder).as_posix()
        if not path.is_file() or path.is_symlink() or place.startswith(tuple(left_out)):
            continue
        content = path.read_bytes()
        parts = [path.name.encode(), *contents(content, secret)]
        if content[8:12] == b"DUCK" or (settings and content[:4] == b"PARE"):
            parts += of_database(path, settings)
        for part in parts:
            if there := needles.within(part):
                said.setdefault(place, set()).update(there)
    return said
