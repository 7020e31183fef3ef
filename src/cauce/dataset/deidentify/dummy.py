"""What stands in place of a value that the profile replaces: valid for its VR, and the same for everybody."""

REMOVED = "REMOVED"

_BY_VR: dict[str, str | int | float | bytes] = {
    "AE": REMOVED, "AS": "000Y", "CS": REMOVED, "DA": "19000101", "DS": "0", "DT": "19000101000000", "IS": "0", "LO": REMOVED,
    "LT": REMOVED, "PN": REMOVED, "SH": REMOVED, "ST": REMOVED, "TM": "000000", "UC": REMOVED, "UT": REMOVED,
    "UR": "urn:removed", "FD": 0.0, "FL": 0.0, "SL": 0, "SS": 0, "UL": 0, "US": 0, "SV": 0, "UV": 0,
    "OB": b"\0\0", "OW": b"\0\0", "OD": b"\0" * 8, "OF": b"\0" * 4, "OL": b"\0" * 4, "OV": b"\0" * 8, "UN": b"\0\0",
}


def dummy(vr: str) -> str | int | float | bytes | None:
    """A value of `vr` that says nothing; None for a VR that has none (SQ, UI, AT)."""
    return _BY_VR.get(vr)
