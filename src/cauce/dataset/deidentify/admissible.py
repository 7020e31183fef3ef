"""Is a value that is kept really of its VR? Attributes for codes and numbers are a place where text can hide."""

import re

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

_PATTERNS = {
    "CS": re.compile(r"[A-Za-z0-9 _.\-/+]{0,24}"),
    "DS": re.compile(r"[0-9+\-eE. ]{0,32}"),
    "IS": re.compile(r"[0-9+\-. ]{0,16}"),
    "UI": re.compile(r"[0-9.]{0,64}"),
    "LO": re.compile(r"[^\x00-\x1f]{0,128}"),  # some makers write more than 64, but never a swallowed neighbour
    "SH": re.compile(r"[^\x00-\x1f]{0,64}"),
}
_ATTRIBUTE_PATTERNS = {"TimezoneOffsetFromUTC": re.compile(r"[+\-]\d{4}|")}
_TEXTS = frozenset(("AE", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT", "CS"))
_INTEGERS = frozenset(("US", "SS", "UL", "SL", "SV", "UV", "US or SS", "AT"))
_DECIMALS = frozenset(("DS", "IS"))
_BULK = frozenset(("OB", "OW", "OB or OW", "OF", "OD", "OL", "OV", "US or SS or OW", "US or OW"))
_FAMILIES = (
    _TEXTS, _INTEGERS | {"US or SS or OW", "US or OW"}, _DECIMALS, _BULK, frozenset(("FL", "FD")), frozenset(("DA", "DT")),
)


def fits(vr: str, expected: str) -> bool:
    """True when a file may write `vr` where the data dictionary says `expected`; makers mix VRs of one kind."""
    return vr == expected or any(vr in family and expected in family for family in _FAMILIES)


def is_admissible(element: DataElement) -> bool:
    """False for a value that is not made of the characters of its VR, and for bytes where numbers belong."""
    pattern = _ATTRIBUTE_PATTERNS.get(element.keyword) or _PATTERNS.get(element.VR)
    if pattern is not None:
        return all(pattern.fullmatch(text) for text in written(element))
    if element.VR in _INTEGERS or element.VR in ("FL", "FD"):
        return not isinstance(element.value, str | Dataset) and (not isinstance(element.value, bytes) or " or " in element.VR)
    return True


def written(element: DataElement) -> list[str]:
    """The values of an element as text, without padding."""
    value = element.value
    if value is None:
        return []
    values = value if isinstance(value, MultiValue | list | tuple) else [value]
    return [_original(item).strip(" \0") for item in values]


def _original(value: object) -> str:
    text = getattr(value, "original_string", None)
    return text if isinstance(text, str) else str(value)
