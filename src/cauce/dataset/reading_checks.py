"""What the readers say of an image, held against the image itself: places inside it, masks on its grid."""

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np

from cauce.dataset.mask_agreement import agreement_of_masks
from cauce.dataset.nifti_reading import NOTHING_MARKED
from cauce.dataset.table_readings import Said
from cauce.domain.cohort import CohortSpec, Exclusion, TableSource
from cauce.domain.errors import CauceError
from cauce.domain.reference import Box, Mask, Reading, ReferenceKind
from cauce.domain.study import InstanceRow
from cauce.predictor.picture_mask import load_instance_map, load_picture_mask
from cauce.store.blobs import file_sha256

_ROUNDING = 1.0  # pixels that a box or point may lie outside: sources round

OBJECTS = "objects"
"""Finding of an image in whose instance map anything is marked."""


@dataclass(frozen=True)
class ReadingChecks:
    """Adds readings to rows, or says why a row has none that can be used.

    Attributes:
        said: by image, from the tables.
        root: data root.
        dropped: boxes that were left out of images that stay; filled while rows are checked.
    """

    spec: CohortSpec
    said: dict[str, Said]
    root: Path
    dropped: list[Exclusion] = field(default_factory=list)

    def __call__(self, row: InstanceRow) -> InstanceRow | Exclusion:
        """The row with its readings and, of places and masks, the classes that they show as its findings."""
        source = self.spec.source
        readings = source.readings if isinstance(source, TableSource) else None
        if readings is None:
            return row
        try:
            said = self.said.get(row.path, Said()) if readings.masks is None else self._masks(row)
        except CauceError as error:
            return Exclusion(path=row.path, code=error.code, reason=error.line())
        problem = (said.code, said.reason) if said.code else self._outside(row, said)
        if problem is not None:
            return Exclusion(path=row.path, code=problem[0], reason=problem[1])
        self.dropped.extend(Exclusion(path=row.path, code=code, reason=f"{reason}; the image stays")
                            for code, reason in said.dropped)
        changes = {"label": said.label, "labels": self._findings(said), "agreement": said.agreement}
        return row.model_copy(update={"readings": said.readings, **changes})

    def _outside(self, row: InstanceRow, said: Said) -> tuple[str, str] | None:
        """Code and reason of the first place that the image does not have."""
        if row.rows is None or row.columns is None:
            return None
        for reading in said.readings:
            for box in reading.boxes or ():
                if _is_outside(box, row.columns, row.rows):
                    place = f"outside the {row.columns} × {row.rows} pixels"
                    return "box-outside", f"{reading.reader}: a box of {box.name} lies {place}"
            for point in reading.points or ():
                far = max(-point.x, -point.y, point.x - row.columns + 1, point.y - row.rows + 1)
                if far > _ROUNDING:
                    return "point-outside", f"{reading.reader}: {point.name} lies {far:.0f} px outside the image"
        return None

    def _masks(self, row: InstanceRow) -> Said:
        source, reference = self.spec.source, self.spec.reference
        if not isinstance(source, TableSource) or source.readings is None or source.readings.masks is None:
            return Said()
        case = PurePosixPath(row.path).relative_to(source.images or ".").with_suffix("").as_posix()
        shape = (row.rows or 0, row.columns or 0)
        readings, marked, masks = [], set(), {}
        for reader, pattern in source.readings.masks.items():
            name = pattern.replace("{case}", case)
            if not (self.root / name).is_file():
                continue
            if reference.kind is ReferenceKind.INSTANCES:
                found = load_instance_map(self.root / name, name, shape=shape)
                marked |= {OBJECTS} if found.any() else set()
            else:
                values = source.readings.mask_values
                mask = load_picture_mask(self.root / name, name, shape=shape, classes=reference.classes, values=values)
                marked |= {reference.classes[value - 1] for value in np.unique(mask).tolist() if value}
                masks[reader] = mask
            readings.append(Reading(reader=reader, mask=Mask(path=name, file_sha256=file_sha256(self.root / name))))
        if not readings:
            return Said(code="image-without-label", reason="no reader's mask is there")
        order = (*reference.classes, OBJECTS)
        findings = tuple(name for name in order if name in marked) or (NOTHING_MARKED,)
        return Said(tuple(readings), findings=findings, agreement=agreement_of_masks(masks, reference.classes))

    def _findings(self, said: Said) -> tuple[str, ...]:
        """Values of the stratum `label`: what any reader found, in the order of the classes."""
        reference = self.spec.reference
        if reference.kind in (ReferenceKind.CLASS, ReferenceKind.CLASSES):
            return ()
        if reference.kind is ReferenceKind.LABELS:
            names = {name for reading in said.readings for name in reading.labels or ()}
        elif reference.kind is ReferenceKind.BOXES:
            names = {box.name for reading in said.readings for box in reading.boxes or ()}
        else:
            return said.findings
        return tuple(name for name in reference.classes if name in names) or (NOTHING_MARKED,)


def _is_outside(box: Box, columns: int, rows: int) -> bool:
    return min(box.x_min, box.y_min) < -_ROUNDING or box.x_max > columns + _ROUNDING or box.y_max > rows + _ROUNDING
