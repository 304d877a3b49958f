"""Text in any of the encodings that branches use, as a table for each delimiter; see records for where a row ends.

The encoding is known from a byte order mark, else from where the NUL bytes of UTF-16 stand, else it is UTF-8
if all of the file is, else Windows-1252. Statistics over so little text that is nearly all ASCII would guess
worse: bytes that are valid UTF-8 by accident are next to impossible.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator

from transforms.readers import MEBIBYTE, PEEK_ROWS, Row, Table, Unreadable
from transforms.readers.containers import Content
from transforms.readers.records import Records, counted

DELIMITERS = ",;\t|"

_PEEK_BYTES = 4096
_NOT_ASCII = bytes(range(0x80, 0x100))
_UTF8_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


def tables(content: Content) -> list[Table]:
    """The text as a table, once for each delimiter.

    Raises:
        Unreadable: it is empty, or in none of the encodings.
    """
    encoding = encoding_of(content)
    with io.TextIOWrapper(content.open(), encoding, newline="") as text:
        try:
            start = text.read(_PEEK_BYTES)
        except UnicodeError as error:
            raise _not_text() from error
    if not start.strip("\0\ufeff \t\r\n") and len(start) < _PEEK_BYTES:
        raise Unreadable("File kosong / the file is empty")
    return [_table(content, encoding, delimiter) for delimiter in DELIMITERS]


def decoded(content: Content) -> str:
    """All of a text that is no table by itself, such as a page of the web.

    Raises:
        Unreadable: it is in none of the encodings.
    """
    try:
        return content.read().decode(encoding_of(content))
    except UnicodeError as error:
        raise _not_text() from error


def _table(content: Content, encoding: str, delimiter: str) -> Table:
    peek: list[Row] = []
    problem = None
    try:
        with io.TextIOWrapper(content.open(), encoding, newline="") as text:
            peek += Records(text, delimiter).starts(PEEK_ROWS)
    except UnicodeError:
        problem = _not_text()
    except Unreadable as error:  # under a wrong delimiter anything may be wrong
        problem = error
    return Table(
        name="",
        peek=peek,
        rows=lambda header: _rows(content, encoding, delimiter, header),
        last=_last(content),
        problem=problem,
    )


def _last(content: Content) -> str:
    """The last character that is no padding, if it is one of ASCII; empty in an empty text."""
    with content.open() as stream:
        stream.seek(0, io.SEEK_END)
        stream.seek(max(0, stream.tell() - _PEEK_BYTES))
        return stream.read().rstrip(b"\0\x1a")[-1:].decode("latin-1")


def _rows(content: Content, encoding: str, delimiter: str, header: Row) -> Iterator[Row]:
    try:
        with io.TextIOWrapper(content.open(), encoding, newline="") as text:
            account = counted(text)
        with io.TextIOWrapper(content.open(), encoding, newline="") as text:
            yield from Records(text, delimiter).below(header, account)
    except UnicodeError as error:
        raise _not_text() from error


def encoding_of(content: Content) -> str:
    """The encoding of a text, by its name in Python."""
    with content.open() as stream:
        head = stream.read(_PEEK_BYTES)
        if head.startswith(codecs.BOM_UTF8):
            return "utf-8-sig"
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        even, odd = head[::2].count(0), head[1::2].count(0)
        if max(even, odd) * 4 > len(head) and min(even, odd) * 16 < len(head):
            return "utf-16-be" if even > odd else "utf-16-le"
        decoder = codecs.getincrementaldecoder("utf-8")("strict")
        try:
            piece = head
            while piece:
                decoder.decode(piece)
                piece = stream.read(MEBIBYTE)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            return _windows(content, error)
    return "utf-8"


def _windows(content: Content, error: UnicodeDecodeError) -> str:
    """Windows-1252, unless most of what is not ASCII is UTF-8: then it is damaged, and accents would come out wrong.

    Not any: Ñ and a closing quotation mark after it are such a sequence too.
    """
    sequences = others = 0
    with content.open() as stream:
        while piece := stream.read(MEBIBYTE):
            rest, here = _UTF8_SEQUENCE.subn(b"", piece)
            sequences += here
            others += len(rest) - len(rest.translate(None, _NOT_ASCII))
    if sequences >= others:
        raise Unreadable(
            "Teks UTF-8 rusak atau bercampur Windows-1252; ekspor ulang sebagai CSV UTF-8"
            " / the text is damaged UTF-8 or mixed with Windows-1252; export it again as CSV UTF-8"
        ) from error
    return "cp1252"


def _not_text() -> Unreadable:
    return Unreadable(
        "File bukan teks UTF-8, UTF-16 atau Windows-1252; ekspor ulang sebagai CSV UTF-8"
        " / the file is not UTF-8, UTF-16 or Windows-1252 text; export it again as CSV UTF-8"
    )
