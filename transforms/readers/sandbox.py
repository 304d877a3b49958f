"""Workbooks, Parquet and web pages, read by a process of its own with little memory, little time and no rights.

Their libraries may take any amount of memory for a file of a few kilobytes (a single cell in the last corner of a
sheet), or abort. There it costs one delivery instead of the day. That a file took too much is no verdict on it: it is
``Unfinished``, and tried again.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from threading import Timer
from types import TracebackType
from typing import Any

from transforms.readers import PEEK_ROWS, Limits, Row, Table, Unfinished, Unreadable, delimited
from transforms.readers.containers import Content, damaged, encrypted, too_large_inside, unknown_compression

_HOUSE = Path(__file__).resolve().parents[2]
_PROGRAM = "import sys; sys.path.insert(0, sys.argv.pop(1)); from transforms.readers.sandboxed import main; main()"
ENVIRONMENT = {"PATH": os.defpath, "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""All that the process has of an environment: no key and no password. It may start no thread either."""
WALL = 20
"""Times the seconds of processor time that may pass on the clock: a process that waits for ever ends some time."""

_REFUSED = {
    "nested": "Parquet berisi daftar, struktur atau data biner; pakai kolom biasa"
    " / the Parquet holds lists, structures or binary data; use plain columns",
    "no_workbook": "Ini bukan buku kerja Excel (mungkin dokumen Word lama); kirim CSV, XLSX, XLS atau Parquet"
    " / this is no Excel workbook (an old Word document, perhaps); send CSV, XLSX, XLS or Parquet",
    "not_utf8": "Buku kerja memakai XML UTF-16; buka di Excel dan simpan ulang sebagai XLSX"
    " / the workbook's XML is in UTF-16; open it in Excel and save it as XLSX again",
    "page_without_table": "Ini halaman web tanpa tabel; buka di Excel dan simpan sebagai XLSX atau CSV"
    " / this is a web page without a table; open it in Excel and save it as XLSX or CSV",
    "page_of_tables": "Ini halaman web dengan lebih dari satu tabel; buka di Excel dan simpan satu tabel sebagai XLSX"
    " / this is a web page with more than one table; open it in Excel and save one table as XLSX",
    "page_not_plain": "Ini halaman web; tabelnya berisi sel gabungan, tersembunyi atau isian; buka di Excel dan simpan"
    " sebagai XLSX / this is a web page; its table has merged or hidden cells or fields; open it in Excel and save it"
    " as XLSX",
    "page_marked": "Ini halaman web; tabelnya berisi teks terangkat, turun atau tercoret, yang akan menyatu dengan"
    " angka di sebelahnya; hapus, lalu ekspor ulang / this is a web page; its table has raised, lowered or struck text,"
    " which would be glued to the digits beside it; take it out and export it anew",
    "page_of_pages": "Ini halaman web dengan tautan ke halaman lain (2, 3, …), jadi tabelnya hanya sebagian; tampilkan"
    " semua baris dalam satu halaman, atau ekspor dari aplikasinya / this is a web page with links to other pages (2,"
    " 3, …), so its table is a part only; show all rows on one page, or export them from the application",
    "page_translated": "Ini halaman web yang diterjemahkan browser, termasuk nama orang; matikan terjemahan, muat"
    " ulang, lalu simpan lagi / this is a web page that a browser has translated, names of people too; switch that off,"
    " load the page again, and save it",
    "page_number": "Ini halaman web; ada sel yang teksnya menunjukkan angka lain daripada nilai yang tersimpan"
    " (misalnya minus yang hanya berwarna merah); ekspor ulang sebagai CSV atau XLSX / this is a web page; a cell's"
    " text shows another number than its stored value (a minus in red only, perhaps); export it anew as CSV or XLSX",
}


