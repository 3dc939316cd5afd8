"""Columns of a table as numbers and times: what cannot be read becomes NaN, or no time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tuirisk.feed.files.rows import milliseconds
from tuirisk.market.series import Column, Times

if TYPE_CHECKING:
    import pandas as pd

NO_TIME = -1


def numbers(column: pd.Series[Any]) -> Column:
    """The column as floats; NaN where a cell is no number."""
    import pandas as pd

    if column.dtype == np.float64:
        return column.to_numpy()
    if not pd.api.types.is_numeric_dtype(column.dtype):
        column = pd.to_numeric(column, errors="coerce")
    made: Column = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return made


def times(column: pd.Series[Any]) -> Times:
    """The column as UTC ms, from numbers or from text; :data:`NO_TIME` where it is no time.

    A text without a time zone is in UTC.
    """
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return _of_datetimes(column)
    if not pd.api.types.is_numeric_dtype(column.dtype):
        as_numbers = pd.to_numeric(column, errors="coerce")
        if as_numbers.notna().sum() * 2 < len(column):
            return _of_datetimes(
                pd.to_datetime(column, utc=True, errors="coerce", format="ISO8601")
            )
        column = as_numbers
    raw: NDArray[Any] = (
        column.to_numpy(dtype=np.float64, na_value=np.nan)
        if column.hasnans or not pd.api.types.is_integer_dtype(column.dtype)
        else column.to_numpy(dtype=np.int64)
    )
    return milliseconds(raw)


def truths(column: pd.Series[Any]) -> NDArray[np.bool_]:
    """The column as booleans; an absent cell is true."""
    return ~column.astype(str).str.lower().isin(["false", "0", "0.0", "no"]).to_numpy(bool)


def _of_datetimes(column: pd.Series[Any]) -> Times:
    import pandas as pd

    if getattr(column.dt, "tz", None) is not None:
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    missing = column.isna().to_numpy(bool)
    whole = column.fillna(pd.Timestamp(0)).to_numpy().astype("datetime64[ms]").astype(np.int64)
    return np.where(missing | (whole <= 0), NO_TIME, whole)
