"""Ages above 89 years are one group: so old, a person can be told from others by age alone (45 CFR 164.514(b)(2)(i)(C))."""

import re

TOP_CODE = "090Y"

_LARGEST_YEARS = 89
_PER_YEAR = {"Y": 1.0, "M": 12.0, "W": 52.1775, "D": 365.2425}


def top_coded(text: str) -> str | None:
    """An AS value; `090Y` for any age above 89 years, None when it is no age."""
    match = re.fullmatch(r"(\d{1,3})([YMWD])", text.strip(" \0"))
    if not match:
        return None
    years = int(match[1]) / _PER_YEAR[match[2]]
    return TOP_CODE if int(years) > _LARGEST_YEARS else f"{int(match[1]):03d}{match[2]}"