class Sandbox:
    """One process for file after file; where a file ends it, the next file gets a new one."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._timer: Timer | None = None
        self._overdue = False
        self._received = 0
        self._open = self._sending = False

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def tables(self, content: Content) -> list[Table]:
        """The tables of a file, to be read one after the other, and only until the next file.

        Raises:
            Unreadable: it is damaged, encrypted, or nothing that can be read.
            Unfinished: it takes more time or memory than the limits; nothing is said of the file.
        """
        self._finish()
        process = self._start()
        self._overdue = False
        self._timer = Timer(self._limits.seconds * WALL, self._expire, [process])
        self._timer.daemon = True
        self._timer.start()
        self._received = 0
        whole = delimited.decoded(content).encode() if content.kind == "html" else content.read()
        request = {"kind": content.kind, "size": len(whole), "peek": PEEK_ROWS, "limits": asdict(self._limits)}
        said = self._ask(request, whole)
        self._open = True
        return [
            Table(
                name=table["name"],
                peek=[(line, cells) for line, cells in table["peek"]],
                rows=lambda header, number=number: self._rows(number, header[0]),  # type: ignore[misc]  # binds it now
                hidden=table["hidden"],
                typed=table["typed"],
                number=number + 1,
                marked=table["marked"],
                notes=dict(table["notes"]),
                titles=tuple(table["titles"]),
            )
            for number, table in enumerate(said["tables"])
        ]

    def _rows(self, number: int, header: int) -> Iterator[Row]:
        self._sending = True
        said = self._ask({"table": number})
        while "rows" in said:
            yield from ((line, cells) for line, cells in said["rows"] if line > header)
            said = self._ask(None)
        self._sending = False
        self._rest()

    def _ask(self, question: dict[str, Any] | None, content: bytes = b"") -> dict[str, Any]:
        """Says something, or nothing, and waits for the next word."""
        process = self._process
        assert process and process.stdin and process.stdout  # noqa: S101 (started by tables)
        try:
            if question is not None:
                process.stdin.write(json.dumps(question).encode() + b"\n" + content)
                process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = b""
        if not line.endswith(b"\n"):
            raise self._died(process)
        self._received += len(line)
        if self._received > self._limits.file_bytes:
            self._end()
            raise too_large_inside(self._limits)
        said: dict[str, Any] = json.loads(line)
        if why := said.get("refused"):
            self._open = self._sending = False
            self._rest()
            raise self._refusal(why)
        return said

    def _died(self, process: subprocess.Popen[bytes]) -> Unfinished:
        overdue = self._overdue
        code = process.wait()
        self._end()
        if overdue:
            return _unfinished(
                f"lebih dari {self._limits.seconds * WALL:g} detik; komputer mungkin terlalu sibuk",
                f"over {self._limits.seconds * WALL:g} seconds; the machine may be too busy",
                "PERISAI_READER_SECONDS",
            )
        if code == -signal.SIGPROF:
            return _unfinished(
                f"lebih dari {self._limits.seconds:g} detik waktu prosesor",
                f"over {self._limits.seconds:g} seconds of processor time",
                "PERISAI_READER_SECONDS",
            )
        if code == -signal.SIGABRT:
            return self._memory()
        return _unfinished("proses pembaca terhenti", f"the reading process ended ({code})", "PERISAI_READER_MEMORY_MB")

    def _memory(self) -> Unfinished:
        return _unfinished(
            f"lebih dari {self._limits.memory_mb} MiB memori; mungkin ada sel terisi jauh di luar tabel",
            f"over {self._limits.memory_mb} MiB of memory; a cell far outside the table may be filled",
            "PERISAI_READER_MEMORY_MB",
        )

    def _refusal(self, why: str) -> Unreadable | Unfinished:
        if why == "memory":
            return self._memory()
        if why == "password":
            return encrypted()
        if why == "bomb":
            return too_large_inside(self._limits)
        if why == "compression":
            return unknown_compression()
        return Unreadable(_REFUSED[why]) if why in _REFUSED else damaged()

    def _start(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(  # noqa: S603 (our own program, and no shell)
                [sys.executable, "-I", "-c", _PROGRAM, str(_HOUSE), str(self._limits.memory_mb)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # a native library's last words may quote personal data
                env=ENVIRONMENT,
                cwd="/",
                close_fds=True,
            )
            assert self._process.stdout  # noqa: S101 (a pipe)
            if not self._process.stdout.readline():
                code = self._process.wait()
                self._end()
                raise RuntimeError(f"the process that reads workbooks does not start (exit code {code})")
        return self._process

    def _expire(self, process: subprocess.Popen[bytes]) -> None:
        self._overdue = True
        process.kill()

    def _rest(self) -> None:
        """Nothing is expected of the process for now."""
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _finish(self) -> None:
        """Leaves the last file; a process that is in the middle of sending its rows is ended."""
        self._rest()
        if self._process and (self._sending or self._process.poll() is not None):
            self._end()
        if self._process and self._process.stdin and self._open:
            self._process.stdin.write(json.dumps({"table": None}).encode() + b"\n")
        self._open = False

    def _end(self) -> None:
        self._rest()
        self._open = self._sending = False
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _unfinished(masalah: str, trouble: str, setting: str) -> Unfinished:
    return Unfinished(
        f"File belum dibaca: {masalah}; dicoba lagi pada proses berikutnya ({setting})"
        f" / the file is not read yet: {trouble}; it is tried again in the next run ({setting})"
    )
