import json
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pydicom
import pytest

from cauce.dataset.deidentify.policy import Dates, Policy
from cauce.dataset.deidentify.run import Run, deidentify_folder
from cauce.domain.errors import ConfigurationError, InputError, IntegrityError
from cauce.domain.progress import silent
from cauce.phantom.cohort import write_studies
from deidentify_canaries import MARK, instance, leaks

KEY = b"0123456789abcdef" * 2


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "in" / f"{MARK}^Jane"
    folder.mkdir(parents=True)
    for seed in range(6):
        (folder / f"{MARK} {seed}.dcm").write_bytes(instance(seed, count=6).data)
    (folder / "letter.pdf").write_bytes(b"%PDF " + MARK.encode())
    (folder / "notes.txt").write_text(MARK)
    return tmp_path / "in"


def run(source: Path, *, name: str = "out", policy: Policy | None = None, key: bytes = KEY, progress: object = silent) -> Run:
    return deidentify_folder(
        source, source.parent / name, key=key, policy=policy or Policy(), quarantine_list=source.parent / "key.quarantine.csv",
        progress=progress,  # type: ignore[arg-type]
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_nothing_in_the_destination_names_anything_of_the_source(source: Path) -> None:
    made = run(source)
    assert (made.summary["passed"], made.summary["quarantined"]) == (6, 2)
    files = contents(source.parent / "out")
    assert len([name for name in files if name.endswith(".dcm")]) == 6
    for name, data in files.items():
        assert MARK not in name
        assert "letter" not in name
        if not name.endswith(".sqlite"):
            assert leaks(data) == [], name
        assert MARK.encode() not in data
        assert b"letter" not in data


def test_the_report_says_what_why_and_after_which_edition(source: Path) -> None:
    run(source)
    report = json.loads((source.parent / "out" / "deidentification.json").read_text())
    assert "2026c" in report["edition"]
    assert [code["code"] for code in report["method_codes"]] == ["113100", "113107"]
    actions = {(row["keyword"], row["action"], row["why"]): row["attributes"] for row in report["actions"]}
    assert actions[("SOPInstanceUID", "map-uid", "basic U")] == 6
    assert actions[("StudyDate", "shift-date", "modified_dates C")] >= 6
    assert sum(row["files"] for row in report["quarantine"]) == 2
    assert report["not_done"]


def test_the_list_of_quarantined_sources_is_for_the_keys_owner_alone(source: Path) -> None:
    listed = run(source).quarantine_list
    assert listed is not None
    assert listed.stat().st_mode & 0o777 == 0o600
    assert "letter.pdf" in listed.read_text()


def test_a_second_run_does_nothing_and_gives_the_same(source: Path) -> None:
    first = run(source)
    before = {path: path.stat().st_mtime_ns for path in (source.parent / "out").rglob("*.dcm")}
    files = contents(source.parent / "out")
    again = run(source)
    assert again.summary == first.summary
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert contents(source.parent / "out") == files


def test_a_run_that_was_cut_off_continues_and_ends_as_if_it_had_not_been(source: Path) -> None:
    whole = run(source, name="whole")

    def stop(step: str, done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(source, progress=stop)
    assert not (source.parent / "out" / "deidentification.json").exists()
    for path in list((source.parent / "out").rglob("*.dcm"))[:2]:
        path.write_bytes(path.read_bytes()[:-10])  # and a disk lost the end of two files
    assert run(source).summary == whole.summary
    ours, other = contents(source.parent / "out"), contents(source.parent / "whole")
    del ours[".deidentification.sqlite"], other[".deidentification.sqlite"]
    assert ours == other


def test_a_withdrawn_source_is_withdrawn_from_the_destination(source: Path) -> None:
    run(source)
    next(source.rglob("*0.dcm")).unlink()
    assert run(source).summary["passed"] == 5
    assert len(list((source.parent / "out").rglob("*.dcm"))) == 5


def test_copies_are_duplicates_and_two_files_of_one_uid_are_not_both_given(source: Path) -> None:
    folder = next(source.iterdir())
    (folder / "z copy.dcm").write_bytes(instance(0, count=6).data)
    (folder / "z conflict.dcm").write_bytes(instance(1, count=6).data.replace(b"Northlight", b"Southlight"))
    made = run(source).summary
    assert (made["passed"], made["duplicates"]) == (6, 1)
    assert "uid-conflict" in {row["code"] for row in made["quarantine"]}


@pytest.mark.parametrize("change", ["key", "options"])
def test_a_destination_of_another_key_or_other_options_is_not_continued(source: Path, change: str) -> None:
    run(source)
    before = contents(source.parent / "out")
    with pytest.raises(ConfigurationError, match="another key"):
        run(source, key=KEY[::-1] if change == "key" else KEY, policy=Policy(dates=Dates.FULL) if change == "options" else None)
    assert contents(source.parent / "out") == before


def test_a_destination_with_other_things_or_inside_the_source_is_refused(source: Path) -> None:
    (source.parent / "out").mkdir()
    (source.parent / "out" / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="other things"):
        run(source)
    with pytest.raises(InputError, match="overlap"):
        run(source, name="in/out")
    with pytest.raises(InputError, match="key"):
        new = source.parent / "new"
        deidentify_folder(source, new, key=KEY, policy=Policy(), quarantine_list=new / "q.csv", progress=silent)
    assert contents(source.parent / "out") == {"mine.txt": b"mine"}


def test_many_files_on_all_cores_come_out_as_one_by_one(tmp_path: Path) -> None:
    for name, count in (("few", 12), ("many", 70)):
        folder = tmp_path / name / "in"
        folder.mkdir(parents=True)
        for seed in range(count):
            (folder / f"{seed:03d}.dcm").write_bytes(instance(seed, count=70).data)
        run(folder)
    few, many = contents(tmp_path / "few" / "out"), contents(tmp_path / "many" / "out")
    outputs = {name: data for name, data in few.items() if name.endswith(".dcm")}
    assert len(outputs) == 12
    assert all(many[name] == data for name, data in outputs.items())


def test_phantom_radiographs_stay_as_conformant_as_they_were(tmp_path: Path, dciodvfy: Callable[[Path], list[str]]) -> None:
    paths = write_studies(tmp_path / "in", count=4, seed=1, rows=128)
    before = {line for path in paths for line in dciodvfy(path)}
    assert run(tmp_path / "in").summary["passed"] == len(paths)
    for path in (tmp_path / "out").rglob("*.dcm"):
        assert set(dciodvfy(path)) <= before


def test_real_files_of_all_kinds_end_as_a_file_or_a_reason(real_data: Path, tmp_path: Path) -> None:
    made = deidentify_folder(
        real_data / "dicom_mixed", tmp_path / "out", key=KEY, policy=Policy(), quarantine_list=tmp_path / "q.csv",
        progress=silent,
    ).summary
    assert made["passed"] + made["duplicates"] + made["quarantined"] == made["files"] > 200
    assert made["passed"] > 90
    codes = {row["code"] for row in made["quarantine"]}
    assert codes >= {"secondary-capture", "ultrasound", "directory", "unreadable"}
    assert not codes & {"not-processed", "decoder-crash"}
    for path in (tmp_path / "out").rglob("*.dcm"):
        dataset = pydicom.dcmread(path)
        assert dataset.PatientIdentityRemoved == "YES"
        assert dataset.Modality not in ("US", "SC", "OT")
        assert dataset.get("BurnedInAnnotation", "NO") == "NO"
        assert not [tag for tag in dataset if tag.tag.is_private or tag.tag.group >> 8 in (0x50, 0x60)]


@pytest.mark.parametrize("same_names", [False, True])
def test_another_source_takes_nothing_from_a_destination(source: Path, same_names: bool) -> None:
    run(source)
    before = contents(source.parent / "out")
    other = source.parent / "other" / (f"{MARK}^Jane" if same_names else "elsewhere")
    other.mkdir(parents=True)
    for seed in range(3):
        (other / f"{MARK} {seed}.dcm").write_bytes(instance(seed + 50, count=6).data)
    with pytest.raises(InputError, match="made from another source"):
        deidentify_folder(
            other.parent, source.parent / "out", key=KEY, policy=Policy(), quarantine_list=source.parent / "key.quarantine.csv",
            progress=silent,
        )
    assert contents(source.parent / "out") == before


def test_a_damaged_journal_is_told(source: Path) -> None:
    run(source)
    (source.parent / "out" / ".deidentification.sqlite").write_bytes(b"no database " * 100)
    with pytest.raises(IntegrityError, match="journal is damaged"):
        run(source)
