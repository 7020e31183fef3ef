"""The structured report, read back with pydicom and judged by dciodvfy."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from cauce.clinical.chest_xray.texts import RefusalCode, refusal_of
from cauce.domain.errors import InputError
from cauce.domain.result import InstanceResult, Refusal
from cauce.predictor.source import LoadedInstance
from cauce.report.structured_report import build_sr, encode_sr
from cauce.store.settings import Language
from chest_results import instance_result, radiograph, study_result

Judge = Callable[[Path], list[str]]
WRONG_VIEW = refusal_of(RefusalCode.WRONG_VIEW, expected="PA, AP", got="LL")


def written(loaded: LoadedInstance, answer: InstanceResult, *, language: Language = Language.ENGLISH) -> bytes:
    assert loaded.header is not None
    return encode_sr(build_sr(study_result(answer), {loaded.sop_instance_uid: loaded.header}, language=language))


def parsed(data: bytes) -> Dataset:
    return pydicom.dcmread(io.BytesIO(data))


def items(node: Dataset) -> Iterator[tuple[str, Dataset]]:
    """Every content item below `node` with its concept's code value."""
    for item in node.get("ContentSequence", ()):
        yield (item.ConceptNameCodeSequence[0].CodeValue if "ConceptNameCodeSequence" in item else ""), item
        yield from items(item)


def one(document: Dataset, concept: str) -> Dataset:
    found = [item for code, item in items(document) if code == concept]
    assert len(found) == 1, concept
    return found[0]


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(("probability", "refusal"), [(0.87, None), (0.1, None), (None, WRONG_VIEW)])
def test_positive_negative_and_refused_reports_conform(
    dciodvfy: Judge, tmp_path: Path, probability: float | None, refusal: Refusal | None, language: Language
) -> None:
    loaded = radiograph()
    path = tmp_path / "sr.dcm"
    path.write_bytes(written(loaded, instance_result(loaded, probability, refusal=refusal), language=language))
    assert dciodvfy(path) == []


@pytest.mark.parametrize("header", [
    {"PatientOrientation": None}, {"ImagerPixelSpacing": None, "PixelSpacing": None},
    {"PatientSex": "X", "PatientBirthDate": "1.1.70"},
    {"AccessionNumber": None, "StudyID": None, "StudyDate": None, "StudyTime": None, "PatientName": None, "PatientSex": None},
    {"Modality": "CT"}, {"SOPClassUID": pydicom.uid.SecondaryCaptureImageStorage},
    {"PatientName": "Müller^Jürgen=山田^太郎", "SpecificCharacterSet": "ISO_IR 192"},
])
def test_poor_and_foreign_headers_still_give_a_report_that_conforms(
    dciodvfy: Judge, tmp_path: Path, header: dict[str, object]
) -> None:
    loaded = radiograph(**header)
    path = tmp_path / "sr.dcm"
    path.write_bytes(written(loaded, instance_result(loaded, None, refusal=WRONG_VIEW)))
    assert dciodvfy(path) == []


def test_a_positive_report_gives_finding_place_probability_and_algorithm() -> None:
    loaded = radiograph()
    answer = instance_result(loaded, 0.87, at=(60.0, 80.0))
    document = parsed(written(loaded, answer))
    place = answer.findings[0].place
    assert place is not None
    assert one(document, "121071").ConceptCodeSequence[0].CodeValue == "130591"
    assert float(one(document, "122157").MeasuredValueSequence[0].NumericValue) == pytest.approx(0.87)
    assert one(document, "363698007").ConceptCodeSequence[0].CodeMeaning == "Upper zone of lung"
    assert one(document, "272741003").ConceptCodeSequence[0].CodeMeaning == "Right"
    region = list(one(document, "111030").GraphicData)
    left, top, right, bottom = place.box
    assert region == pytest.approx([left, top, right, top, right, bottom, left, bottom, left, top])
    assert one(document, "111001").TextValue == "chest-test"
    assert one(document, "111003").TextValue == "3"


def test_a_negative_report_says_no_abnormality_and_its_probability() -> None:
    loaded = radiograph()
    document = parsed(written(loaded, instance_result(loaded, 0.1)))
    assert one(document, "121071").ConceptCodeSequence[0].CodeValue == "111286"
    assert float(one(document, "122157").MeasuredValueSequence[0].NumericValue) == pytest.approx(0.1)


