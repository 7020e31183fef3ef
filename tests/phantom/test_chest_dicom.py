import io

import pydicom
import pytest
from pydicom.uid import UID

from cauce.phantom.chest_dicom import dicom_bytes
from cauce.phantom.study import draw_patient
from cauce.phantom.vendor import MACHINES, ToneCurve, Vendor


def _study(vendor, origin):
    studies = (draw_patient(2, number, rows=128, vendors=[vendor])[0] for number in range(100))
    return next(study for study in studies if study.origin == origin)


def _dataset(study):
    return pydicom.dcmread(io.BytesIO(dicom_bytes(study)))


@pytest.mark.parametrize("origin", [0, 1])
@pytest.mark.parametrize("vendor", list(Vendor))
def test_every_vendors_files_conform_to_their_iod(vendor, origin, dciodvfy, tmp_path):
    path = tmp_path / "image.dcm"
    path.write_bytes(dicom_bytes(_study(vendor, origin)))
    assert dciodvfy(path) == []


@pytest.mark.parametrize("vendor", list(Vendor))
def test_a_file_carries_the_tags_of_its_machine_and_patient(vendor):
    study = _study(vendor, 0)
    dataset = _dataset(study)
    machine = MACHINES[vendor]
    assert dataset.Modality == machine.modality
    assert dataset.Manufacturer.lower() == vendor.value.lower()
    assert (dataset.Rows, dataset.Columns) == (study.frame.grid.rows, study.frame.grid.columns)
    assert float(dataset.ImagerPixelSpacing[0]) == pytest.approx(study.frame.grid.spacing_mm, abs=1e-5)
    assert dataset.BitsStored == machine.bits_stored[0]
    assert int(dataset.pixel_array.max()) < 1 << machine.bits_stored[0]
    assert ("VOILUTSequence" in dataset) == (machine.tone is ToneCurve.LUT_SEQUENCE)
    assert ("WindowCenter" in dataset) == (machine.tone is not ToneCurve.LUT_SEQUENCE)
    assert dataset.PatientAge == f"{study.age_years:03d}Y"
    assert dataset.PatientSex == study.anatomy.sex.value
    assert dataset.ViewPosition == study.view
    assert list(dataset.PatientOrientation) == ["L", "F"]
    for keyword in ("KVP", "Exposure", "ExposureTime", "XRayTubeCurrent", "DistanceSourceToDetector", "InstitutionName"):
        assert dataset.get(keyword), keyword


def test_the_vendors_together_cover_dx_cr_both_photometric_interpretations_and_a_true_rescale():
    datasets = [_dataset(_study(vendor, origin)) for vendor in Vendor for origin in (0, 1)]
    assert {dataset.Modality for dataset in datasets} == {"DX", "CR"}
    assert {dataset.PhotometricInterpretation for dataset in datasets} == {"MONOCHROME1", "MONOCHROME2"}
    assert {12, 14, 16} <= {dataset.BitsStored for dataset in datasets}
    assert any(float(dataset.RescaleSlope) != 1 for dataset in datasets)


def test_uids_are_valid_differ_by_level_and_depend_on_everything_that_changes_the_image():
    first, second = draw_patient(2, 7, rows=128)[0], draw_patient(2, 7, rows=256)[0]
    one, other = _dataset(first), _dataset(second)
    uids = {one.StudyInstanceUID, one.SeriesInstanceUID, one.SOPInstanceUID, other.SOPInstanceUID}
    assert len(uids) == 4
    assert all(UID(uid).is_valid and uid.startswith("2.25.") for uid in uids)
    assert dicom_bytes(first) == dicom_bytes(first)


def test_studies_of_one_patient_share_the_patient_id_and_nothing_else_that_identifies():
    several = next(patient for n in range(100) if len(patient := draw_patient(2, n, rows=128)) > 1)
    one, other = _dataset(several[0]), _dataset(several[1])
    assert one.PatientID == other.PatientID
    assert str(one.PatientName).startswith("PHANTOM^")
    assert one.StudyInstanceUID != other.StudyInstanceUID
    assert one.PatientID != _dataset(draw_patient(3, several[0].patient, rows=128)[0]).PatientID
