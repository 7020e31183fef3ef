"""Files → loaded instances. The same code loads for indexing, training, prediction and service."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cauce.dicom.image import Image
from cauce.dicom.pseudonym import patient_key, study_day
from cauce.dicom.uids import uid_from
from cauce.domain.errors import CauceError, InputError, UnreadableImageError
from cauce.domain.record import sha256_hex
from cauce.domain.study import Acquisition, PatientKey, PixelStatistics
from cauce.predictor.descriptors import describe
from cauce.predictor.pillow_adapter import plain_format, read_plain

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

MAXIMUM_FILE_BYTES = 1 << 30


@dataclass(frozen=True, eq=False)
class LoadedInstance:
    """One instance in memory.

    Attributes:
        name: path or file name as the caller gave it.
        image: display-oriented pixels; see `Image`.
        statistics: of the image, or of the middle slice of a volume.
        patient_known: False when the source states no patient; `patient_key` then stands for this study alone, and such
            an instance must not enter a split.
        study_day: day on the patient's shifted calendar; None when the source states no date.
        header: DICOM header without pixels, in memory only; None for plain images.
    """

    name: str
    file_sha256: str
    image: Image
    acquisition: Acquisition
    statistics: PixelStatistics
    patient_key: PatientKey
    patient_known: bool
    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str
    study_day: int | None
    header: "Dataset | None"


def find_files(source: Path) -> list[Path]:
    """The files of a folder of any depth, or the one file; sorted; hidden and unfinished (`.partial`) files are left out.

    Raises:
        InputError: nothing is there.
    """
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise InputError("no such file or folder", where=source.name, remedy="Check the path.")
    files = [path for path in source.rglob("*") if path.is_file() and not _is_hidden(path.relative_to(source))]
    if not files:
        raise InputError("the folder is empty", where=source.name, expected="image files", got="none",
                         remedy="Give a folder that holds DICOM, PNG, JPEG or TIFF files.")
    return sorted(files, key=lambda path: path.relative_to(source).as_posix())


def load_file(path: Path, name: str, *, key: bytes | None, frame: int | None = None) -> LoadedInstance:
    """Load one file, or one frame of an enhanced multi-frame object; `name` is what messages and results call it.

    Raises:
        UnreadableImageError, TooLargeError: as `load_bytes`.
        InputError: the file is missing or cannot be opened.
    """
    try:
        size = path.stat().st_size
        if size > MAXIMUM_FILE_BYTES:
            raise UnreadableImageError("the file is too large", where=name, expected=f"at most {MAXIMUM_FILE_BYTES} bytes",
                                       got=str(size), remedy="Leave this file out.")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"the file cannot be opened ({error.strerror or type(error).__name__})", where=name,
                         remedy="Check that it exists and may be read.") from None
    return load_bytes(data, name, key=key, frame=frame)


def load_bytes(data: bytes, name: str, *, key: bytes | None, frame: int | None = None) -> LoadedInstance:
    """Load one instance: DICOM with or without preamble, PNG, JPEG or TIFF, told apart by their first bytes.

    Args:
        data: content of the file.
        name: what messages and results call it.
        key: secret that the PatientKey is made with; None for the public default.
        frame: this frame alone, counted from 0, of an enhanced multi-frame object.

    Raises:
        UnreadableImageError: no image, truncated, or pixels that cannot be decoded; the message names the file.
        TooLargeError: beyond a limit.
    """
    try:
        return _load_plain(data, name) if plain_format(data) else _load_dicom(data, name, key, frame)
    except CauceError as error:
        if error.where.startswith(name):
            raise
        where = f"{name}, {error.where}" if error.where else name
        raise type(error)(error.what, where=where, expected=error.expected, got=error.got, remedy=error.remedy) from None


def _load_plain(data: bytes, name: str) -> LoadedInstance:
    digest = sha256_hex(data)
    pixels, bits = read_plain(data)
    return LoadedInstance(
        name=name, file_sha256=digest, image=Image(pixels=pixels), statistics=describe(pixels),
        acquisition=Acquisition(photometric_interpretation="MONOCHROME2", bits_stored=bits),
        patient_key=patient_key(digest, "file", key=None), patient_known=False, study_day=None, header=None,
        study_instance_uid=uid_from("study", digest), series_instance_uid=uid_from("series", digest),
        sop_instance_uid=uid_from("instance", digest),
    )


def _load_dicom(data: bytes, name: str, key: bytes | None, frame: int | None) -> LoadedInstance:
    from cauce.dicom.frames import frame_dataset
    from cauce.dicom.header import acquisition_of
    from cauce.dicom.read import read_dataset, read_image
    from cauce.dicom.values import day, text

    digest = sha256_hex(data)
    whole = read_dataset(data)
    dataset = whole if frame is None else frame_dataset(whole, frame)
    image = read_image(dataset)
    slice_pixels = image.pixels if image.pixels.ndim == 2 else image.pixels[image.pixels.shape[0] // 2]
    study_uid = text(dataset, "StudyInstanceUID") or uid_from("study", digest)
    patient_id = text(dataset, "PatientID")
    patient = patient_key(patient_id or study_uid, text(dataset, "IssuerOfPatientID") if patient_id else "study", key=key)
    date = day(dataset, "StudyDate")
    acquisition, statistics = acquisition_of(dataset), describe(slice_pixels)
    return LoadedInstance(
        name=name, file_sha256=digest, image=image, statistics=statistics, acquisition=acquisition,
        patient_key=patient, patient_known=bool(patient_id), header=_without_pixels(dataset),
        study_day=None if date is None else study_day(date, patient, key=key),
        study_instance_uid=study_uid,
        series_instance_uid=text(dataset, "SeriesInstanceUID") or uid_from("series", digest),
        sop_instance_uid=text(dataset, "SOPInstanceUID") or uid_from("instance", digest),
    )


def _without_pixels(dataset: "Dataset") -> "Dataset":
    for keyword in ("PixelData", "FloatPixelData", "DoubleFloatPixelData"):
        if keyword in dataset:
            delattr(dataset, keyword)
    return dataset


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts) or path.name.endswith(".partial")
