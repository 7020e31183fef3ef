"""Dates of one patient move by one whole number of days, so that every interval stays exact to the second.

Whole days: a time of day needs no date beside it to be moved, and a date needs no time. Times across midnight, DT with and
without time zone, and times of injection or decay correction stay consistent wherever they are written.
"""

import hashlib
import hmac
import re
from datetime import date, timedelta

from cauce.dataset.deidentify.key import subkey

SMALLEST_SHIFT_DAYS, LARGEST_SHIFT_DAYS = 30, 3650

_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})|(\d{4})[.\-](\d{2})[.\-](\d{2})")
_TIME = re.compile(r"\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?|\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?")
_DATETIME = re.compile(r"(\d{4})(\d{2})?(\d{2})?(\d{2}(?:\d{2}(?:\d{2}(?:\.\d{1,6})?)?)?)?([+-]\d{4})?")


def offset_days(patient: str, key: bytes) -> int:
    """Days to move a patient's dates by, always back: −3650 … −30, the same for the same patient and key."""
    digest = hmac.new(subkey(key, "dates"), patient.encode("utf-8", "surrogateescape"), hashlib.sha256).digest()
    span = LARGEST_SHIFT_DAYS - SMALLEST_SHIFT_DAYS + 1
    return -(SMALLEST_SHIFT_DAYS + int.from_bytes(digest[:8], "big") % span)


def shift_date(text: str, days: int) -> str | None:
    """A DA value moved by `days`; None when it is no date. Reads YYYYMMDD and the old YYYY.MM.DD."""
    match = _DATE.fullmatch(text.strip(" \0"))
    if not match:
        return None
    numbers = [int(group) for group in match.groups() if group]
    moved = _moved(numbers[0], numbers[1], numbers[2], days)
    return None if moved is None else f"{moved:%Y%m%d}".zfill(8)


def clean_time(text: str) -> str | None:
    """A TM value as it is; None when it is no time."""
    stripped = text.strip(" \0")
    return stripped if _TIME.fullmatch(stripped) else None


def shift_datetime(text: str, days: int) -> str | None:
    """A DT value moved by `days` with its precision and time zone; None when it is no date and time."""
    match = _DATETIME.fullmatch(text.strip(" \0"))
    if not match:
        return None
    year, month, day, clock, zone = match.groups()
    moved = _moved(int(year), int(month or 7), int(day or 1), days)
    if moved is None:
        return None
    length = 4 + 2 * bool(month) + 2 * bool(day)
    return f"{moved:%Y%m%d}".zfill(8)[:length] + (clock or "") + (zone or "")


def _moved(year: int, month: int, day: int, days: int) -> date | None:
    try:
        return date(year, month, day) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
