"""Patients that share an image, a study or an instance: whatever their identifiers say, a split keeps them together."""

from collections.abc import Hashable, Iterable, Sequence

from cauce.dataset.near_duplicates import NearDuplicate
from cauce.domain.study import InstanceRow


def linked_patients(rows: Sequence[InstanceRow], duplicates: Iterable[NearDuplicate]) -> list[tuple[str, ...]]:
    """Groups of PatientKeys, each sorted, in the order of their first key; a patient without link is a group of one."""
    parent = {row.patient_key: row.patient_key for row in rows}
    owner: dict[Hashable, str] = {}
    for row in rows:
        shared = (
            ("study", row.study_instance_uid), ("instance", row.sop_instance_uid), ("file", row.file_sha256),
            ("pixels", row.pixel_sha256),
        )
        for trait in shared:
            if trait[1] is None:  # a table without images
                continue
            _join(parent, owner.setdefault(trait, row.patient_key), row.patient_key)
    for pair in duplicates:
        _join(parent, rows[pair.first].patient_key, rows[pair.second].patient_key)
    groups: dict[str, list[str]] = {}
    for key in sorted(parent):
        groups.setdefault(_root(parent, key), []).append(key)
    return sorted(tuple(group) for group in groups.values())


def _root(parent: dict[str, str], key: str) -> str:
    while parent[key] != key:
        parent[key] = parent[parent[key]]
        key = parent[key]
    return key


def _join(parent: dict[str, str], first: str, second: str) -> None:
    low, high = sorted((_root(parent, first), _root(parent, second)))
    parent[high] = low
