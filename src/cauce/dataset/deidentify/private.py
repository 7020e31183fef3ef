"""Private attributes: all removed, but for numbers on an allow-list of known meaning (option Retain Safe Private)."""

import re
from functools import cache
from importlib.resources import files

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag

_NUMBER_TEXT = re.compile(rb"[0-9+\-.eE \\\0]*")
_SIZES = {"US": 2, "SS": 2, "UL": 4, "SL": 4, "FL": 4, "FD": 8}


@cache
def safe_private() -> dict[tuple[str, int, int], str]:
    """VR by (creator, group, element without its block)."""
    text = files(__package__).joinpath("safe_private.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")][1:]
    return {(creator, int(group, 16), int(element, 16)): vr for creator, group, element, vr, _ in rows}


def safe_vr(dataset: Dataset, tag: BaseTag) -> str | None:
    """VR of an attribute on the list whose value is nothing but numbers; None for every other private attribute."""
    creator = _creator(dataset, tag)
    vr = safe_private().get((creator, tag.group, tag.element & 0xFF)) if creator else None
    return vr if vr is not None and _is_numeric(dataset[tag], vr) else None


def creator_tag(tag: BaseTag) -> int:
    """Tag of the attribute that reserves the block of a private attribute."""
    return (tag.group << 16) | (tag.element >> 8)


def _creator(dataset: Dataset, tag: BaseTag) -> str:
    found = dataset.get(creator_tag(tag)) if tag.element >= 0x1000 else None
    return str(found.value).strip() if found is not None and isinstance(found.value, str) else ""


def _is_numeric(element: DataElement, vr: str) -> bool:
    value = element.value
    if isinstance(value, bytes):
        if vr in ("DS", "IS"):
            return bool(_NUMBER_TEXT.fullmatch(value))
        # Bytes that all print are more likely a text than a number.
        return bool(value) and len(value) % _SIZES[vr] == 0 and not (value.isascii() and value.decode("ascii").isprintable())
    if vr != element.VR:
        return False
    return all(_is_number(item) for item in (value if isinstance(value, list | tuple | MultiValue) else [value]))


def _is_number(value: object) -> bool:
    try:
        float(str(value))
    except ValueError:
        return False
    return True