def test_a_refused_report_gives_a_coded_reason_and_no_number() -> None:
    loaded = radiograph()
    document = parsed(written(loaded, instance_result(loaded, None, refusal=WRONG_VIEW)))
    assert one(document, "121071").ConceptCodeSequence[0].CodeValue == "not-analysed"
    assert one(document, "refusal-reason").ConceptCodeSequence[0].CodeValue == "wrong-view"
    assert not [item for code, item in items(document) if code == "122157"]


def test_observer_procedure_language_and_library_are_there() -> None:
    loaded = radiograph()
    document = parsed(written(loaded, instance_result(loaded, 0.87), language=Language.SPANISH))
    assert one(document, "121049").ConceptCodeSequence[0].CodeValue == "es"
    assert one(document, "121005").ConceptCodeSequence[0].CodeMeaning == "Device"
    assert one(document, "121012").UID.startswith("2.25.")
    assert one(document, "121058").ConceptCodeSequence[0].CodeValue == "399208008"
    assert one(document, "111028").ValueType == "CONTAINER"
    assert one(document, "121071").ConceptCodeSequence[0].CodeMeaning == "Anomalía focal"


def test_patient_and_study_are_those_of_the_image() -> None:
    loaded = radiograph(PatientName="GARCÍA^MARÍA", PatientID="X 1", AccessionNumber="A77", SpecificCharacterSet="ISO_IR 192")
    document = parsed(written(loaded, instance_result(loaded, 0.5)))
    assert (str(document.PatientName), document.PatientID, document.AccessionNumber) == ("GARCÍA^MARÍA", "X 1", "A77")
    assert document.StudyInstanceUID == loaded.study_instance_uid
    assert document.SeriesInstanceUID != loaded.series_instance_uid


def test_the_same_study_and_model_give_the_same_document() -> None:
    loaded = radiograph()
    answer = instance_result(loaded, 0.87)
    assert written(loaded, answer) == written(loaded, answer)


def test_another_model_gives_another_document_and_another_tracking_id() -> None:
    loaded = radiograph()
    first = instance_result(loaded, 0.87)
    second = first.model_copy(update={"provenance": first.provenance.model_copy(update={"model_digest": "cd" * 32})})
    documents = [parsed(written(loaded, answer)) for answer in (first, second)]
    assert documents[0].SOPInstanceUID != documents[1].SOPInstanceUID
    assert documents[0].SeriesInstanceUID != documents[1].SeriesInstanceUID
    assert one(documents[0], "112040").UID != one(documents[1], "112040").UID


def test_a_plain_image_gets_a_clear_error_instead_of_an_invented_study() -> None:
    with pytest.raises(InputError, match="no structured report without DICOM"):
        build_sr(study_result(instance_result(radiograph(), 0.5)), {})


def test_every_image_of_the_study_is_spoken_of(dciodvfy: Judge, tmp_path: Path) -> None:
    first = radiograph(5)
    second = radiograph(6, StudyInstanceUID=first.study_instance_uid, PatientID=first.header.PatientID if first.header else "")
    result = study_result(instance_result(first, 0.9), instance_result(second, None, refusal=WRONG_VIEW))
    headers = {item.sop_instance_uid: item.header for item in (first, second) if item.header is not None}
    path = tmp_path / "sr.dcm"
    path.write_bytes(encode_sr(build_sr(result, headers)))
    codes = [item.ConceptCodeSequence[0].CodeValue for code, item in items(pydicom.dcmread(path)) if code == "121071"]
    assert codes == ["130591", "not-analysed"]
    assert dciodvfy(path) == []


@settings(deadline=None, max_examples=25)
@given(st.floats(0.37, 1.0), st.floats(0.1, 0.9), st.floats(0.1, 0.9))
def test_probability_and_box_come_back_as_they_went_in(probability: float, x: float, y: float) -> None:
    loaded = radiograph()
    answer = instance_result(loaded, probability, at=(x * loaded.image.columns, y * loaded.image.rows))
    document = parsed(written(loaded, answer))
    place = answer.findings[0].place
    assert place is not None
    assert float(one(document, "122157").MeasuredValueSequence[0].NumericValue) == pytest.approx(probability, abs=1e-6)
    assert list(one(document, "111030").GraphicData)[:2] == pytest.approx(place.box[:2], rel=1e-6)
