"""Coded entries: a code of a published scheme is a word of the standard, a local one may be anybody's name for anything."""

import re
from functools import cache

from pydicom.dataset import Dataset

from cauce.dataset.deidentify.dummy import REMOVED
from cauce.dicom.values import text

PUBLISHED_SCHEMES = frozenset((
    "DCM", "SCT", "SRT", "SNM3", "99SDM", "LN", "UCUM", "RADLEX", "FMA", "NEU", "UMLS", "I10", "I9", "ICD10", "ICD11",
    "ICDO3", "BI", "NCIt", "MSH", "UBERON", "MA", "RXNORM", "CD8", "C4", "C5", "HPC", "I10P", "I9C", "IBSI", "PUBCHEM_CID",
    "MDNS", "MDC", "BARI", "ITIS_TSN", "NDC",
))
LOCAL_SCHEME = "99LOCAL"

_PUBLISHED_CODE = re.compile(r"[A-Za-z]{0,4}[0-9._\-]{1,16}|[A-Z][A-Z0-9]?-[0-9A-F]{4,6}")
_LOCAL_CODE = re.compile(r"[A-Za-z]{0,4}[0-9._\-]{1,12}")
_UNIT = re.compile(r"[A-Za-z0-9.\-\[\]/%*^']{1,16}|\{[a-z ]{1,14}\}(/.{1,6})?")


def is_coded_entry(item: Dataset) -> bool:
    """True for an item with a code value or meaning; one that names no scheme is local."""
    return any(keyword in item for keyword in ("CodeValue", "LongCodeValue", "CodeMeaning", "CodingSchemeDesignator"))


def clean_coded_entry(item: Dataset, *, keep_local: bool) -> None:
    """Give a published code its dictionary's meaning; take meaning and name of scheme from a local one.

    Published codes that no dictionary here lists keep their value and lose their meaning. With `keep_local` a local code
    value stays too where it looks like a number of a catalogue.
    """
    scheme, value = text(item, "CodingSchemeDesignator"), text(item, "CodeValue")
    meaning, published = standard_meaning(value, scheme), scheme in PUBLISHED_SCHEMES
    if not (meaning or _may_stay(value, scheme, published, keep_local)):
        item.CodeValue = REMOVED
    if "LongCodeValue" in item:
        del item.LongCodeValue
        item.CodeValue = item.get("CodeValue") or REMOVED
    if not published:
        item.CodingSchemeDesignator = LOCAL_SCHEME
    item.CodeMeaning = meaning or REMOVED
    for keyword in ("CodingSchemeVersion", "ContextGroupLocalVersion"):
        if keyword in item and not re.fullmatch(r"[0-9.\-]{1,16}", text(item, keyword)):
            del item[keyword]


def _may_stay(value: str, scheme: str, published: bool, keep_local: bool) -> bool:
    if scheme == "UCUM":
        return bool(_UNIT.fullmatch(value))
    if published:
        return bool(_PUBLISHED_CODE.fullmatch(value))
    return keep_local and bool(_LOCAL_CODE.fullmatch(value))


def standard_meaning(value: str, scheme: str) -> str | None:
    """The meaning that the dictionary gives to a code, None when it does not list it."""
    return _meanings().get((value, scheme))


@cache
def _meanings() -> dict[tuple[str, str], str]:
    from pydicom.sr._concepts_dict import concepts

    schemes: dict[str, dict[str, dict[str, tuple[str, list[int]]]]] = concepts  # type: ignore[assignment]
    return {
        (value, scheme): meaning
        for scheme, by_keyword in schemes.items() for by_value in by_keyword.values()
        for value, (meaning, _) in by_value.items()
    }
