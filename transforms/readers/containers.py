"""What a content is, told by its first bytes and never by its name, and what is packed inside it.

Nothing is ever written to disk: a member's name is not looked at, so that it can lead nowhere.
"""

from __future__ import annotations

import gzip
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, Literal, Protocol

from transforms.readers import MEBIBYTE, Limits, Unreadable

Kind = Literal["text", "workbook", "parquet"]

_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PARQUET = b"PAR1"
_OTHERS = {b"%PDF": "PDF", b"Rar!": "RAR", b"7z\xbc\xaf\x27\x1c": "7z", b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG"}
_MAGIC_BYTES = 8

# an encrypted workbook is an OLE file with a stream of this name
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ERROR_CELL = re.compile(rb"""\st=["']e["']""")
_ERROR_CELL_BYTES = 8
_KNOWN_COMPRESSION = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
# all that zipfile and gzip raise on bytes in memory that are not what they say
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, struct.error, OverflowError)


@dataclass(frozen=True)
class Content:
    """What is to be read: a file as it lies there, or bytes that were unpacked.

    ``error_cells`` says that some cell of a workbook holds an error such as #N/A.
    """

    kind: Kind
    source: Path | bytes
    error_cells: bool = False

    def open(self) -> BinaryIO:
        """A stream from the beginning."""
        return self.source.open("rb") if isinstance(self.source, Path) else io.BytesIO(self.source)

    def read(self) -> bytes:
        """All of it."""
        return self.source.read_bytes() if isinstance(self.source, Path) else self.source


def is_text(path: Path) -> bool:
    """Whether a file begins like none of the binary kinds."""
    with path.open("rb") as file:
        return not file.read(_MAGIC_BYTES).startswith((_GZIP, *_ZIP, _OLE, _PARQUET, *_OTHERS))


def look(path: Path, limits: Limits) -> Content:
    """What a file is, unpacked where it is gzip or zip.

    Raises:
        Unreadable: too large, damaged, encrypted, packed twice, or of a kind that holds no table.
    """
    if path.stat().st_size > limits.file_bytes:
        raise _too_large(limits)
    with path.open("rb") as file:
        head = file.read(_MAGIC_BYTES)
    if is_text(path):
        return Content("text", path)
    if head.startswith((_GZIP, *_ZIP)):
        packed = path.read_bytes()
        inside = _unpack(packed, limits)
        if inside is None:
            return _workbook(packed, limits)
        head = inside[:_MAGIC_BYTES]
        if head.startswith(_GZIP) or (head.startswith(_ZIP) and not _is_workbook(inside)):
            raise Unreadable(
                "File dikemas dua kali; kemas sekali saja / the file is packed twice; pack it once only",
            )
        if head.startswith(_ZIP):
            return _workbook(inside, limits)
        return _plain(inside, head)
    return _plain(path, head)


def _plain(source: Path | bytes, head: bytes) -> Content:
    for magic, name in _OTHERS.items():
        if head.startswith(magic):
            raise Unreadable(
                f"Ini file {name}; kirim CSV, XLSX, XLS atau Parquet / this is a {name}; send CSV, XLSX, XLS or Parquet"
            )
    if head.startswith(_PARQUET):
        return Content("parquet", source)
    if head.startswith(_OLE):
        content = Content("workbook", source)
        if _ENCRYPTED in content.read():
            raise encrypted()
        return content
    return Content("text", source)


def encrypted() -> Unreadable:
    """The refusal of what needs a password."""
    return Unreadable("File memakai kata sandi; kirim tanpa kata sandi / the file needs a password; send it without")


def _too_large(limits: Limits) -> Unreadable:
    return Unreadable(
        f"File, atau isinya setelah dibuka, lebih besar dari {limits.file_mb} MiB; bagi menjadi beberapa kiriman"
        f" / the file, or what it unpacks to, is larger than {limits.file_mb} MiB; split it into several deliveries"
    )


def _damaged() -> Unreadable:
    return Unreadable(
        "File kemasan rusak atau terpotong; kirim ulang / the packed file is damaged or cut off; send it again"
    )


def _is_workbook(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return "xl/workbook.xml" in packed.namelist()
    except _DAMAGED as error:
        raise _damaged() from error


def _unpack(packed: bytes, limits: Limits) -> bytes | None:
    """What is inside a gzip or a zip with one member; None where the zip is a workbook itself."""
    try:
        if packed.startswith(_GZIP):
            with gzip.GzipFile(fileobj=io.BytesIO(packed)) as stream:
                return _drain(stream, len(packed), limits)
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            if "xl/workbook.xml" in archive.namelist():
                return None
            members = [
                member
                for member in archive.infolist()
                if not member.filename.endswith("/") and not member.filename.startswith("__MACOSX/")
            ]
            if any(member.filename in {"mimetype", "xl/workbook.bin"} for member in members):
                raise Unreadable("Simpan buku kerja sebagai XLSX / save the workbook as XLSX")
            if len(members) != 1:
                raise Unreadable(
                    f"ZIP berisi {len(members)} file; isinya harus tepat satu"
                    f" / the zip holds {len(members)} files; it must hold exactly one"
                )
            with _member(archive, members[0]) as stream:
                return _drain(stream, len(packed), limits)
    except Unreadable:  # a ValueError too, but with words
        raise
    except _DAMAGED as error:
        raise _damaged() from error


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> IO[bytes]:
    if member.flag_bits & 1:
        raise encrypted()
    if member.compress_type not in _KNOWN_COMPRESSION:
        raise Unreadable(
            "ZIP memakai kompresi yang tidak dikenal; pakai kompresi biasa (deflate)"
            " / the zip uses an unknown compression; use the usual one (deflate)"
        )
    return archive.open(member)


def _drain(stream: _Readable, packed: int, limits: Limits, each: Callable[[bytes], None] | None = None) -> bytes:
    """All of a stream, unless it grows out of the limits; with ``each``, pieces go there and nothing is kept."""
    pieces: list[bytes] = []
    size = 0
    while piece := stream.read(MEBIBYTE):
        size += len(piece)
        if size > limits.file_bytes or (size > limits.ratio_from_mb * MEBIBYTE and size > limits.ratio * packed):
            raise Unreadable(
                f"Isi file kemasan terlalu besar (lebih dari {limits.file_mb} MiB atau {limits.ratio} kali kemasannya)"
                f" / what is packed is too large (over {limits.file_mb} MiB, or {limits.ratio} times its package)"
            )
        if each:
            each(piece)
        else:
            pieces.append(piece)
    return b"".join(pieces)


def _workbook(packed: bytes, limits: Limits) -> Content:
    """An XLSX whose members are all whole and within the limits, whatever sizes they claim."""
    rest = limits.file_bytes
    found = False
    tail = b""

    def search(piece: bytes) -> None:
        nonlocal found, rest, tail
        rest -= len(piece)
        if rest < 0:
            raise _too_large(limits)
        found = found or _ERROR_CELL.search(tail + piece) is not None
        tail = piece[-_ERROR_CELL_BYTES:]

    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            for member in archive.infolist():
                tail = b""
                with _member(archive, member) as stream:
                    _drain(stream, len(packed), limits, search)
    except Unreadable:
        raise
    except _DAMAGED as error:
        raise _damaged() from error
    return Content("workbook", packed, found)
