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
