"""One spelling for each manufacturer, by a table that anybody can read and extend."""

import re

UNKNOWN = "unknown"

VENDORS: tuple[tuple[str, str], ...] = (
    ("agfa", "Agfa"),
    ("canon", "Canon"),
    ("carestream", "Carestream"),
    ("esaote", "Esaote"),
    ("fuji", "Fujifilm"),
    ("ge", "GE"),
    ("general electric", "GE"),
    ("hitachi", "Hitachi"),
    ("hologic", "Hologic"),
    ("kodak", "Kodak"),
    ("konica", "Konica Minolta"),
    ("mindray", "Mindray"),
    ("philips", "Philips"),
    ("samsung", "Samsung"),
    ("shimadzu", "Shimadzu"),
    ("siemens", "Siemens"),
    ("toshiba", "Toshiba"),
    ("united imaging", "United Imaging"),
    ("varian", "Varian"),
)
"""(first words of Manufacturer (0008,0070) in lower case, spelling used everywhere). The first row that fits counts; a
pattern of two letters must be the whole first word, so that "Gendex" is not "GE"."""

_SHORT = 2
_INITIALS = re.compile(r"\b([a-z])\.")  # "G.E." is "GE"
_LEGAL_FORM = re.compile(r"[\s,]+(inc|corp|corporation|co|ltd|llc|gmbh|ag|s\.?a|b\.?v|company)\.?$", re.IGNORECASE)


def unify_vendor(manufacturer: str | None) -> str:
    """`SIEMENS`, `Siemens AG` → `Siemens`; a name that the table lacks keeps its words in one capitalisation."""
    text = " ".join((manufacturer or "").replace("_", " ").split())
    lowered = text.lower()
    if lowered in ("", UNKNOWN):
        return UNKNOWN
    lowered = _INITIALS.sub(r"\1", lowered)
    for pattern, name in VENDORS:
        if lowered.startswith(pattern) and (len(pattern) > _SHORT or not lowered[_SHORT:_SHORT + 1].isalpha()):
            return name
    shortened = text
    while (cut := _LEGAL_FORM.sub("", shortened)) != shortened:
        shortened = cut
    return shortened.title() if shortened.isupper() or shortened.islower() else shortened
