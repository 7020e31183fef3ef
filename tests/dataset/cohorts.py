"""Small cohorts of real files: an image table and a DICOM folder, made where a test wants them."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL.Image
import yaml
from scipy.ndimage import gaussian_filter

from cauce.domain.cohort import Cohort, CohortSpec
from cauce.domain.study import Acquisition, InstanceRow, PixelStatistics
from dicom.small_files import file_of, radiograph

STATISTICS = PixelStatistics(
    mean=0.5, standard_deviation=0.25, p01=0.0, p25=0.3, p50=0.5, p75=0.7, p99=1.0, noise=0.01, sharpness=1.2, contrast=0.1,
    border_fraction=0.0,
)
REFERENCE = {
    "positive": ["sick"], "negative": ["well"], "source": "made for a test",
    "finding": {"scheme": "SCT", "value": "233604007", "meaning": "Pneumonia"},
}
HEADER = ("image", "patient", "label", "origin", "vendor", "sex", "age", "part")


@dataclass(frozen=True)
class Line:
    """One row of the image table."""

    image: str
    patient: str
    label: str = "sick"
    origin: str = "North"
    vendor: str = "SIEMENS"
    sex: str = "F"
    age: str = "40"
    part: str = "train"


def picture(seed: int, size: int = 96) -> np.ndarray:
    """uint8 (size, size): smooth structure that is another for every seed."""
    field = gaussian_filter(np.random.default_rng(seed).standard_normal((size, size)), 2.5)
    return np.asarray(255 * (field - field.min()) / (field.max() - field.min()), dtype=np.uint8)


def lines(patients: int = 40) -> list[Line]:
    """Two images of every third patient, both classes, two origins, two vendors in three spellings."""
    made = []
    for number in range(patients):
        for image in range(2 if number % 3 == 0 else 1):
            made.append(Line(
                image=f"p{number:03d}_{image}.png", patient=f"patient {number}", label="sick" if number % 2 else "well",
                origin="North" if number % 5 else "South", vendor=("SIEMENS", "Siemens AG", "Philips Medical")[number % 3],
                sex="F" if number % 4 else "M", age=str(20 + number), part=("train", "val", "test")[(number + image) % 3],
            ))
    return made


def write_table_cohort(folder: Path, rows: Sequence[Line], **changes: object) -> Path:
    """Images, `table.csv` and `cohort.yaml`; returns the folder. `changes` replace top-level keys of the YAML."""
    (folder / "images").mkdir(parents=True)
    for seed, row in enumerate(rows):
        PIL.Image.fromarray(picture(seed)).save(folder / "images" / row.image)
    write_table(folder, rows)
    columns = {"image": "image", "patient": "patient", "label": "label", "origin": "origin", "vendor": "vendor", "sex": "sex",
               "age_years": "age", "source_partition": "part"}
    content = {
        "description": "made for a test", "licence": "CC0", "reference": REFERENCE,
        "source": {"kind": "table", "table": "table.csv", "images": "images", "columns": columns},
        "split": {"folds": 3, "balance": ["label", "origin", "vendor"]}, **changes,
    }
    (folder / "cohort.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return folder


def write_table(folder: Path, rows: Sequence[Line]) -> None:
    with (folder / "table.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        writer.writerows([[getattr(row, name) for name in HEADER] for row in rows])


def write_dicom_cohort(folder: Path, patients: int = 12, **source: object) -> Path:
    """A folder of CR files with `labels.csv` by SOP Instance UID and `cohort.yaml`."""
    (folder / "deep" / "er").mkdir(parents=True)
    labels = ["sop_instance_uid,label"]
    for number in range(patients):
        uid = f"1.2.3.{number}"
        pixels = picture(number).astype(np.uint16) * 16
        dataset = radiograph(pixels, PatientID=f"ID-{number}", SOPInstanceUID=uid, StudyInstanceUID=f"1.9.{number}",
                             BodyPartExamined="CHEST", ViewPosition="PA", Manufacturer="Northlight")
        (folder / "deep" / "er" / f"{number:03d}.dcm").write_bytes(file_of(dataset))
        labels.append(f"{uid},{'sick' if number % 2 else 'well'}")
    (folder / "labels.csv").write_text("\n".join(labels) + "\n", encoding="utf-8")
    content = {
        "description": "made for a test", "licence": "CC0", "reference": REFERENCE,
        "source": {"kind": "dicom", "labels": "labels.csv", **source}, "include": {"modalities": ["CR"]},
    }
    (folder / "cohort.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return folder


def row(number: int, **changes: object) -> InstanceRow:
    """A row without files behind it; `changes` may set acquisition fields too."""
    acquisition = {name: changes.pop(name) for name in list(changes) if name in Acquisition.model_fields}
    fields: dict[str, object] = {
        "path": f"{number:05d}.png", "file_sha256": f"{number:064x}", "pixel_sha256": f"{number:064x}",
        "patient_key": f"P{number:016x}", "study_instance_uid": f"1.1.{number}", "series_instance_uid": f"1.2.{number}",
        "sop_instance_uid": f"1.3.{number}", "rows": 64, "columns": 64, "acquisition": Acquisition(**acquisition),
        "statistics": STATISTICS, "label": "sick" if number % 2 else "well",
    }
    return InstanceRow(**{**fields, **changes})


def cohort_record(rows: Sequence[InstanceRow], **split: object) -> Cohort:
    """A Cohort header for rows that stand in no store."""
    spec = CohortSpec.model_validate({
        "description": "d", "licence": "CC0", "source": {"kind": "phantom", "patients": 10}, "reference": REFERENCE,
        "split": split,
    })
    return Cohort(
        name="small", spec=spec, table_sha256="0" * 64, n_instances=len(rows), n_studies=len(rows),
        n_patients=len({each.patient_key for each in rows}), exclusions=(), cauce_version="0",
    )
