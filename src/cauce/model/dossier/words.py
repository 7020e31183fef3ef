"""Words and numbers of a dossier in one language. Both languages stand side by side in `texts.yaml`."""

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from cauce.domain.estimate import Estimate
from cauce.model.dossier.document import Cell, Number
from cauce.store.settings import Language

_TARGET = re.compile(r"sensitivity of at least ([0-9.]+) on tune")


@dataclass(frozen=True)
class Words:
    """One language."""

    language: Language

    def __call__(self, key: str, **fill: object) -> str:
        """The text of a key, its braces filled."""
        text = _texts()[key][self.language.value]
        return text.format(**fill) if fill else text

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in _texts()

    def or_same(self, group: str, value: str) -> str:
        """The text `group.value`, or the value itself where the table does not know it."""
        return self(f"{group}.{value}") if self.has(f"{group}.{value}") else value

    def decimal(self, value: float, digits: int) -> str:
        """A number with the decimal sign of the language."""
        text = f"{value:.{digits}f}"
        return text.replace(".", ",") if self.language is Language.SPANISH else text

    def whole(self, value: int) -> str:
        """A count with thousands parted."""
        return f"{value:,}".replace(",", " " if self.language is Language.SPANISH else ",")

    def count(self, value: int, source: str, path: str) -> Number:
        """A count with its source."""
        return Number(self.whole(value), (value,), source, path)

    def share(self, part: int, total: int, source: str, path: str) -> Number:
        """`12 (4.1 %)` with its source."""
        percent = self.decimal(100 * part / max(total, 1), 1)
        return Number(f"{self.whole(part)} ({percent} %)", (part, total), source, path)

    def real(self, value: float, digits: int, source: str, path: str) -> Number:
        """A number with its source."""
        return Number(self.decimal(value, digits), (value,), source, path)

    def estimate(self, found: Estimate, source: str, path: str) -> Cell:
        """Value and interval with their source, or why there are none."""
        if found.value is None or found.lower is None or found.upper is None:
            return self("insufficient")
        digits = 4 if found.name in ("AUC", "Brier score", "expected calibration error") else 3
        low, high = self.decimal(found.lower, digits), self.decimal(found.upper, digits)
        text = f"{self.decimal(found.value, digits)} ({low} – {high})"
        return Number(text, (found.value, found.lower, found.upper), source, path)

    def target(self, text: str) -> str:
        """The target of an operating point, as `build.py` of the model stage words it."""
        found = _TARGET.fullmatch(text)
        return self("target", share=found.group(1)) if found else text

    def method(self, text: str) -> str:
        """The method line of an estimate; its phrases are translated one by one."""
        if self.language is Language.ENGLISH:
            return text
        for phrase, both in sorted(_phrases().items(), key=lambda item: -len(item[0])):
            text = text.replace(phrase, both)
        return text


@lru_cache(maxsize=1)
def _texts() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = load("texts.yaml")
    return found


@lru_cache(maxsize=1)
def _phrases() -> dict[str, str]:
    found: dict[str, str] = load("methods_es.yaml")
    return found


def load(name: str) -> Any:
    """A YAML file of this folder."""
    import yaml

    return yaml.safe_load(files("cauce.model.dossier").joinpath(name).read_text(encoding="utf-8"))
