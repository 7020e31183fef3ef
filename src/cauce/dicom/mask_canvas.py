"""MaskCanvas: a mask on the grid of its image, painted piece by piece from positions in the patient."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import OtherFrameOfReferenceError, OutsideVolumeError, OverlappingSegmentsError
from cauce.domain.reference import VolumeGeometry

MAXIMUM_CLASSES = 255


@dataclass(eq=False)
class MaskCanvas:
    """Where classes are painted.

    Attributes:
        geometry: of the image.
        frame_of_reference_uid: of the image; empty where it states none.
        name: what messages call the mask.
        voxels: uint8 (z, y, x), 0 for background.
        clashes: voxels that were painted in two classes; they keep the smaller number.
    """

    geometry: VolumeGeometry
    frame_of_reference_uid: str
    name: str
    voxels: NDArray[np.uint8] = field(init=False)
    clashes: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        """Start with background alone."""
        self.voxels = np.zeros(self.geometry.shape, dtype=np.uint8)
        steps = np.reshape(self.geometry.direction, (3, 3)).T * np.array(self.geometry.spacing_mm[::-1])
        self._to_voxels = np.linalg.inv(steps)

    def indices_of(self, points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """LPS points (n, 3) → (x, y, z) counted in voxels from the centre of the first one, (n, 3)."""
        return self.vectors_of(points_mm - np.array(self.geometry.origin_mm))

    def vectors_of(self, vectors_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """LPS vectors (n, 3) → voxels along x, y and z, (n, 3)."""
        found: NDArray[np.float64] = vectors_mm @ self._to_voxels.T
        return found

    def check_frame_of_reference(self, uid: str) -> None:
        """Refuse positions that are said in another frame of reference.

        Raises:
            OtherFrameOfReferenceError: both are stated and differ.
        """
        if uid and self.frame_of_reference_uid and uid != self.frame_of_reference_uid:
            raise OtherFrameOfReferenceError(
                "the mask lies in another frame of reference than the image", where=self.name,
                expected="the image's FrameOfReferenceUID (0020,0052)", got="another",
                remedy="Register it to the image and write it anew.",
            )

    def paint(self, plane: NDArray[np.uint8], marked: NDArray[np.bool_], value: int) -> None:
        """Write `value` where `marked`, both of the shape of `plane`, which is a view of `voxels`."""
        before = plane[marked]
        self.clashes += int(np.count_nonzero((before != 0) & (before != value)))
        plane[marked] = np.where(before == 0, value, np.minimum(before, value))

    def check_no_clash(self) -> None:
        """Refuse a mask in which a voxel would be of two classes.

        Raises:
            OverlappingSegmentsError: some would.
        """
        if self.clashes:
            raise OverlappingSegmentsError(
                "segments of different classes overlap", where=self.name, expected="one class at each voxel",
                got=f"two at {self.clashes} voxels", remedy="Correct it, or write `overlaps: first_class` in source.masks.",
            )

    def outside(self) -> OutsideVolumeError:
        """The error of a mask that marks something outside the image."""
        return OutsideVolumeError("the mask marks something outside the image", where=self.name,
                                  expected=" × ".join(map(str, self.geometry.shape)) + " voxels of the image",
                                  got="marks beyond them", remedy="Correct it, or give the series that it was drawn on.")
