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
_LIST_NAME = "documents.json"


def report_name(language: Language) -> str:
    """File name of the PDF report in one language."""
    return f"report.{language.value}.pdf"


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

    def add_documents(self, key: Digest, documents: dict[str, bytes]) -> None:
        """Store the reports and the SR of a result; the list of their names comes last and says that all are there."""
        for name, data in documents.items():
            create_once(self._folder(key) / name, data)
        create_once(self._folder(key) / _LIST_NAME, json.dumps(sorted(documents)).encode())

    def has_documents(self, key: Digest) -> bool:
        """Whether all documents of a result are stored."""
        return (self._folder(key) / _LIST_NAME).is_file()

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
