"""Release: ModelVersion + operating point + intended use + evidence + approval."""

from pydantic import Field

from cauce.domain.model import EvaluationReport, ModelVersion
from cauce.domain.record import Digest, Name, Record


class Approval(Record):
    """Who stands for the release. The demo approves as `demo`, and says so."""

    by: str
    role: str
    at: str
    comment: str = ""


class Release(Record):
    """What a hospital installs.

    Attributes:
        approval: given when the release was built.
        required_roles: each must have approved, at the build or later, before the release serves.
        files: SHA-256 of every other file of the release, by path with forward slashes.
        public_key: Ed25519 public key (hexadecimal) whose signature over this record's canonical JSON stands
            in `release.sig`.
    """

    name: Name
    version: int
    model: ModelVersion
    evaluation: EvaluationReport
    approval: Approval
    files: dict[str, Digest]
    public_key: str
    required_roles: tuple[str, ...] = Field(default=(), exclude_if=lambda value: not value)


class LaterApproval(Record):
    """An approval given after the build; it stands beside the release, signed by the same key, and names it by digest."""

    release: Digest
    approval: Approval
