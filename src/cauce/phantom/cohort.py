"""Cohorts of digital patients as folders of DICOM files with a truth table, and single studies of further patients."""

import csv
import io
import json
import math
import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple, dataclass, fields
from multiprocessing import get_context
from pathlib import Path

from cauce.domain.cohort import PhantomSource
from cauce.domain.errors import InputError
from cauce.domain.progress import Progress, silent
from cauce.domain.record import canonical_json, sha256_hex
from cauce.phantom.chest_dicom import dicom_bytes, patient_id, sop_instance_uid, study_instance_uid
from cauce.phantom.study import ORIGINS, DigitalStudy, draw_patient
from cauce.phantom.vendor import Vendor
from cauce.store.atomic import write_bytes

GENERATOR_VERSION = 1
"""Raised whenever the same seed would give other pixels or tags; a folder of an older version is made anew."""

LARGEST_COHORT = 100_000
"""Patients of cohorts have numbers below this one; `write_studies` only takes larger ones."""

_MARKER = "phantom.json"
_CHUNK = 4
_WORTH_A_PROCESS = 48  # patients; starting a process costs as much as a dozen images


@dataclass(frozen=True)
class TruthRow:
    """What is known of one image. Places are columns and rows of the stored image; empty in a normal study.

    Attributes:
        contrast: greatest change of the line integral of attenuation, a pure number.
        side: the patient's side.
        path: file relative to the folder.
    """

    sop_instance_uid: str
    study_instance_uid: str
    patient_id: str
    origin: str
    label: str
    finding: str
    x_px: str
    y_px: str
    diameter_mm: str
    contrast: str
    side: str
    path: str


@dataclass(frozen=True)
class _Chunk:
    """Work of one task: which patients, drawn how, written where."""

    folder: Path
    seed: int
    rows: int
    patients: range


def write_cohort(folder: Path, spec: PhantomSource, *, progress: Progress = silent, workers: int | None = None) -> Path:
    """Write `images/*.dcm` and `truth.csv` (see `TruthRow`) for a cohort; a complete folder of an equal spec is left as it is.

    An interrupted call leaves its files beside `folder`; the next call keeps them and makes only the rest.

    Args:
        folder: made new; a folder of another phantom spec is replaced.
        spec: number of patients, seed, detector rows.
        progress: told after every few patients.
        workers: processes; None takes as many as there are cores, and none for small cohorts.

    Raises:
        InputError: `folder` holds something that this function did not write.
    """
    marker = {"generator": GENERATOR_VERSION, "spec": spec.model_dump(mode="json")}
    if _read_marker(folder) == marker:
        return folder
    _refuse_foreign(folder)
    partial = folder.parent / f".partial-{folder.name}-{sha256_hex(canonical_json(marker))[:12]}"
    (partial / "images").mkdir(parents=True, exist_ok=True)
    starts = range(0, spec.patients, _CHUNK)
    chunks = [_Chunk(partial, spec.seed, spec.rows, range(at, min(at + _CHUNK, spec.patients))) for at in starts]
    truth: list[TruthRow] = []
    progress("phantom", 0, spec.patients)
    for chunk, rows in zip(chunks, _run(chunks, workers, spec.patients), strict=True):
        truth += rows
        progress("phantom", chunk.patients.stop, spec.patients)
    write_bytes(partial / "truth.csv", _table(truth))
    write_bytes(partial / _MARKER, json.dumps(marker, indent=1).encode())
    if folder.exists():
        shutil.rmtree(folder)
    partial.rename(folder)
    return folder


def write_studies(
    folder: Path,
    *,
    count: int,
    seed: int,
    vendors: Sequence[Vendor] | None = None,
    rows: int = 512,
    patient_offset: int = 1_000_000,
    progress: Progress = silent,
) -> list[Path]:
    """Write the first study of each of `count` patients that are in no cohort, and return the files in order.

    Args:
        folder: made when missing; files of earlier calls with other seeds stay.
        count, seed: how many, and which.
        vendors: makes of the machines; None takes the normal vendors as cohorts do.
        rows: detector rows.
        patient_offset: number of the first patient.
        progress: told after every study.

    Raises:
        InputError: a count below 1, or an offset that could name a patient of a cohort.
    """
    if count < 1:
        raise InputError("no studies were asked for", expected="a count of 1 or more", got=str(count))
    if patient_offset < LARGEST_COHORT:
        raise InputError(
            "these patients could be in a cohort", where="patient_offset", expected=f"{LARGEST_COHORT} or more",
            got=str(patient_offset),
        )
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for done in range(count):
        study = draw_patient(seed, patient_offset + done, rows=rows, vendors=vendors)[0]
        path = folder / f"{seed}-{study.patient:07d}-{study.vendor.value.lower()}.dcm"
        write_bytes(path, dicom_bytes(study))
        paths.append(path)
        progress("phantom studies", done + 1, count)
    return paths


def _run(chunks: list[_Chunk], workers: int | None, patients: int) -> Iterator[list[TruthRow]]:
    wanted = (os.cpu_count() or 1) if workers is None else workers
    if wanted <= 1 or (workers is None and patients < _WORTH_A_PROCESS):
        yield from map(_write_chunk, chunks)
        return
    pool = ProcessPoolExecutor(max_workers=wanted, mp_context=get_context("spawn"))
    try:
        yield from pool.map(_write_chunk, chunks)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _write_chunk(chunk: _Chunk) -> list[TruthRow]:
    """Write the missing files of a few patients; the truth follows from the draw, so nothing is read back."""
    truth = []
    for patient in chunk.patients:
        for study in draw_patient(chunk.seed, patient, rows=chunk.rows):
            name = f"images/{patient:06d}-{study.number + 1}.dcm"
            if not (chunk.folder / name).exists():
                write_bytes(chunk.folder / name, dicom_bytes(study))
            truth.append(truth_row(study, name))
    return truth


def truth_row(study: DigitalStudy, path: str) -> TruthRow:
    """The known truth of a study's image."""
    lesion = study.lesion
    x, y = study.frame.to_pixels(*lesion.centre) if lesion else (math.nan, math.nan)
    return TruthRow(
        sop_instance_uid=sop_instance_uid(study), study_instance_uid=study_instance_uid(study),
        patient_id=patient_id(study), origin=ORIGINS[study.origin], label="abnormal" if lesion else "normal",
        finding=lesion.kind.value if lesion else "none", x_px=f"{x:.1f}" if lesion else "", y_px=f"{y:.1f}" if lesion else "",
        diameter_mm=f"{lesion.diameter_mm:.1f}" if lesion else "", contrast=f"{lesion.contrast:.3f}" if lesion else "",
        side=lesion.side.value if lesion else "", path=path,
    )


def _table(rows: list[TruthRow]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(field.name for field in fields(TruthRow))
    writer.writerows(astuple(row) for row in rows)
    return text.getvalue().encode("utf-8")


def _read_marker(folder: Path) -> object:
    path = folder / _MARKER
    return json.loads(path.read_bytes()) if path.is_file() else None


def _refuse_foreign(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and _read_marker(folder) is None)):
        raise InputError(
            "the folder holds files that are no phantom cohort", where=folder.name, remedy="Give an empty or new folder."
        )
