import io
import warnings
from collections.abc import Iterator

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from cauce.dataset.deidentify.instance import Passed, deidentify_bytes
from cauce.dataset.deidentify.policy import Clean, Dates, Policy, Retain
from cauce.dataset.deidentify.quarantine import Risk
from cauce.dataset.deidentify.uids import UidMap
from deidentify_canaries import CLASSES, MARK, decoded_leaks, instance, leaks, sop_of

KEY = b"0123456789abcdef" * 2
COUNT = 1000


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def passed(data: bytes, policy: Policy | None = None) -> tuple[Passed, Dataset]:
    made = deidentify_bytes(data, policy=policy or Policy(), key=KEY)
    assert isinstance(made, Passed), made
    return made, pydicom.dcmread(io.BytesIO(made.data))


def test_no_planted_identifier_is_left_in_a_thousand_instances_and_every_reference_resolves() -> None:
    uids = UidMap(KEY)
    found, references, sops = {}, set(), set()
    for seed in range(COUNT):
        planted = instance(seed, count=COUNT)
        assert planted.tokens >= 200
        made, dataset = passed(planted.data)
        if left := leaks(made.data) + decoded_leaks(dataset) + leaks(made.name.encode()):
            found[seed] = left
        sops.add(str(dataset.SOPInstanceUID))
        references.update(str(item.ReferencedSOPInstanceUID) for item in dataset.ReferencedImageSequence)
        assert dataset.file_meta.MediaStorageSOPInstanceUID == dataset.SOPInstanceUID
    assert found == {}
    assert len(sops) == COUNT
    assert references == sops == {uids(sop_of(seed)) for seed in range(COUNT)}


def test_the_search_for_planted_identifiers_finds_them_in_every_kind_of_instance_before_it_is_changed() -> None:
    for seed in range(len(CLASSES)):
        data = instance(seed).data
        assert MARK in leaks(data)
        assert "a date" in leaks(data)
        assert "PatientName" in decoded_leaks(pydicom.dcmread(io.BytesIO(data)))


@pytest.mark.parametrize("seed", range(0, 65, 7))
def test_clean_options_leave_nothing_planted_either(seed: int) -> None:
    for dates in (Dates.MODIFIED, Dates.REMOVED):
        made, dataset = passed(instance(seed).data, Policy(dates=dates, clean=frozenset(Clean)))
        assert leaks(made.data) + decoded_leaks(dataset) == []


def test_retaining_private_attributes_and_patient_characteristics_leaves_no_name() -> None:
    policy = Policy(retain=frozenset((Retain.SAFE_PRIVATE, Retain.PATIENT_CHARACTERISTICS)))
    for seed in range(0, 65, 7):
        _, dataset = passed(instance(seed).data, policy)
        kept = set(decoded_leaks(dataset))
        assert kept <= {"EthnicGroup", "(0010,2162)"}, kept  # (0010,2162) is EthnicGroups


def test_the_file_says_how_it_was_made_and_nothing_of_where() -> None:
    made, dataset = passed(instance(0).data)
    assert made.data[:128] == b"\0" * 128
    assert dataset.PatientIdentityRemoved == "YES"
    assert dataset.LongitudinalTemporalInformationModified == "MODIFIED"
    codes = [(item.CodeValue, item.CodingSchemeDesignator) for item in dataset.DeidentificationMethodCodeSequence]
    assert codes == [("113100", "DCM"), ("113107", "DCM")]
    assert {element.keyword for element in dataset.file_meta} == {
        "FileMetaInformationGroupLength", "FileMetaInformationVersion", "MediaStorageSOPClassUID", "MediaStorageSOPInstanceUID",
        "TransferSyntaxUID", "ImplementationClassUID", "ImplementationVersionName",
    }


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Policy(dates=Dates.FULL), ("113106", "UNMODIFIED")), (Policy(dates=Dates.REMOVED), (None, "REMOVED")),
        (Policy(retain=frozenset((Retain.DEVICE,))), ("113109", "MODIFIED")),
        (Policy(clean=frozenset((Clean.DESCRIPTORS,))), ("113105", "MODIFIED")),
    ],
)
def test_options_are_named_by_their_codes(policy: Policy, expected: tuple[str | None, str]) -> None:
    _, dataset = passed(instance(0).data, policy)
    codes = {item.CodeValue for item in dataset.DeidentificationMethodCodeSequence}
    assert expected[0] is None or expected[0] in codes
    assert dataset.LongitudinalTemporalInformationModified == expected[1]


