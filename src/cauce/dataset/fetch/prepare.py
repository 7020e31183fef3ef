"""What was downloaded → images, table and cohort.yaml that `cauce dataset index` reads."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cauce.dataset.csv_table import read_csv
from cauce.dataset.fetch.catalogue import Kind, PublicSet
from cauce.dataset.fetch.unpack import unpack_tar
from cauce.domain.errors import InputError
from cauce.domain.progress import Progress
from cauce.store.atomic import write_bytes

_FINDINGS = {
    "pneumoniamnist": ({"scheme": "SCT", "value": "233604007", "meaning": "Pneumonia"}, "pneumonia", "normal"),
    "breastmnist": ({"scheme": "SCT", "value": "254837009", "meaning": "Malignant neoplasm of breast"}, "malignant",
                    "normal, benign"),
    "chestxray14": ({"scheme": "DCM", "value": "130591", "meaning": "Focal abnormality"}, "finding", "No Finding"),
}
_SOURCES = {
    "pneumoniamnist": "Labels of the source collection, as MedMNIST passes them on.",
    "breastmnist": "Labels of the source collection, as MedMNIST passes them on; normal and benign are one class.",
    "chestxray14": "Mined from the radiology reports by the publisher; 'No Finding' is not the same as normal.",
}
_ACQUISITION = {"pneumoniamnist": ("DX", "CHEST"), "breastmnist": ("US", "BREAST"), "chestxray14": ("DX", "CHEST")}


def prepare(public: PublicSet, files: list[Path], folder: Path, *, progress: Progress) -> bool:
    """Unpack into `folder`; True when a cohort.yaml was written, False for a set that none describes yet.

    Raises:
        ArchiveError, InputError: an archive or array is not what it should be.
    """
    match public.kind:
        case Kind.DECATHLON:
            for file in files:
                unpack_tar(file, folder, progress=progress)
            return False
        case Kind.MEDMNIST:
            if not public.classes:
                return False
            _write_images(public, files[0], folder, progress)
        case Kind.CHEST14:
            for file in files[1:]:
                unpack_tar(file, folder, progress=progress)
            _write_chest_table(files[0], folder)
    _write_yaml(public, folder)
    return True


def _write_images(public: PublicSet, npz: Path, folder: Path, progress: Progress) -> None:
    """PNG files and `table.csv`. The set names no patients: each image is taken as one."""
    import PIL.Image

    rows: list[tuple[str, ...]] = []
    (folder / "images").mkdir()
    try:
        with np.load(npz, allow_pickle=False) as arrays:
            for part in ("train", "val", "test"):
                images, labels = arrays[f"{part}_images"], arrays[f"{part}_labels"].reshape(-1)
                for number, (pixels, label) in enumerate(zip(images, labels, strict=True)):
                    name = f"{part}_{number:06d}.png"
                    PIL.Image.fromarray(np.asarray(pixels, dtype=np.uint8)).save(folder / "images" / name)
                    rows.append((name, name.removesuffix(".png"), public.classes[int(label)], part))
                progress("write images", len(rows), len(rows))
    except (KeyError, ValueError, IndexError, OSError) as error:
        raise InputError(f"the arrays are not those of {public.name} ({type(error).__name__})", where=npz.name) from None
    _write_table(folder / "table.csv", ("image", "patient", "label", "part"), rows)


def _write_chest_table(source: Path, folder: Path) -> None:
    """The publisher's table with the 14 findings reduced to one question: any of them, or none."""
    table = read_csv(source)
    gender = "Patient Gender" if "Patient Gender" in table.columns else "Patient Sex"
    table.need_columns(("Image Index", "Finding Labels", "Patient ID", "Patient Age", gender, "View Position"))
    rows = [
        (row["Image Index"], row["Patient ID"], "No Finding" if row["Finding Labels"] == "No Finding" else "finding",
         row["Finding Labels"], row["View Position"], row[gender], row["Patient Age"])
        for row in table.rows if (folder / "images" / row["Image Index"]).is_file()
    ]
    _write_table(folder / "table.csv", ("image", "patient", "label", "findings", "view", "sex", "age"), rows)


def _write_table(path: Path, header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_bytes(path, stream.getvalue().encode("utf-8"))


def _write_yaml(public: PublicSet, folder: Path) -> None:
    import yaml

    finding, positive, negative = _FINDINGS[public.name]
    modality, body_part = _ACQUISITION[public.name]
    columns = {"image": "image", "patient": "patient", "label": "label"}
    if public.kind is Kind.CHEST14:
        columns |= {"view": "view", "sex": "sex", "age_years": "age"}
        patients = ""
    else:
        columns |= {"source_partition": "part"}
        patients = " The set names no patients: each image is taken as a patient of its own."
    content: dict[str, Any] = {
        "description": f"{public.title}.{patients}", "licence": f"{public.licence} ({public.citation})",
        "source": {"kind": "table", "table": "table.csv", "images": "images", "columns": columns, "modality": modality,
                   "body_part": body_part, "origin": public.title},
        "reference": {"positive": [positive], "negative": [negative], "finding": finding, "source": _SOURCES[public.name]},
        "split": {"balance": ["label"]},
    }
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)
    write_bytes(folder / "cohort.yaml", text.encode("utf-8"))
