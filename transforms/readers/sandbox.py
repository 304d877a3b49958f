"""Workbooks and Parquet, read by a process of its own with little memory and little time.

Their libraries are native code that may take any amount of memory for a file of a few kilobytes (a single
cell in the last corner of a sheet), or abort. There it costs one delivery instead of the day.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Timer
from types import TracebackType
from typing import Any

from transforms.readers import PEEK_ROWS, Limits, Row, Table, Unreadable
from transforms.readers.containers import Content, encrypted

_PROGRAM = Path(__file__).with_name("sandboxed.py")


class Sandbox:
    """One process for file after file; where a file ends it, the next file gets a new one."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._timer: Timer | None = None
        self._received = 0

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def tables(self, content: Content) -> list[Table]:
        """The tables of a file; only one of them can be read on, and only until the next file.

        Raises:
            Unreadable: it is damaged, encrypted, or takes more than the limits.
        """
        self._end_if_busy()
        whole = content.read()
        process = self._start()
        self._timer = Timer(self._limits.seconds, process.kill)
        self._timer.daemon = True
        self._timer.start()
        self._received = 0
        said = self._ask(
            {"kind": content.kind, "size": len(whole), "peek": PEEK_ROWS, "error_cells": content.error_cells}, whole
        )
        return [
            Table(
                name=table["name"],
                peek=[(line, cells) for line, cells in table["peek"]],
                rows=lambda number=number: self._rows(number),  # type: ignore[misc]  # binds the number now
                hidden=table["hidden"],
                typed=True,
            )
            for number, table in enumerate(said["tables"])
        ]

    def _rows(self, number: int) -> Iterator[Row]:
        said = self._ask({"table": number})
        while "rows" in said:
            yield from ((line, cells) for line, cells in said["rows"])
            said = self._ask(None)
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
        self._received += len(line)
        if not line.endswith(b"\n") or self._received > self._limits.file_bytes:
            self._end()
            raise Unreadable(
                "File tidak dapat dibaca: rusak, atau memerlukan terlalu banyak memori atau waktu; simpan ulang"
                " / the file cannot be read: it is damaged, or takes too much memory or time; save it again"
            )
        said: dict[str, Any] = json.loads(line)
        if why := said.get("refused"):
            self._rest()
            raise _refusal(why)
        return said

    def _start(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(  # noqa: S603 (our own program, and no shell)
                [sys.executable, "-I", str(_PROGRAM), str(self._limits.memory_mb)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # a native library's last words may quote personal data
            )
        return self._process

    def _rest(self) -> None:
        """The file is done with; the process waits for the next one."""
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _end_if_busy(self) -> None:
        if self._timer:
            self._end()

    def _end(self) -> None:
        self._rest()
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _refusal(why: str) -> Unreadable:
    if why == "password":
        return encrypted()
    if why == "nested":
        return Unreadable(
            "Parquet berisi daftar, struktur atau data biner; pakai kolom biasa"
            " / the Parquet holds lists, structures or binary data; use plain columns"
        )
    return Unreadable("File rusak atau terpotong; simpan ulang / the file is damaged or cut off; save it again")
