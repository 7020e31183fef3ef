import gzip
from pathlib import Path

import pytest

from cauce.dataset.csv_table import read_csv
from cauce.domain.errors import InputError


def write(tmp_path: Path, data: bytes, name: str = "t.csv") -> Path:
    (tmp_path / name).write_bytes(data)
    return tmp_path / name


@pytest.mark.parametrize("data", [b"a,b\n1, x \n", b"a;b\r\n1;x\r\n", b"a\tb\n1\tx\n\n", "\ufeffa,b\n1,x\n".encode()])
def test_common_dialects_read_alike(tmp_path: Path, data: bytes) -> None:
    table = read_csv(write(tmp_path, data))
    assert table.rows == ({"a": "1", "b": "x"},)
    assert table.where(0) == "t.csv, row 2"


def test_gzip_is_read(tmp_path: Path) -> None:
    assert read_csv(write(tmp_path, gzip.compress(b"a,b\n1,x\n"), "t.csv.gz")).rows[0]["b"] == "x"


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"", "empty"), (b"a,b\n", "empty"), (b"a,b\n1,2\n3\n", "row 3"), (b"a,b\n\xff\xfe\x00,1\n", "UTF-8")],
)
def test_a_broken_table_is_refused_with_its_place(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_csv(write(tmp_path, data))


def test_a_missing_column_is_named_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no column 'c'.*a, b"):
        read_csv(write(tmp_path, b"a,b\n1,2\n")).need_columns(("a", None, "c"))


def test_a_column_that_stands_twice_is_refused_where_it_is_used(tmp_path):
    (tmp_path / "t.csv").write_text("image,label,label\na.png,yes,no\n")
    table = read_csv(tmp_path / "t.csv")
    table.need_columns(("image",))
    with pytest.raises(InputError, match="two columns are called 'label'"):
        table.need_columns(("image", "label"))


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_line_ending_is_read_alike(tmp_path, ending):
    (tmp_path / "t.csv").write_bytes(ending.join(["image,label", "a.png,yes", "b.png,no", ""]).encode())
    assert [row["label"] for row in read_csv(tmp_path / "t.csv").rows] == ["yes", "no"]


def test_a_damaged_archive_is_refused(tmp_path):
    data = bytearray(gzip.compress(b"image,label\n" + b"".join(b"%d.png,%d\n" % (n, n * n) for n in range(500))))
    data[200:230] = bytes(30)
    (tmp_path / "t.csv.gz").write_bytes(bytes(data))
    with pytest.raises(InputError, match="damaged"):
        read_csv(tmp_path / "t.csv.gz")


def test_a_stray_quote_loses_no_rows_in_silence(tmp_path):
    rows = [f"{number}.png,yes" for number in range(9)]
    rows[2], rows[6] = '2.png,"yes', '6.png,yes"'
    (tmp_path / "t.csv").write_text("\n".join(["image,label", *rows]))
    with pytest.raises(InputError):
        read_csv(tmp_path / "t.csv")
    (tmp_path / "t.csv").write_text('image,report\na.png,"two lines,\nof text"\nb.png,one\n')
    assert len(read_csv(tmp_path / "t.csv").rows) == 2


def test_rows_have_the_numbers_that_an_editor_shows(tmp_path):
    (tmp_path / "t.csv").write_text("image,label\n\na.png,yes\n\nb.png,no\n")
    table = read_csv(tmp_path / "t.csv")
    assert [table.where(index) for index in range(2)] == ["t.csv, row 3", "t.csv, row 5"]
