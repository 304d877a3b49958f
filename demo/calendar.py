"""Days and months as numbers: days since 1970-01-01, months since January 2014, when the agency began."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.signedinteger[Any]]

MONTH_NAMES = [f"{year}-{month:02d}" for year in range(2014, 2027) for month in range(1, 13)]
MONTH_FIRST: Ints = np.array(MONTH_NAMES, dtype="M8[D]").astype(np.int32)
MONTH_LENGTH: Ints = np.diff(MONTH_FIRST, append=MONTH_FIRST[-1] + 31)


def number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - date(1970, 1, 1).toordinal()


def month_of(days: Ints) -> Ints:
    """The month in which each day lies."""
    return np.searchsorted(MONTH_FIRST, days, side="right") - 1


def day_in(months: Ints, days: Ints) -> Ints:
    """The given day (1 to 31) of each month, or its last one where the month is shorter."""
    return MONTH_FIRST[months] + np.minimum(days, MONTH_LENGTH[months]) - 1
