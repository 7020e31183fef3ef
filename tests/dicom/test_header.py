import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from cauce.dicom.header import acquisition_of
from cauce.domain.study import Acquisition, Sex
from dicom.small_files import radiograph


def test_acquisition_is_read_with_unified_spelling() -> None:
    found = acquisition_of(radiograph(
        Manufacturer="SIEMENS AG", ManufacturerModelName="Ysio", BodyPartExamined="chest", ViewPosition="pa", PatientSex="F",
        PatientAge="045Y", InstitutionName="Hospital  Uno", KVP="125", ImagerPixelSpacing=[0.143, 0.143],
    ))
    assert found == Acquisition(
        modality="CR", body_part="CHEST", view="PA", origin="Hospital Uno", vendor="Siemens", model="Ysio", sex=Sex.FEMALE,
        age_years=45.0, pixel_spacing_mm=(0.143, 0.143), photometric_interpretation="MONOCHROME2", bits_stored=12,
        tags={"KVP": "125", "TransferSyntax": "Explicit VR Little Endian"},
    )


def test_no_identifier_enters_the_acquisition() -> None:
    text = acquisition_of(radiograph(PatientBirthDate="19700101", AccessionNumber="ACC-77")).model_dump_json()
    for secret in ("ID-1", "DOE", "1970", "ACC-77"):
        assert secret not in text


@pytest.mark.parametrize(
    ("attributes", "age"),
    [
        ({"PatientAge": "006M"}, 0.5), ({"PatientAge": "010D"}, 0.027), ({"PatientAge": "400Y"}, None),
        ({"PatientAge": "old"}, None), ({"PatientBirthDate": "20000101", "StudyDate": "20200101"}, 20.0),
        ({"StudyDate": "20200101"}, None),
    ],
)
def test_ages(attributes: dict[str, str], age: float | None) -> None:
    assert acquisition_of(radiograph(**attributes)).age_years == (pytest.approx(age, abs=0.02) if age else None)


def test_the_view_code_serves_where_the_view_position_is_empty() -> None:
    code = Dataset()
    code.CodeValue = "399348003"
    assert acquisition_of(radiograph(ViewCodeSequence=Sequence([code]))).view == "AP"


def test_an_empty_header_is_unknown_and_not_an_error() -> None:
    found = acquisition_of(Dataset())
    assert (found.modality, found.view, found.vendor, found.age_years) == ("unknown", "unknown", "unknown", None)
