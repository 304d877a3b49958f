"""What a content is, told by its first bytes and never by its name, and what is packed inside it.

Nothing is ever written to disk: a member's name tells a workbook from other ZIP files, and leads nowhere.
"""

from __future__ import annotations

import gzip
import io
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Literal, Protocol

from transforms.readers import MEBIBYTE, Limits, Unreadable

Kind = Literal["text", "xlsx", "xls", "parquet", "html"]

_GZIP = b"\x1f\x8b"
_GZIP_EXTRA, _GZIP_NAMED = 4, 8
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PARQUET = b"PAR1"
_OTHERS = {
    b"%PDF": "PDF",
    b"Rar!": "RAR",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"\xfd7zXZ": "XZ",
    b"BZh": "BZIP2",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"{\\rtf": "RTF",
}
_MAGIC_BYTES = 8
_HEAD_BYTES, _PEEK_BYTES = 32, 4096

# an encrypted workbook is an OLE file with a stream of this name
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
KNOWN_COMPRESSION = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_CONTENT_TYPES = "[content_types].xml"
# which other package a ZIP is, by one of its members
_PACKAGES = {
    "xl/workbook.bin": "XLSB",
    "mimetype": "ODS",
    "word/document.xml": "Word",
    "ppt/presentation.xml": "PowerPoint",
    "index/document.iwa": "Numbers",
}
_BESIDE = re.compile(r"__macosx/.*|(.*/)?(\.ds_store|\._[^/]*|thumbs\.db|desktop\.ini)", re.DOTALL)
"""What file managers put beside a member."""
_SPREADSHEET_2003 = (b"urn:schemas-microsoft-com:office:spreadsheet", b'progid="excel.sheet"')
_PAGE = re.compile(rb"<(!doctype\s+html|html|head|body|meta|style|table|div|center|font|p|script)\b")
_SOFT_BREAK = re.compile(rb"[^\r\n]{60,75}=\r?\n")
_ESCAPED = re.compile(rb"=(?:3d|20|09|0d|c[23]=)")
_MHTML = re.compile(rb"(mime-version:|from:|content-type:\s*multipart/related)")
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, struct.error, OverflowError)
"""All that zipfile and gzip raise on bytes that are not what they say."""


@dataclass(frozen=True)
class Content:
    """What is to be read: a file as it lies there, or bytes that were unpacked, with the name that they had inside."""

    kind: Kind
    source: Path | bytes
    name: str = ""

    def open(self) -> BinaryIO:
        """A stream from the beginning."""
        return self.source.open("rb") if isinstance(self.source, Path) else io.BytesIO(self.source)

    def read(self) -> bytes:
        """All of it."""
        return self.source.read_bytes() if isinstance(self.source, Path) else self.source


def is_text(path: Path) -> bool:
    """Whether a file begins like none of the binary kinds, nor as any other does, with zeros that no text has."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    return b"\0\0" not in head and not head.startswith((_GZIP, *_ZIP, _OLE, _PARQUET, *_OTHERS))


def look(path: Path, limits: Limits) -> Content:
    """What a file is, unpacked where it is gzip or zip.

    Raises:
        Unreadable: too large, damaged, encrypted, packed twice, or of a kind that holds no table.
    """
    if path.stat().st_size > limits.file_bytes:
        raise _too_large(limits)
    with path.open("rb") as file:
        head = file.read(_MAGIC_BYTES)
    if not head.startswith((_GZIP, *_ZIP)):
        return _plain(path, head)
    packed = path.read_bytes()
    unpacked = _unpack(packed, limits)
    if unpacked is None:
        return Content("xlsx", packed)
    inside, name = unpacked
    if inside.startswith(_ZIP) and _is_workbook(inside):
        return Content("xlsx", inside, name)
    if inside.startswith((_GZIP, *_ZIP)):
        raise Unreadable("File dikemas dua kali; kemas sekali saja / the file is packed twice; pack it once only")
    return replace(_plain(inside, inside[:_MAGIC_BYTES]), name=name)


def part_name(member: zipfile.ZipInfo) -> str:
    """A member's name as packages compare it: in small letters, with slashes, from the top."""
    return member.filename.replace("\\", "/").lstrip("/").lower()


def _plain(source: Path | bytes, head: bytes) -> Content:
    for magic, name in _OTHERS.items():
        if head.startswith(magic):
            raise _is_a(name)
    if head.startswith(_PARQUET):
        return Content("parquet", source)
    if head.startswith(_OLE):
        content = Content("xls", source)
        if _ENCRYPTED in content.read():
            raise encrypted()
        return content
    return _markup(Content("text", source))


