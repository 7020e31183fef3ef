"""Text that the bundled fonts can print: nothing is dropped and nothing becomes an empty box."""

import json
import unicodedata
from bisect import bisect_right
from functools import lru_cache
from importlib.resources import files

_JOINERS = "\u200c\u200d"  # they shape Persian and Devanagari words
_LONGEST = 128


def printable(text: str) -> str:
    """`text` in composed form, on one line, at most 128 characters.

    A character that no bundled font can draw, and any control or direction-changing character, is written as its code
    point, e.g. ‹U+202E›: an identifier must never look like another one.
    """
    composed = unicodedata.normalize("NFC", " ".join(text.split()))
    shortened = composed if len(composed) <= _LONGEST else composed[: _LONGEST - 1] + "…"
    return "".join(_shown(character) for character in shortened)


def _shown(character: str) -> str:
    hidden = unicodedata.category(character)[0] == "C" and character not in _JOINERS
    return f"‹U+{ord(character):04X}›" if hidden or not _covered(ord(character)) else character


def _covered(point: int) -> bool:
    firsts, lasts = _coverage()
    index = bisect_right(firsts, point) - 1
    return index >= 0 and point <= lasts[index]


@lru_cache(maxsize=1)
def _coverage() -> tuple[list[int], list[int]]:
    ranges = json.loads(files("cauce.report").joinpath("fonts/coverage.json").read_bytes())
    return [first for first, _ in ranges], [last for _, last in ranges]
