import os
from pathlib import Path

import pytest

from cauce.dataset import reading
from cauce.dataset.journal import Journal
from cauce.dataset.reading import FileRead, Reader, read_files, read_one
from cauce.domain.progress import silent
from dataset.cohorts import lines, write_table_cohort


def _die_of_bad(root: Path, name: str, key: bytes | None) -> FileRead:
    if name == "bad":
        os._exit(11)
    return FileRead(name, code="read")


def test_a_file_that_kills_its_process_is_excluded_by_name_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_INLINE_CHUNKS", 0)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1})
    names, journal = ["a", "bad", "c"], Journal(tmp_path / "j.db", root=tmp_path, key=None)
    reader = Reader(_die_of_bad, chunk=2)
    results = read_files(tmp_path, names, key=None, journal=journal, progress=silent, reader=reader)
    assert [(result.name, result.code) for result in results] == [("a", "read"), ("bad", "decoder-crash"), ("c", "read")]


def test_an_unreadable_file_gives_a_reason_without_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"no image")
    result = read_one(tmp_path, "x.png", None)
    assert result.row is None
    assert result.reason.startswith("not a DICOM file")


def test_what_the_journal_gives_back_equals_what_was_read(tmp_path: Path) -> None:
    root = write_table_cohort(tmp_path / "c", lines(4))
    (root / "images" / "z.png").write_bytes(b"no image")
    names = sorted(f"images/{path.name}" for path in (root / "images").iterdir())
    journal = Journal(tmp_path / "j.db", root=root, key=None)
    first = read_files(root, names, key=None, journal=journal, progress=silent)
    again = read_files(root, names, key=None, journal=Journal(tmp_path / "j.db", root=root, key=None), progress=silent)
    assert again == first
    assert len(journal.known(root, names)) == len(names)


def test_another_key_or_root_forgets_the_journal(tmp_path: Path) -> None:
    root = write_table_cohort(tmp_path / "c", lines(4))
    names = ["images/p000_0.png"]
    journal = Journal(tmp_path / "j.db", root=root, key=None)
    read_files(root, names, key=None, journal=journal, progress=silent)
    assert journal.known(root, names)
    assert not Journal(tmp_path / "j.db", root=root, key=b"0123456789abcdef").known(root, names)
