"""Patient and study on paper."""

import pydicom
import pytest

from cauce.report.study_header import StudyHeader
from chest_results import radiograph


def test_a_header_is_read_from_dicom() -> None:
    header = StudyHeader.of(radiograph(PatientName="GARCÍA^MARÍA^DEL CARMEN^DRA.", SpecificCharacterSet="ISO_IR 192").header)
    assert header.patient_name == "GARCÍA, DRA. MARÍA DEL CARMEN"
    assert header.modality == "DX"
    assert header.imaging_centre


@pytest.mark.parametrize(("value", "shown"), [
    ("DOE^JANE", "DOE, JANE"), ("DOE", "DOE"), ("", ""), ("^^", ""), ("A^B^C^D^E^F^G", "A, D B C E"),
    ("Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada, Tarou (山田, 太郎)"), ("=山田^太郎", "山田, 太郎"),
])
def test_names_are_written_as_people_write_them(value: str, shown: str) -> None:
    dataset = pydicom.Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.PatientName = value
    assert StudyHeader.of(dataset).patient_name == shown


def test_a_plain_image_has_an_empty_header_with_the_institution_at_most() -> None:
    assert StudyHeader.of(None) == StudyHeader()
    assert StudyHeader.of(None, institution="Here").imaging_centre == "Here"
    assert StudyHeader.of(radiograph(InstitutionName="There").header, institution="Here").imaging_centre == "There"


def test_a_header_in_a_log_line_shows_nothing() -> None:
    header = StudyHeader(patient_name="CANARY", patient_id="4711", birth_date="19700101", accession_number="A1")
    assert repr(header) == "StudyHeader()"
