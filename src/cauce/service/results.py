"""Stored results: one folder per key with `result.json`, `report.LANGUAGE.pdf` and `sr.dcm`, each written once."""

import json
from dataclasses import dataclass
from pathlib import Path

from cauce.domain.errors import NotFoundError
from cauce.domain.record import Digest
from cauce.domain.result import Result
from cauce.service.durable import create_once
from cauce.store.settings import Language

SR_NAME = "sr.dcm"
_RESULT_NAME = "result.json"


def report_name(language: Language) -> str:
    """File name of the PDF report in one language."""
    return f"report.{language.value}.pdf"


DOCUMENT_NAMES = (*(report_name(language) for language in Language), SR_NAME)


@dataclass(frozen=True)
class ResultStore:
    """Results by key. The first writer of a file wins; later ones of the same key change nothing."""

    root: Path

    def publish(self, key: Digest, result: Result) -> bool:
        """Store a result; True for the one caller that stored it."""
        text = json.dumps(result.model_dump(mode="json"), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return create_once(self._folder(key) / _RESULT_NAME, text.encode("utf-8"))

    def get(self, key: Digest) -> Result:
        """A stored result.

        Raises:
            NotFoundError: there is none.
        """
        path = self._folder(key) / _RESULT_NAME
        if not path.is_file():
            raise NotFoundError("no such result", where=key[:12], remedy="Check the id; send the study if it was never sent.")
        return Result.model_validate_json(path.read_bytes())

    def has(self, key: Digest) -> bool:
        """Whether a result is stored."""
        return (self._folder(key) / _RESULT_NAME).is_file()

    def add_document(self, key: Digest, name: str, data: bytes) -> None:
        """Store a report or SR of a result."""
        create_once(self._folder(key) / name, data)

    def missing_documents(self, key: Digest) -> list[str]:
        """Names of documents that are not stored yet."""
        return [name for name in DOCUMENT_NAMES if not (self._folder(key) / name).is_file()]

    def document(self, key: Digest, name: str) -> bytes:
        """A stored document.

        Raises:
            NotFoundError: it is not there.
        """
        path = self._folder(key) / name
        if not path.is_file():
            raise NotFoundError(
                "no such document", where=f"{key[:12]}/{name}", remedy="Send the study again; its documents are then made."
            )
        return path.read_bytes()

    def keys(self) -> list[Digest]:
        """Keys of all stored results, sorted."""
        return sorted(path.parent.name for path in self.root.glob(f"*/*/{_RESULT_NAME}"))

    def _folder(self, key: Digest) -> Path:
        return self.root / key[:2] / key
