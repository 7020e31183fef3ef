"""The printed page, read back with poppler."""

import shutil
import subprocess
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from cauce.clinical.chest_xray.texts import RefusalCode, refusal_of
from cauce.domain.result import Result
from cauce.report.pdf import ModelStatement, write_pdf
from cauce.report.study_header import StudyHeader
from cauce.report.texts import report_texts
from cauce.store.settings import Language
from chest_results import CONTRACT, OPERATING_POINT, instance_result, radiograph, study_result

STATEMENT = ModelStatement("Orders the reading list. Not for children.", CONTRACT)
HEADER = StudyHeader(
    imaging_centre="Hospital A", modality="DX", study_description="Chest PA", study_date="20240305", patient_name="DOE, JANE",
    patient_id="4711", sex="F", birth_date="19570301",
)


@pytest.fixture
def read(tmp_path: Path) -> "Reader":
    if not shutil.which("pdftotext"):
        pytest.skip("no pdftotext: install the Debian package poppler-utils")
    return Reader(tmp_path / "report.pdf")


class Reader:
    """Text of a PDF on one line, after checking that it is one page."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, pdf: bytes) -> str:
        self.path.write_bytes(pdf)
        info = subprocess.run(["pdfinfo", str(self.path)], capture_output=True, text=True, check=True).stdout
        assert "Pages:           1\n" in info
        assert "A4" in info
        text = subprocess.run(["pdftotext", "-layout", str(self.path), "-"], capture_output=True, text=True, check=True).stdout
        return " ".join(text.replace("\u200b", "").split())


def positive(probability: float = 0.87) -> Result:
    return study_result(instance_result(radiograph(), probability, at=(60.0, 80.0)))


def page(
    result: Result, header: StudyHeader = HEADER, *, language: Language = Language.ENGLISH, created: datetime | None = None
) -> bytes:
    loaded = radiograph()
    images = {loaded.sop_instance_uid: loaded.image.pixels}
    return write_pdf(result, images, header, language=language, statement=STATEMENT, created=created)


def test_a_positive_page_says_everything_that_it_must(read: Reader) -> None:
    text = read(page(positive()))
    for words in (
        "Hospital A", "DX", "Chest PA", "5 Mar 2024", "DOE, JANE", "4711", "Female", "1 Mar 1957", "Original image",
        "Abnormal probability", "0.87", "operating point 0.37", "Suspicious", "Focal abnormality", "right", "upper",
        "Not all findings may be represented", "AI result – not for primary diagnosis", "chest-test, version 3",
        "digest abababababababab", "Orders the reading list.", "age ≥ 18 years", "Input quality", "openvino 2026.4.1 float32",
    ):
        assert words in text, words


def test_the_spanish_page_has_no_english_words_of_ours(read: Reader) -> None:
    text = read(page(positive(), language=Language.SPANISH))
    for words in (
        "Probabilidad de anomalía", "0,87", "Sospechosa", "Anomalía focal", "derecho", "superior", "5 mar 2024", "Mujer",
        "no todos los hallazgos", "Resultado de IA: no válido para el diagnóstico primario", "edad ≥ 18 años",
    ):
        assert words in text, words
    english = report_texts(Language.ENGLISH)
    for words in (english.probability, english.not_diagnostic, english.quality, "Focal abnormality", "sensitivity"):
        assert words not in text, words


def test_a_negative_page_points_at_nothing(read: Reader) -> None:
    text = read(page(study_result(instance_result(radiograph(), 0.1))))
    assert "Not suspicious" in text
    assert "No finding at or above the operating point" in text
    assert "Focal abnormality" not in text


@pytest.mark.parametrize(("language", "reason"), [
    (Language.ENGLISH, "The view is not one that this model accepts (accepted: PA, AP; received: LL)"),
    (Language.SPANISH, "La proyección no es una de las que admite este modelo (admitido: PA, AP; recibido: LL)"),
])
def test_a_refused_study_gets_a_page_that_says_why_and_no_number(read: Reader, language: Language, reason: str) -> None:
    refusal = refusal_of(RefusalCode.WRONG_VIEW, expected="PA, AP", got="LL")
    text = read(page(study_result(instance_result(radiograph(), None, refusal=refusal)), language=language))
    joined = text.replace(" ", "")
    assert all(word in joined for word in reason.replace(" ", " ").split())
    assert report_texts(language).refused_title.split()[0] in text
    assert report_texts(language).probability not in text


def test_the_same_arguments_give_the_same_bytes() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5)
    assert page(positive()) == page(positive())
    assert page(positive(), created=moment) == page(positive(), created=moment)


@pytest.mark.parametrize("name", [
    "#let x = 1 $a^2$ *bold* _it_ \\ \"q\" 'q' <b> @ref // c `raw` [x](y) ~ -- ...", "#import \"/etc/passwd\"", "W" * 120,
    "Ω Иванов 山田太郎",
])
def test_a_name_is_printed_literally_and_never_read_as_markup(read: Reader, name: str) -> None:
    text = read(page(positive(), replace(HEADER, patient_name=name), created=datetime(2026, 1, 2)))
    assert name.replace(" ", "") in text.replace(" ", "") or _in_pieces(name, text)


def _in_pieces(name: str, text: str) -> bool:
    """A long value is broken over lines, between which pdftotext puts the neighbouring column."""
    return all(word in text for word in name.split() if len(word) < 20) and text.count("W") >= name.count("W")


def test_an_archive_gets_pdf_a(read: Reader) -> None:
    read(page(positive(), created=datetime(2026, 1, 2, 3, 4, 5)))
    assert b"pdfaid" in read.path.read_bytes()


@pytest.mark.parametrize(
    ("probability", "shown"), [(0.9999, "> 0.99"), (0.369999, "0.369999"), (0.0001, "< 0.01"), (0.37, "0.37")]
)
def test_the_printed_number_never_contradicts_the_decision(read: Reader, probability: float, shown: str) -> None:
    assert shown in read(page(positive(probability)))


def test_a_missing_image_leaves_its_place_empty(read: Reader) -> None:
    text = read(write_pdf(positive(), {}, StudyHeader(), language=Language.ENGLISH, statement=STATEMENT))
    assert "No image available" in text


def test_several_images_are_counted_and_the_most_suspicious_one_is_shown(read: Reader) -> None:
    refused = instance_result(radiograph(6), None, refusal=refusal_of(RefusalCode.WRONG_VIEW))
    result = Result.of_study((refused, instance_result(radiograph(), 0.9)), OPERATING_POINT)
    assert "1 of 2 images of the study analysed" in read(page(result))
