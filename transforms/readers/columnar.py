"""Parquet, read by pyarrow; runs in the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from transforms.readers.cells import EXACT, Refused, Sheet, filled, text

_BATCH_ROWS = 1000


def parquet(content: bytes) -> list[Sheet]:
    """The one table of a Parquet file; its header counts as line 1, so that its first row stands on line 2."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        names = [str(name) for name in file.schema_arrow.names]
    except (pa.ArrowException, OSError) as error:
        raise Refused("damaged") from error

    def rows() -> Iterator[tuple[int, list[str]]]:
        yield 1, names
        try:
            number = 2
            for batch in file.iter_batches(_BATCH_ROWS, use_threads=False):
                columns = [_texts(column) for column in batch.columns]
                for at in range(batch.num_rows):
                    yield number + at, [column[at] for column in columns]
                number += batch.num_rows
            if number != 2 + file.metadata.num_rows:
                raise Refused("damaged")  # the file itself tells another number of rows
        except (pa.ArrowException, OSError) as error:
            raise Refused("damaged") from error

    return [Sheet("", False, lambda: filled(rows()))]


def _texts(column: Any) -> list[str]:
    """The values of a column; a short float's whole numbers are exact up to fewer digits than a long one's."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.dictionary_decode()
        kind = column.type
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        try:  # text of programs that do not say so
            return [text(value) for value in column.cast(pa.binary()).cast(pa.string()).to_pylist()]
        except pa.ArrowInvalid as error:
            raise Refused("nested") from error
    # Python knows no nanoseconds; pyarrow would hand over objects of pandas
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        column = column.cast(pa.timestamp("us", kind.tz), safe=False)
    elif pa.types.is_time(kind) and kind.unit == "ns":
        column = column.cast(pa.time64("us"), safe=False)
    elif pa.types.is_duration(kind) and kind.unit == "ns":
        column = column.cast(pa.duration("us"), safe=False)
    exact = 2**24 if pa.types.is_float32(kind) else 2**11 if pa.types.is_float16(kind) else EXACT
    return [text(value, exact) for value in column.to_pylist()]
