"""Which primitive action an attribute gets: from the table where it is named, by its VR where it is not."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from pydicom.datadict import dictionary_has_tag, dictionary_keyword, dictionary_VR

from cauce.dataset.deidentify.policy import Dates, Policy
from cauce.dataset.deidentify.table import Row, Table, load_table

TEXT_VRS = frozenset(("AE", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"))
TIME_VRS = frozenset(("DA", "DT", "TM"))
BULK_VRS = frozenset(("OB", "OW", "OF", "OD", "OL", "OV", "OB or OW"))

_FREE_TEXT_VRS = frozenset(("LT", "ST", "UT", "UC"))
_CLASS_WORDS = ("SOPClass", "TransferSyntax", "CodingSchemeUID", "ContextUID", "MappingResourceUID")
# Short texts that the table does not name, and that people fill in by hand or systems with numbers of a person or a case.
_TELLING_WORDS = (
    "Comment", "Description", "Notes", "Patient", "InAlternativeCalendar", "OrderNumber", "Creator", "Contact", "OwnerID",
    "Registration", "Itinerary", "BoardingPass", "Carrier", "AssigningAuthority", "Issuer", "SourceAddress", "Lot", "Stock",
    "DataSetSource", "StrainSource", "PrintQueue", "PrintJob", "SerialNumber", "ImageID", "Welder", "FileSetID", "UserGroup",
    "StorageMedia", "Location",
)
# Sequences whose content is only references: what they refer to stays reachable.
_REFERENCES = frozenset(("ReferencedStudySequence", "ReferencedPerformedProcedureStepSequence"))
BULK_KEPT = frozenset((
    "PixelData", "FloatPixelData", "DoubleFloatPixelData", "LUTData", "ICCProfile", "WaveformData", "SpectroscopyData",
    "RedPaletteColorLookupTableData", "GreenPaletteColorLookupTableData", "BluePaletteColorLookupTableData",
    "AlphaPaletteColorLookupTableData", "SegmentedRedPaletteColorLookupTableData",
    "SegmentedGreenPaletteColorLookupTableData", "SegmentedBluePaletteColorLookupTableData", "VectorGridData",
    "PointCoordinatesData", "PrimitivePointIndexList", "TrianglePointIndexList", "EdgePointIndexList", "VertexPointIndexList",
    "SurfacePointsNormals", "VectorCoordinateData", "ExtendedOffsetTable", "ExtendedOffsetTableLengths",
    "BlendingLUTTransferFunction", "DoublePointCoordinatesData", "LongPrimitivePointIndexList", "LongTrianglePointIndexList",
    "TrackPointIndexList",
))


class Act(StrEnum):
    """What is done to one attribute."""

    REMOVE = "remove"
    EMPTY = "empty"
    DUMMY = "dummy"
    MAP_UID = "map-uid"
    SHIFT = "shift-date"
    CLEAN = "clean-text"
    ENTER = "enter"            # a sequence: keep it, apply the same rules inside
    ENTER_STRICTLY = "enter-strictly"  # the same, and no text inside stays
    KEEP = "keep"


@dataclass(frozen=True)
class Decision:
    """An action and the reason for the report, such as `basic X/D` or `not in the table, VR LT`."""

    act: Act
    why: str


@dataclass(frozen=True)
class Known:
    """What the data dictionary, the table and a policy say about one attribute."""

    keyword: str
    vr: str
    decision: Decision


@lru_cache(maxsize=1 << 14)
def known(tag: int, policy: Policy, strict: bool) -> Known | None:
    """All that is known about a standard attribute; None when neither data dictionary nor table names it."""
    table = load_table()
    row = table.row(tag)
    if dictionary_has_tag(tag):
        keyword, vr = dictionary_keyword(tag), dictionary_VR(tag)
    elif row is not None:
        keyword, vr = row.keyword, row.vr
    else:
        return None
    return Known(keyword, vr, decide(tag, keyword, vr, table=table, policy=policy, strict=strict))


def decide(tag: int, keyword: str, vr: str, *, table: Table, policy: Policy, strict: bool) -> Decision:
    """Action for a standard attribute with VR `vr` of the data dictionary.

    `strict` is set inside a sequence that the profile replaces as a whole (basic action D).
    """
    row = table.row(tag)
    if row is not None:
        return _by_row(row, keyword, vr, policy)
    return Decision(_unnamed(keyword, vr, policy, strict), f"not in the table, VR {vr}")


def _by_row(row: Row, keyword: str, vr: str, policy: Policy) -> Decision:
    chosen = {column: row.options[column] for column in policy.columns if column in row.options}
    for column, action in sorted(chosen.items(), key=lambda item: (item[0] != "modified_dates", item[1] != "K")):
        if action == "K" and (vr not in TIME_VRS or policy.dates is Dates.FULL):
            return Decision(Act.ENTER if vr == "SQ" else Act.KEEP, f"{column} K")
        if action == "C":
            return Decision(_cleaning(column, vr), f"{column} C")
    return Decision(_basic(row.basic, keyword, vr), f"basic {row.basic}")


def _cleaning(column: str, vr: str) -> Act:
    if column == "modified_dates":
        return Act.SHIFT if vr in TIME_VRS else Act.KEEP if vr == "SH" else Act.REMOVE
    if vr == "SQ":
        return Act.ENTER if column == "structured_content" else Act.ENTER_STRICTLY
    if vr in TEXT_VRS and vr not in ("AE", "PN", "UR"):
        return Act.CLEAN
    return Act.DUMMY if vr in ("AE", "PN") else Act.REMOVE


def _basic(basic: str, keyword: str, vr: str) -> Act:
    if basic == "X":
        return Act.REMOVE
    if basic == "X/Z/U*":
        return Act.ENTER
    if vr == "UI":
        return Act.MAP_UID
    if "D" in basic.split("/"):
        return Act.ENTER_STRICTLY if vr == "SQ" else Act.DUMMY
    return Act.ENTER_STRICTLY if keyword in _REFERENCES else Act.EMPTY


def _unnamed(keyword: str, vr: str, policy: Policy, strict: bool) -> Act:
    """An attribute that the table does not name: identifiers, free text and unknown bytes do not pass."""
    if vr == "SQ":
        return Act.ENTER_STRICTLY if strict else Act.ENTER
    if vr == "UI":
        return Act.KEEP if any(word in keyword for word in _CLASS_WORDS) else Act.MAP_UID
    if vr in TIME_VRS:
        return _unnamed_time(policy, strict)
    if vr in ("PN", "AE"):
        return Act.DUMMY
    if vr in ("UR", "UN"):
        return Act.REMOVE
    if vr in _FREE_TEXT_VRS or (vr in TEXT_VRS and (strict or any(word in keyword for word in _TELLING_WORDS))):
        return Act.CLEAN
    if vr in BULK_VRS or vr == "US or SS or OW":
        return Act.KEEP if keyword in BULK_KEPT else Act.REMOVE
    return Act.KEEP


def _unnamed_time(policy: Policy, strict: bool) -> Act:
    if policy.dates is Dates.MODIFIED:
        return Act.SHIFT
    if policy.dates is Dates.FULL:
        return Act.KEEP
    return Act.DUMMY if strict else Act.REMOVE