def test_what_an_image_needs_is_kept() -> None:
    for seed in (0, 13, 26, 52):  # explicit, implicit, big endian, JPEG
        planted = instance(seed)
        before = pydicom.dcmread(io.BytesIO(planted.data))
        _, after = passed(planted.data)
        stored = before.pixel_array & 0x0FFF if before.BitsAllocated == 16 else before.pixel_array
        assert np.array_equal(after.pixel_array, stored)
        for keyword in ("Modality", "Rows", "BitsStored", "PhotometricInterpretation", "SOPClassUID", "Manufacturer"):
            assert after[keyword].value == before[keyword].value


def test_intervals_of_a_patient_are_exact_across_instances_and_midnight() -> None:
    _, one = passed(instance(3).data)
    _, other = passed(instance(43).data)  # the same patient
    assert one.PatientID == other.PatientID
    for dataset in (one, other):
        assert dataset.StudyTime == "235959.75"
        assert dataset.AcquisitionDateTime == dataset.AcquisitionDate + dataset.AcquisitionTime
        assert int(dataset.AcquisitionDate) > int(dataset.StudyDate)
    assert one.StudyDate == other.StudyDate
    assert passed(instance(4).data)[1].StudyDate != one.StudyDate


def test_the_same_file_gives_the_same_bytes_and_another_key_gives_other_identifiers() -> None:
    planted = instance(5)
    first, again = passed(planted.data)[0], passed(planted.data)[0]
    assert first == again
    other = deidentify_bytes(planted.data, policy=Policy(), key=KEY[::-1])
    assert isinstance(other, Passed)
    assert not set(first.name.split("/")) & set(other.name.split("/"))


def test_a_name_in_a_place_for_a_model_or_a_number_is_found_by_what_the_file_calls_the_patient() -> None:
    dataset = pydicom.dcmread(io.BytesIO(instance(0).data))
    dataset.PatientName, dataset.PatientID = "Vandenberg^Ottoline", "774411"
    dataset.ManufacturerModelName, dataset.SeriesNumber, dataset.SequenceName = "OTTOLINE-1", "774411", "epi 774411"
    made, after = passed(_bytes(dataset))
    assert (after.ManufacturerModelName, after.SeriesNumber, after.SequenceName) == ("REMOVED", 0, "REMOVED")
    assert b"774411" not in made.data


def test_an_identifier_written_into_the_pixels_themselves_is_quarantined() -> None:
    dataset = pydicom.dcmread(io.BytesIO(instance(1).data))
    dataset.PatientID = "HOSP-774411"
    dataset.PixelData = b"HOSP-774411".ljust(512, b"\1")
    dataset.BitsStored, dataset.HighBit = 16, 15
    made = deidentify_bytes(_bytes(dataset), policy=Policy(), key=KEY)
    assert isinstance(made, Risk)
    assert made.code == "identifier-left"


@pytest.mark.parametrize("data", [b"", b"a report of Jane Doe", b"\0" * 200, instance(0).data[:-700], instance(2).data[:3000]])
def test_what_cannot_be_read_is_quarantined_without_a_word_of_it(data: bytes) -> None:
    made = deidentify_bytes(data, policy=Policy(), key=KEY)
    assert isinstance(made, Risk)
    assert made.code in ("unreadable", "pixel-data")
    assert "Jane" not in made.reason


def _bytes(dataset: Dataset) -> bytes:
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()
