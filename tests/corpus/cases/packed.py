"""Files packed with gzip or zip."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Iterator

from corpus.case import Case
from corpus.files import FIRST, MIB, PAYMENTS, ROWS, STANDARD, text, xlsx, zipped


def with_bit_flag(archive: bytes) -> bytes:
    """The archive, its members marked as encrypted in both places that say so."""
    changed = bytearray(archive)
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = changed.find(magic)
        changed[start + at] |= 1
    return bytes(changed)


def cases() -> Iterator[Case]:
    plain = STANDARD.encode()
    tabs = text(ROWS, delimiter="\t").encode("utf-16")
    bomb = plain + b" " * (24 * MIB)
    squeezed = gzip.compress(plain, mtime=0)
    yield Case("gzip", ".csv.gz", squeezed, 3)
    yield Case("gzip_named_csv", ".csv", squeezed, 3)
    yield Case("gzip_of_utf_16", ".txt.gz", gzip.compress(tabs, mtime=0), 3)
    yield Case("gzip_in_two_pieces", ".csv.gz", squeezed + gzip.compress(FIRST.encode(), mtime=0), 3, duplicates=1)
    yield Case("gzip_cut_off", ".csv.gz", squeezed[:-12], refused="damaged or cut off")
    yield Case("gzip_with_a_wrong_checksum", ".csv.gz", squeezed[:-8] + bytes(8), refused="damaged or cut off")
    yield Case("gzip_twice", ".csv.gz", gzip.compress(squeezed, mtime=0), refused="packed twice")
    yield Case("gzip_of_nothing", ".csv.gz", gzip.compress(b"", mtime=0), refused="the file is empty")
    yield Case("gzip_bomb", ".csv.gz", gzip.compress(bomb, mtime=0), refused="what is packed is too large")
    yield Case("zip", ".zip", zipped(("export.csv", plain)), 3)
    yield Case("zip_stored", ".csv.zip", zipped(("export.csv", plain), method=zipfile.ZIP_STORED), 3)
    yield Case("zip_of_a_workbook", ".zip", zipped(("export.xlsx", xlsx([PAYMENTS, *ROWS]))), 3)
    yield Case("zip_from_a_mac", ".zip", zipped(("a/", b""), ("a/x.csv", plain), ("__MACOSX/._x.csv", b"x")), 3)
    yield Case("zip_path_traversal", ".zip", zipped(("../../../../escaped.csv", plain)), 3)
    yield Case("zip_absolute_path", ".zip", zipped(("/escaped.csv", plain)), 3)
    yield Case("zip_of_a_file_without_a_name", ".zip", zipped(("~~~", plain)).replace(b"~~~", b"\0~~"), 3)
    yield Case("zip_of_two_files", ".zip", zipped(("a.csv", plain), ("b.csv", plain)), refused="the zip holds 2 files")
    yield Case("zip_of_nothing", ".zip", zipped(), refused="the zip holds 0 files")
    yield Case("zip_encrypted", ".zip", with_bit_flag(zipped(("a.csv", plain))), refused="needs a password")
    yield Case("zip_bomb", ".zip", zipped(("a.csv", bomb)), refused="what is packed is too large")
    yield Case("zip_in_a_zip", ".zip", zipped(("a.zip", zipped(("a.csv", plain)))), refused="packed twice")
    yield Case("zip_cut_off", ".zip", zipped(("a.csv", plain))[:-30], refused="damaged or cut off")
    lzma = zipped(("a.csv", plain), method=zipfile.ZIP_LZMA)
    yield Case("zip_of_rare_compression", ".zip", lzma, refused="unknown compression")
    stored = zipped(("a.csv", plain), method=zipfile.ZIP_STORED)
    yield Case("zip_with_a_changed_byte", ".zip", stored.replace(b"36800", b"86800", 1), refused="damaged or cut off")
