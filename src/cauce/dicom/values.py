"""Values of a Dataset without surprises: a malformed value reads as absent, never as an exception."""

import math
from datetime import date, datetime

from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue


def texts(dataset: Dataset, keyword: str) -> tuple[str, ...]:
    """All values of an attribute as stripped text; empty when it is absent, empty or unreadable."""
    try:
        value = dataset.get(keyword)
    except Exception:  # a value whose bytes do not fit its VR
        return ()
    if value is None:
        return ()
    items = value if isinstance(value, MultiValue | list | tuple) else (value,)
    return tuple(text for text in (" ".join(str(item).split()).strip("\0 ") for item in items) if text)


def text(dataset: Dataset, keyword: str, default: str = "") -> str:
    """First value of an attribute as text."""
    values = texts(dataset, keyword)
    return values[0] if values else default


def numbers(dataset: Dataset, keyword: str) -> tuple[float, ...]:
    """All values of an attribute as finite numbers; empty when any of them is none."""
    try:
        values = tuple(float(item) for item in texts(dataset, keyword))
    except ValueError:
        return ()
    return values if all(math.isfinite(value) for value in values) else ()


def many_numbers(dataset: Dataset, keyword: str) -> tuple[float, ...]:
    """As `numbers`, for lists of thousands: taken from the bytes of the file where they are still at hand."""
    element = dataset.get_item(keyword) if keyword in dataset else None
    value = element.value if isinstance(element, RawDataElement) else None
    if not isinstance(value, bytes) or element is None or element.VR not in (None, "DS"):
        return numbers(dataset, keyword)
    try:
        found = tuple(map(float, value.rstrip(b" \0").split(b"\\")))
    except ValueError:
        return ()
    return found if all(map(math.isfinite, found)) else ()


def number(dataset: Dataset, keyword: str) -> float | None:
    """First value of an attribute as a number."""
    values = numbers(dataset, keyword)
    return values[0] if values else None


def day(dataset: Dataset, keyword: str) -> date | None:
    """A DICOM date (DA) such as 20240131."""
    try:
        return datetime.strptime(text(dataset, keyword)[:8], "%Y%m%d").date()
    except ValueError:
        return None


def first_item(dataset: Dataset, *keywords: str) -> Dataset | None:
    """First item of the sequence at the end of a path of sequences, or None."""
    current = dataset
    for keyword in keywords:
        try:
            sequence = current.get(keyword)
            if not sequence:
                return None
            current = sequence[0]
        except Exception:  # a sequence whose bytes are none
            return None
        if not isinstance(current, Dataset):
            return None
    return current
