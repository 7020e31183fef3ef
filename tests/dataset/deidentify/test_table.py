from cauce.dataset.deidentify.table import load_table

ACTIONS = {"X", "Z", "D", "U", "X/Z", "X/D", "Z/D", "X/Z/D", "X/Z/U*"}


def test_every_row_has_a_known_action_and_known_options() -> None:
    table = load_table()
    assert len(table.rows) > 640
    for row in table.rows:
        assert row.basic in ACTIONS
        assert set(row.options.values()) <= {"K", "C"}
        assert row.options_edition in ("2024-09", "by-rule")


def test_no_tag_stands_twice_and_vrs_are_those_of_the_data_dictionary() -> None:
    from pydicom.datadict import dictionary_has_tag, dictionary_keyword, dictionary_VR

    table = load_table()
    assert len({row.tag for row in table.rows}) == len(table.rows)
    for tag, row in table.by_tag.items():
        if dictionary_has_tag(tag):
            assert (row.keyword, row.vr) == (dictionary_keyword(tag), dictionary_VR(tag))


def test_dates_that_one_option_keeps_another_shifts() -> None:
    for row in load_table().rows:
        assert ("full_dates" in row.options) == ("modified_dates" in row.options), row


def test_known_rows_read_as_the_standard_prints_them() -> None:
    table = load_table()
    expected = {
        0x00100010: "Z", 0x00100020: "Z/D", 0x00080050: "Z", 0x00080018: "U", 0x00081140: "X/Z/U*", 0x0040A730: "D",
        0x00081030: "X", 0x00080080: "X/Z/D", 0xFFFCFFFC: "X", 0x0020000D: "U", 0x00101010: "X", 0x00080020: "Z",
        0x00080022: "X/Z", 0x00080023: "Z/D",
    }
    for tag, basic in expected.items():
        row = table.row(tag)
        assert row is not None
        assert row.basic == basic


def test_repeating_groups_are_found_by_their_pattern() -> None:
    table = load_table()
    for tag in (0x50040010, 0x60023000, 0x601E4000):
        row = table.row(tag)
        assert row is not None
        assert row.basic == "X"
    assert table.row(0x00280010) is None
