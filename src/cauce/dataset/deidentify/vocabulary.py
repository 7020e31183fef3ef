"""Words that free text may keep: a list, because what is not on it cannot be known to be no name."""

import re
from functools import cache
from importlib.resources import files

_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d{1,3}|\d{1,3}(mm|cm|s|ms|kv|mas|d)")


@cache
def words() -> frozenset[str]:
    """The list, in lower case."""
    text = files(__package__).joinpath("words.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


def clean_text(text: str, identifying: frozenset[str]) -> str:
    """`text` without what is neither a listed word nor a short number, and without `identifying` words (lower case)."""
    kept = [word for word in _WORD.findall(text) if _passes(word.casefold(), identifying)]
    return " ".join(kept)


def _passes(word: str, identifying: frozenset[str]) -> bool:
    return word not in identifying and (word in words() or bool(_NUMBER.fullmatch(word)))
