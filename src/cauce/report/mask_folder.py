"""What `cauce predict` leaves behind for a model that segments: `predictions.csv` and a mask for each case."""

import csv
import io
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cauce.domain.errors import CauceError, InputError
from cauce.predictor.nibabel_adapter import mask_bytes
from cauce.predictor.segmentation import Segmentation
from cauce.store.atomic import new_folder, write_bytes

TABLE = "predictions.csv"
MASKS = "masks"


Answer = tuple[str, Segmentation | CauceError]
"""Name of a case, and what was found, or why nothing could be said."""


@dataclass(frozen=True)
class MaskSummary:
    """How many cases were segmented, and how many refused."""

    segmented: int
    refused: int


def write_masks(out: Path, answers: Iterable[Answer], classes: tuple[str, ...]) -> MaskSummary:
    """Write table and masks, all or nothing; one mask is in memory at a time. Masks lie on the grid of their input.

    In a folder that exists only the table and the masks are replaced; other files stay.

    Raises:
        InputError: `out` is a file.
        CauceError: every case was refused, the first for this reason; nothing is written.
    """
    if out.exists() and not out.is_dir():
        raise InputError("not a folder", where=out.name, remedy="Give --out a folder.")
    out = out.absolute()
    prepared_at = out.with_name(f".prepared-{out.name}")
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("case", "decision", "mask", *(f"{name}_ml" for name in classes), "reason"))
    segmented = refused = 0
    first: CauceError | None = None
    with new_folder(prepared_at) as prepared:
        for name, answer in answers:
            if isinstance(answer, CauceError):
                refused, first = refused + 1, first or answer
                writer.writerow((name, "refused", "", *("" for _ in classes), answer.what))
                continue
            segmented += 1
            mask = f"{MASKS}/{name}.nii.gz"
            write_bytes(prepared / mask, mask_bytes(answer.classes, answer.geometry))
            volumes = (repr(round(answer.volumes_ml[each], 6)) for each in classes)
            writer.writerow((name, "segmented", mask, *volumes, ""))
        if not segmented and first is not None:
            raise first
        write_bytes(prepared / TABLE, stream.getvalue().encode())
    try:
        _put_in_place(prepared_at, out)
    except BaseException:
        shutil.rmtree(prepared_at, ignore_errors=True)
        raise
    return MaskSummary(segmented, refused)


def _put_in_place(prepared: Path, out: Path) -> None:
    """The table goes last: where it stands, the masks beside it are its own."""
    if not out.exists():
        prepared.replace(out)
        return
    (out / TABLE).unlink(missing_ok=True)
    with suppress(FileNotFoundError):
        shutil.rmtree(out / MASKS)
    (prepared / MASKS).replace(out / MASKS)
    (prepared / TABLE).replace(out / TABLE)
    prepared.rmdir()
