"""Small CT studies in folders, with labels by study, for cohorts whose rows are series."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import yaml
from pydicom.dataset import Dataset

from dicom.ct_slices import AXIAL, write_series

SIDE = 16
REFERENCE = {"positive": ["sick"], "negative": ["well"], "source": "a table",
             "finding": {"value": "52988006", "scheme": "SCT", "meaning": "Lesion"}}


def add_series(
    folder: Path, *, study: str = "1", series: str = "1", count: int = 9, direction: tuple[float, ...] = AXIAL,
    change: Callable[[Dataset, int], None] = lambda dataset, index: None,
) -> list[Path]:
    """Write one CT series of patient and study `study` below `folder`; `change` edits each slice before it is saved."""
    seed = int(study) * 1000 + int(series)

    def complete(dataset: Dataset, index: int) -> None:
        uid = f"1.2.9.{study}.{series}"
        dataset.PatientID, dataset.StudyInstanceUID, dataset.SeriesInstanceUID = f"ID-{study}", f"1.2.9.{study}", uid
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"{uid}.{index}"
        dataset.Rows = dataset.Columns = SIDE
        dataset.ImageType, dataset.ConvolutionKernel, dataset.SliceThickness = ["ORIGINAL", "PRIMARY", "AXIAL"], "B30f", 2.5
        rng = np.random.default_rng((seed, index))
        dataset.PixelData = rng.integers(0, 4096, size=(SIDE, SIDE), dtype=np.uint16).tobytes()
        change(dataset, index)

    return write_series(folder / study / series, count=count, direction=direction, change=complete)


def write_yaml(folder: Path, *, labels: dict[str, str] | None = None, key: str = "study_instance_uid", **rules: object) -> Path:
    """`cohort.yaml` with these series rules, and a table of labels by UID; returns `folder`."""
    source: dict[str, object] = {"kind": "dicom", "root": ".", "unit": "series", "series": rules}
    if labels is not None:
        lines = [f"{key},label", *(f"{uid},{label}" for uid, label in labels.items())]
        (folder / "labels.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        source |= {"labels": "labels.csv", "key": key}
    content = {"description": "made for a test", "licence": "CC0", "reference": REFERENCE, "source": source,
               "include": {"minimum_rows": 8}}
    (folder / "cohort.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return folder
