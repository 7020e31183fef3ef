"""The options of the confidentiality profile that a run applies, and the codes that say so in each file."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from cauce.dataset.deidentify.table import EDITION, load_table

PROCEDURE_VERSION = 1
"""Raised whenever the same file would come out otherwise; finished folders are then not continued."""


class Dates(StrEnum):
    """What happens to dates and times."""

    MODIFIED = "modified"  # one offset for each patient: intervals stay exact
    FULL = "full"
    REMOVED = "removed"


class Retain(StrEnum):
    """Options that keep more than the basic profile does."""

    PATIENT_CHARACTERISTICS = "patient-characteristics"
    DEVICE = "device"
    INSTITUTION = "institution"
    UIDS = "uids"
    SAFE_PRIVATE = "safe-private"


class Clean(StrEnum):
    """Options that clean what the basic profile removes or blanks."""

    DESCRIPTORS = "descriptors"
    STRUCTURED_CONTENT = "structured-content"
    GRAPHICS = "graphics"


@dataclass(frozen=True)
class _Option:
    """A column of the table, and its code of CID 7050 (PS3.16)."""

    column: str
    code: str
    meaning: str


BASIC = ("113100", "Basic Application Confidentiality Profile")

_OPTIONS: dict[Dates | Retain | Clean, _Option] = {
    Clean.GRAPHICS: _Option("graphics", "113103", "Clean Graphics Option"),
    Clean.STRUCTURED_CONTENT: _Option("structured_content", "113104", "Clean Structured Content Option"),
    Clean.DESCRIPTORS: _Option("descriptors", "113105", "Clean Descriptors Option"),
    Dates.FULL: _Option("full_dates", "113106", "Retain Longitudinal Temporal Information Full Dates Option"),
    Dates.MODIFIED: _Option("modified_dates", "113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
    Retain.PATIENT_CHARACTERISTICS: _Option("patient", "113108", "Retain Patient Characteristics Option"),
    Retain.DEVICE: _Option("device", "113109", "Retain Device Identity Option"),
    Retain.UIDS: _Option("uids", "113110", "Retain UIDs Option"),
    Retain.SAFE_PRIVATE: _Option("safe_private", "113111", "Retain Safe Private Option"),
    Retain.INSTITUTION: _Option("institution", "113112", "Retain Institution Identity Option"),
}


@dataclass(frozen=True)
class Policy:
    """The options of one run; the default is the basic profile with modified dates."""

    dates: Dates = Dates.MODIFIED
    retain: frozenset[Retain] = frozenset()
    clean: frozenset[Clean] = frozenset()

    @property
    def columns(self) -> tuple[str, ...]:
        """Option columns of the table that are chosen."""
        return tuple(_OPTIONS[option].column for option in self._chosen())

    @property
    def codes(self) -> tuple[tuple[str, str], ...]:
        """(code, meaning) of CID 7050 for (0012,0064), the basic profile first."""
        return (BASIC, *sorted((_OPTIONS[option].code, _OPTIONS[option].meaning) for option in self._chosen()))

    @property
    def edition(self) -> str:
        """The tables that were applied."""
        return EDITION

    def digest(self, key: bytes) -> str:
        """The same for the same options, table, procedure and key; says nothing about the key."""
        parts = [str(PROCEDURE_VERSION), load_table().digest, *(code for code, _ in self.codes)]
        return hashlib.sha256(b"deidentify" + hashlib.sha256(key).digest() + "|".join(parts).encode()).hexdigest()

    def _chosen(self) -> list[Dates | Retain | Clean]:
        return [option for option in _OPTIONS if option is self.dates or option in self.retain or option in self.clean]
