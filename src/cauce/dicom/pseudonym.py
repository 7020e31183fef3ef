"""PatientKey: a stable pseudonym of a patient, made with a key."""

import hashlib
import hmac
from datetime import date
from pathlib import Path
from typing import Protocol

from cauce.domain.errors import ConfigurationError, InputError
from cauce.domain.study import PatientKey

PUBLIC_KEY = b"cauce public pseudonym key: not a secret"
"""Default key. It hides nothing from an attacker who can list identifiers: set `pseudonym_key_file` for clinical data."""

MINIMUM_KEY_BYTES = 16
_LARGEST_SHIFT_DAYS = 3650


class HasKeyFile(Protocol):
    """Settings that may name a key file."""

    @property
    def pseudonym_key_file(self) -> str:
        """Path, absolute or relative to the workspace; empty for the public key."""


def load_key(settings: HasKeyFile, root: Path) -> bytes | None:
    """The secret that PatientKeys are made with; None when the settings name no key file.

    Raises:
        ConfigurationError: the file is missing, or too short to be a secret.
    """
    if not settings.pseudonym_key_file:
        return None
    path = root / settings.pseudonym_key_file
    if not path.is_file():
        raise ConfigurationError(
            "the pseudonym key file is missing", where=settings.pseudonym_key_file,
            remedy="Correct pseudonym_key_file; without the same key the same patient gets another PatientKey.",
        )
    key = path.read_bytes().strip()
    if len(key) < MINIMUM_KEY_BYTES:
        raise ConfigurationError(
            "the pseudonym key is too short", where=settings.pseudonym_key_file, expected=f"at least {MINIMUM_KEY_BYTES} bytes",
            got=str(len(key)), remedy="Make one with `head -c 32 /dev/urandom | base64`.",
        )
    return key


def patient_key(patient_id: str, issuer: str, *, key: bytes | None) -> PatientKey:
    """HMAC-SHA256 of PatientID (0010,0020) and its issuer (0010,0021), shortened to 64 bits.

    Spaces around both are DICOM padding and do not count; case does.

    Raises:
        InputError: `patient_id` is empty: an image without a patient cannot be kept apart from anything.
    """
    if not patient_id.strip():
        raise InputError("no PatientID", where="(0010,0020)", remedy="Give every image the identifier of its patient.")
    message = b"".join(len(part).to_bytes(4, "big") + part for part in (issuer.strip().encode(), patient_id.strip().encode()))
    return "P" + hmac.new(key or PUBLIC_KEY, message, hashlib.sha256).hexdigest()[:16]


def study_day(study_date: date, patient: PatientKey, *, key: bytes | None) -> int:
    """Day number on a calendar that is shifted for each patient: intervals of one patient are true, dates are not."""
    digest = hmac.new(key or PUBLIC_KEY, b"day" + patient.encode(), hashlib.sha256).digest()
    return study_date.toordinal() - 1 - int.from_bytes(digest[:4], "big") % _LARGEST_SHIFT_DAYS
