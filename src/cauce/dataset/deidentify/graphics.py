"""Clean Graphics: shapes on an image stay, words on it go."""

from collections.abc import Iterable

from pydicom.dataset import Dataset


def keep_shapes(annotations: Iterable[Dataset]) -> None:
    """Remove text objects and compound graphics from the items of a GraphicAnnotationSequence (0070,0001)."""
    for item in annotations:
        for keyword in ("TextObjectSequence", "CompoundGraphicSequence"):
            if keyword in item:
                del item[keyword]