def _markup(content: Content) -> Content:
    """Text as such, or the page of the web that it is."""
    with content.open() as stream:
        # in small letters, and UTF-16 as if each character were a byte
        start = stream.read(_PEEK_BYTES).lstrip(b"\xef\xbb\xbf\xff\xfe").replace(b"\0", b"").lstrip().lower()
    if _MHTML.match(start) and b"mime-version:" in start:
        raise _is_a("MHTML")
    if (line := _SOFT_BREAK.search(start)) and (line.start() == 0 or _ESCAPED.search(start)):
        raise _is_a("quoted-printable")
    if not start.startswith(b"<"):
        return content
    if any(said in start for said in _SPREADSHEET_2003):
        raise _is_a("XML Spreadsheet 2003")
    if _PAGE.search(start):
        return replace(content, kind="html")
    raise _is_a("XML")


def _is_a(name: str) -> Unreadable:
    return Unreadable(
        f"Ini file {name}; kirim CSV, XLSX, XLS atau Parquet / this is a {name} file; send CSV, XLSX, XLS or Parquet"
    )


def encrypted() -> Unreadable:
    """The refusal of what needs a password."""
    return Unreadable("File memakai kata sandi; kirim tanpa kata sandi / the file needs a password; send it without")


def _too_large(limits: Limits) -> Unreadable:
    return Unreadable(
        f"File, atau isinya setelah dibuka, lebih besar dari {limits.file_mb} MiB; bagi menjadi beberapa kiriman"
        f" / the file, or what it unpacks to, is larger than {limits.file_mb} MiB; split it into several deliveries"
    )


def too_large_inside(limits: Limits) -> Unreadable:
    """The refusal of what is small only as long as it is packed."""
    return Unreadable(
        f"Isi file kemasan terlalu besar (lebih dari {limits.file_mb} MiB atau {limits.ratio} kali kemasannya)"
        f" / what is packed is too large (over {limits.file_mb} MiB, or {limits.ratio} times its package)"
    )


def damaged() -> Unreadable:
    """The refusal of what is not whole."""
    return Unreadable(
        "File rusak atau terpotong; simpan ulang dan kirim lagi"
        " / the file is damaged or cut off; save it again and send it once more"
    )


def unknown_compression() -> Unreadable:
    """The refusal of a ZIP that few programs can open."""
    return Unreadable(
        "ZIP memakai kompresi yang tidak dikenal; pakai kompresi biasa (deflate)"
        " / the zip uses an unknown compression; use the usual one (deflate)"
    )


def _is_workbook(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return _holds_workbook({part_name(member) for member in packed.infolist()})
    except DAMAGED as error:
        raise damaged() from error


def _holds_workbook(names: set[str]) -> bool:
    """Whether the members are those of an XLSX or XLSM, wherever it keeps its sheets.

    Raises:
        Unreadable: they are those of another program's package, which is named.
    """
    for member, name in _PACKAGES.items():
        if member in names:
            raise Unreadable(
                f"Ini file {name}; simpan buku kerja sebagai XLSX / this is a {name} file; save the workbook as XLSX"
            )
    return _CONTENT_TYPES in names


def _unpack(packed: bytes, limits: Limits) -> tuple[bytes, str] | None:
    """What is inside a gzip or a zip with one member, and its name; None where the zip is a workbook itself."""
    try:
        if packed.startswith(_GZIP):
            with gzip.GzipFile(fileobj=io.BytesIO(packed)) as stream:
                return _drain(stream, len(packed), limits), _gzip_name(packed)
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            if _holds_workbook({part_name(member) for member in archive.infolist()}):
                return None
            members = [each for each in archive.infolist() if not _is_beside(part_name(each))]
            if len(members) != 1:
                raise Unreadable(
                    f"ZIP berisi {len(members)} file; isinya harus tepat satu"
                    f" / the zip holds {len(members)} files; it must hold exactly one"
                )
            if members[0].flag_bits & 1:
                raise encrypted()
            if members[0].compress_type not in KNOWN_COMPRESSION:
                raise unknown_compression()
            with archive.open(members[0]) as stream:
                return _drain(stream, len(packed), limits), members[0].filename
    except Unreadable:  # a ValueError too, but with words
        raise
    except DAMAGED as error:
        raise damaged() from error


def _gzip_name(packed: bytes) -> str:
    """The name that a gzip's header has for what it packs, if any."""
    flags, at = packed[3], 10
    if flags & _GZIP_EXTRA:
        at += 2 + int.from_bytes(packed[at : at + 2], "little")
    return packed[at : packed.index(0, at)].decode("latin-1") if flags & _GZIP_NAMED else ""


def _is_beside(name: str) -> bool:
    return name.endswith("/") or _BESIDE.fullmatch(name) is not None


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _drain(stream: _Readable, packed: int, limits: Limits) -> bytes:
    """All of a stream, unless it grows out of the limits."""
    pieces: list[bytes] = []
    size = 0
    while piece := stream.read(MEBIBYTE):
        size += len(piece)
        if size > limits.file_bytes or (size > limits.ratio_from_mb * MEBIBYTE and size > limits.ratio * packed):
            raise too_large_inside(limits)
        pieces.append(piece)
    return b"".join(pieces)
