"""One case of NIfTI files → one row, with geometry, digests, statistics and what each reader marked."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cauce.dataset.mask_agreement import agreement_of_masks
from cauce.dataset.nifti_cases import Case
from cauce.dataset.nifti_picture import axial_slice, volume_thumbnail
from cauce.dataset.reading import FileRead, reason_of_failure
from cauce.dicom.pseudonym import patient_key
from cauce.dicom.uids import uid_from
from cauce.dicom.vendors import unify_vendor
from cauce.domain.cohort import NiftiSource
from cauce.domain.record import sha256_hex
from cauce.domain.reference import Channel, Mask, Reading
from cauce.domain.study import Acquisition, InstanceRow
from cauce.predictor.descriptors import describe
from cauce.predictor.volume_source import LoadedVolume, check_same_place, load_mask, load_volume
from cauce.store.blobs import file_sha256

NOTHING_MARKED = "none"
"""Finding of a case in which no reader marks any class: a value of the stratum `label` like the classes."""


@dataclass(frozen=True)
class CaseReader:
    """Reads the cases of a source; the same in every process.

    Attributes:
        cases: by path.
        classes: of the reference standard; value i + 1 of a mask is classes[i].
    """

    source: NiftiSource
    cases: dict[str, Case]
    classes: tuple[str, ...]

    def __call__(self, root: Path, name: str, key: bytes | None) -> FileRead:
        """The row of the case called `name`, or the reason why there is none."""
        return reason_of_failure(name, lambda: self._read(root, self.cases[name], key))

    def _read(self, root: Path, case: Case, key: bytes | None) -> FileRead:
        patient = patient_of(case.name, self.source.patient)
        if patient is None:
            return FileRead(case.path, code="no-patient", reason="source.patient finds no patient in the name of the case")
        volumes = {role: load_volume(root / path, path) for role, path in case.channels.items()}
        image = volumes[next(iter(volumes))]
        for volume in volumes.values():
            check_same_place(volume.geometry, image.geometry, volume.name)
        masks = {
            reader: load_mask(root / path, path, image=image.geometry, n_classes=len(self.classes))
            for reader, path in case.masks.items()
        }
        if self.source.empty_masks == "exclude" and not all(mask.any() for mask in masks.values()):
            return FileRead(case.path, code="empty-mask", reason="a reader marks no class at all")
        marked = {value for mask in masks.values() for value in np.unique(mask).tolist()}
        findings = tuple(name for value, name in enumerate(self.classes, start=1) if value in marked) or (NOTHING_MARKED,)
        pixels = axial_slice(image)
        together = sha256_hex("".join(volume.file_sha256 for volume in volumes.values()).encode())
        row = InstanceRow(
            path=case.path, file_sha256=image.file_sha256, pixel_sha256=_voxel_sha256(image.voxels),
            patient_key=patient_key(patient, "", key=key), study_instance_uid=uid_from("study", together),
            series_instance_uid=uid_from("series", together), sop_instance_uid=uid_from("instance", together),
            rows=pixels.shape[0], columns=pixels.shape[1], acquisition=self._acquisition(image), statistics=describe(pixels),
            label=None, labels=findings, volume=image.geometry, channels=_channels(volumes),
            readings=_readings(root, case), agreement=agreement_of_masks(masks, self.classes),
        )
        return FileRead(case.path, row, True, 1, volume_thumbnail(image.voxels, image.geometry).tobytes())

    def _acquisition(self, image: LoadedVolume) -> Acquisition:
        return Acquisition(
            modality=self.source.modality, body_part=self.source.body_part, origin=self.source.origin,
            vendor=unify_vendor(self.source.vendor), pixel_spacing_mm=image.geometry.spacing_mm[1:],
        )


def _readings(root: Path, case: Case) -> tuple[Reading, ...]:
    masks = {reader: Mask(path=path, file_sha256=file_sha256(root / path)) for reader, path in case.masks.items()}
    return tuple(Reading(reader=reader, mask=mask) for reader, mask in masks.items())


def patient_of(case: str, expression: str | None) -> str | None:
    """The patient in the name of a case; None when the expression finds none."""
    if expression is None:
        return case
    match = re.search(expression, case)
    found = (match[1] if match.re.groups else match[0]) if match else None
    return found or None


def _channels(volumes: dict[str, LoadedVolume]) -> tuple[Channel, ...]:
    if len(volumes) == 1:
        return ()
    return tuple(Channel(name=role, path=each.name, file_sha256=each.file_sha256) for role, each in volumes.items())


def _voxel_sha256(voxels: NDArray[np.float32]) -> str:
    """Digest of shape and values: the same for a volume however its file is compressed."""
    digest = hashlib.sha256(",".join(str(size) for size in voxels.shape).encode())
    digest.update(voxels.astype("<f4", copy=False).tobytes())
    return digest.hexdigest()
