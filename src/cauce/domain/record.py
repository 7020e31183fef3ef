"""The base of every record: frozen, strict, and identified by the digest of its content."""

import hashlib
import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""Lower-case hexadecimal SHA-256."""

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")]
"""A name that is safe as a file name, a URL segment and an MLflow name."""


def canonical_json(value: Any) -> bytes:
    """One byte sequence per JSON value, on any machine: sorted keys, no spaces, UTF-8, NaN refused."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def sha256_hex(data: bytes) -> str:
    """SHA-256 of `data` as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


class Record(BaseModel):
    """Immutable, validated at construction; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def digest(self) -> str:
        """SHA-256 of the canonical JSON of the record: equal records, equal digests."""
        return sha256_hex(canonical_json(self.model_dump(mode="json")))


class ChainedRecord(Record):
    """An entry of a log: `number` counts from 1, `previous` is the digest of the entry before, or 64 zeros."""

    number: int
    previous: Digest
