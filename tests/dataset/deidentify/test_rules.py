import pytest

from cauce.dataset.deidentify.policy import Clean, Dates, Policy, Retain
from cauce.dataset.deidentify.rules import Act, decide
from cauce.dataset.deidentify.table import Row, load_table

TABLE = load_table()
NAMED = list(TABLE.by_tag.items())
REPLACING = {Act.REMOVE, Act.EMPTY, Act.DUMMY, Act.MAP_UID, Act.ENTER, Act.ENTER_STRICTLY}
COLUMNS = [
    ("uids", Policy(retain=frozenset((Retain.UIDS,)))), ("device", Policy(retain=frozenset((Retain.DEVICE,)))),
    ("institution", Policy(retain=frozenset((Retain.INSTITUTION,)))),
    ("patient", Policy(retain=frozenset((Retain.PATIENT_CHARACTERISTICS,)))), ("full_dates", Policy(dates=Dates.FULL)),
    ("modified_dates", Policy()), ("descriptors", Policy(clean=frozenset((Clean.DESCRIPTORS,)))),
    ("structured_content", Policy(clean=frozenset((Clean.STRUCTURED_CONTENT,)))),
    ("graphics", Policy(clean=frozenset((Clean.GRAPHICS,)))),
]


def act(tag: int, row: Row, policy: Policy) -> Act:
    return decide(tag, row.keyword, row.vr, table=TABLE, policy=policy, strict=False).act


def test_without_options_every_named_attribute_is_replaced_as_its_row_says() -> None:
    for tag, row in NAMED:
        made = act(tag, row, Policy(dates=Dates.REMOVED))
        allowed = {
            "X": {Act.REMOVE}, "U": {Act.MAP_UID}, "Z": {Act.EMPTY}, "X/Z": {Act.EMPTY, Act.ENTER_STRICTLY},
            "X/Z/U*": {Act.ENTER},
        }.get(row.basic, {Act.DUMMY, Act.ENTER_STRICTLY, Act.MAP_UID})
        assert made in allowed, (row, made)


@pytest.mark.parametrize(("column", "policy"), COLUMNS)
def test_an_option_changes_exactly_the_rows_of_its_column(column: str, policy: Policy) -> None:
    without = Policy(dates=Dates.REMOVED) if column.endswith("dates") else Policy()
    changed = 0
    for tag, row in NAMED:
        before, after = act(tag, row, without), act(tag, row, policy)
        if column not in row.options:
            assert after is before, row
        elif row.options[column] == "K" and (row.vr not in ("DA", "DT", "TM") or column == "full_dates"):
            assert after in (Act.KEEP, Act.ENTER), row
            changed += 1
        else:
            assert after is not Act.KEEP or row.keyword == "TimezoneOffsetFromUTC", row
            changed += 1
    assert changed > 0


def test_dates_of_a_retained_device_are_shifted_all_the_same() -> None:
    row = TABLE.by_tag[0x00181200]  # DateOfLastCalibration
    assert act(0x00181200, row, Policy(retain=frozenset((Retain.DEVICE,)))) is Act.SHIFT


@pytest.mark.parametrize(
    ("keyword", "vr", "expected"),
    [
        ("SomeComment", "LO", Act.CLEAN), ("PatientDeathDateInAlternativeCalendar", "LO", Act.CLEAN),
        ("SomeName", "PN", Act.DUMMY), ("SomeTitle", "AE", Act.DUMMY), ("SomeAddress", "UR", Act.REMOVE),
        ("SomeText", "LT", Act.CLEAN),
        ("SomeDate", "DA", Act.SHIFT), ("SomeUID", "UI", Act.MAP_UID), ("SomeSOPClassUID", "UI", Act.KEEP),
        ("SomeBytes", "OB", Act.REMOVE),
        ("PixelData", "OB or OW", Act.KEEP), ("Rows", "US", Act.KEEP), ("SomeSequence", "SQ", Act.ENTER),
        ("Manufacturer", "LO", Act.KEEP),
    ],
)
def test_what_the_table_does_not_name_is_judged_by_its_vr(keyword: str, vr: str, expected: Act) -> None:
    assert decide(0x00FE0001, keyword, vr, table=TABLE, policy=Policy(), strict=False).act is expected


def test_no_word_passes_inside_a_sequence_that_is_replaced_as_a_whole() -> None:
    for vr in ("LO", "SH", "PN", "LT", "UT", "ST", "UC", "AE", "UR", "UN", "OB"):
        assert decide(0x00FE0001, "Some", vr, table=TABLE, policy=Policy(), strict=True).act is not Act.KEEP
