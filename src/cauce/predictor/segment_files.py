"""Files of a folder → masks, one case in memory at a time."""

from collections.abc import Iterator, Sequence

from cauce.domain.errors import UnreadableImageError
from cauce.domain.progress import Progress
from cauce.predictor.segmentation import Segmentation, Segmenter
from cauce.predictor.volume_files import VolumeFiles


def segment_files(
    segmenter: Segmenter, cases: Sequence[VolumeFiles], *, progress: Progress
) -> Iterator[tuple[str, Segmentation | UnreadableImageError]]:
    """Name and answer of each case, in their order. A case that cannot be read is answered with its error and stops nothing."""
    for number, case in enumerate(cases):
        progress("predict", number, len(cases))
        try:
            yield case.name, segmenter.segment(case.load())
        except UnreadableImageError as error:
            yield case.name, error
    progress("predict", len(cases), len(cases))
