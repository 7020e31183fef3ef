"""Zip archives that a stranger could send."""

import contextlib
import io
import stat
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cauce.domain.errors import ArchiveError, CauceError, TooLargeError
from cauce.service.zip_intake import ZipLimits, is_zip, unpack

LIMITS = ZipLimits(files=20, total_bytes=10_000_000)


def archive(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as target:
        for name, data in files.items():
            target.writestr(name, data)
    return out.getvalue()


def entry(name: str, mode: int) -> bytes:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, mode << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        target.writestr(info, b"/etc/passwd")
    return out.getvalue()


NAMES = st.from_regex(r"[a-z]{1,8}/[a-z]{1,8}\.dcm", fullmatch=True)
CONTENTS = st.binary(max_size=200).map(lambda data: b"." + data)  # never begins like another archive


@given(st.dictionaries(NAMES, CONTENTS, min_size=1, max_size=10))
@settings(max_examples=30, deadline=None)
def test_what_was_packed_comes_out(files: dict[str, bytes]) -> None:
    assert unpack(archive(files), LIMITS) == sorted(files.items())


def test_folders_dicomdir_and_system_files_are_left_out() -> None:
    data = archive({"DICOMDIR": b"x", "__MACOSX/a": b"x", ".DS_Store": b"x", "s/1": b"image"})
    assert unpack(data, LIMITS) == [("s/1", b"image")]


@pytest.mark.parametrize("name", ["../a.dcm", "/a.dcm", "a/../../b.dcm", "..\\a.dcm", "C:\\a.dcm", "a/../b.dcm"])
def test_paths_that_lead_out_are_refused(name: str) -> None:
    with pytest.raises(ArchiveError, match="leads out"):
        unpack(archive({name: b"x"}), LIMITS)


@pytest.mark.parametrize("mode", [stat.S_IFLNK | 0o777, stat.S_IFIFO, stat.S_IFBLK])
def test_links_and_devices_are_refused(mode: int) -> None:
    with pytest.raises(ArchiveError, match="link or device"):
        unpack(entry("a.dcm", mode), LIMITS)


def test_archives_inside_archives_are_refused_whatever_their_name() -> None:
    inner = archive({"a": b"x"})
    for name in ("inner.zip", "inner.dcm"):
        with pytest.raises(ArchiveError, match="inside the archive"):
            unpack(archive({name: inner}), LIMITS)


def test_encrypted_entries_are_refused() -> None:
    data = bytearray(archive({"a.dcm": b"x"}))
    central = data.index(b"PK\x01\x02")
    struct.pack_into("<H", data, central + 8, 0x1)
    with pytest.raises(ArchiveError, match="encrypted"):
        unpack(bytes(data), LIMITS)


def test_bombs_are_refused_before_they_are_unpacked() -> None:
    with pytest.raises(ArchiveError, match="times its size"):
        unpack(archive({"a.dcm": bytes(5_000_000)}), LIMITS)
    with pytest.raises(TooLargeError, match="holds too much"):
        unpack(archive({"a.dcm": bytes(11_000_000)}), LIMITS)


def test_an_entry_that_lies_about_its_size_is_refused() -> None:
    data = bytearray(archive({"a.dcm": bytes(range(256)) * 40}))
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, 100)
    with pytest.raises(CauceError):
        unpack(bytes(data), LIMITS)


def test_too_many_entries_are_refused() -> None:
    with pytest.raises(TooLargeError, match="too many files"):
        unpack(archive({f"{i}.dcm": b"x" for i in range(21)}), LIMITS)


def test_two_entries_of_one_name_are_refused() -> None:
    with pytest.raises(ArchiveError, match="same name"):
        unpack(archive({"A.dcm": b"x", "a.dcm": b"y"}), LIMITS)


def test_an_empty_archive_is_refused() -> None:
    with pytest.raises(ArchiveError, match="no file"):
        unpack(archive({}), LIMITS)


@given(st.binary(max_size=300), st.integers(0, 200))
@settings(max_examples=200, deadline=None)
def test_damage_gives_a_named_error_and_never_another(noise: bytes, at: int) -> None:
    data = bytearray(archive({"a.dcm": b"pixels" * 20, "b.dcm": b"more"}))
    data[at : at + len(noise)] = noise
    with contextlib.suppress(CauceError):
        unpack(bytes(data), LIMITS)


def test_only_archives_look_like_archives() -> None:
    assert is_zip(archive({"a": b"x"}))
    assert not is_zip(b"DICM")
    assert not is_zip(b"")
