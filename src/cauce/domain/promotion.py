"""Which version an alias pointed to, since when, by whom and why; and what was checked before it moved."""

from cauce.domain.model import Alias
from cauce.domain.record import ChainedRecord, Digest, Name, Record

PROTECTED = (Alias.CHAMPION,)
"""Aliases that services and releases follow: moved only to an evaluated version that the promotion guard lets pass."""


class ScoreShift(Record):
    """Two versions on one frozen reference set: the `tune` patients that both bundles keep.

    Attributes:
        reference: the sealed split whose `tune` partition was compared.
        distance, p_value: Kolmogorov–Smirnov distance of the scores, and its p value.
        called_before, called_after: share of patients that each version calls positive at its own operating point.
    """

    reference: Digest
    n_patients: int
    distance: float
    p_value: float
    called_before: float
    called_after: float


class AliasChange(ChainedRecord):
    """One entry of the alias log of a model, which counts over all its aliases; hash-chained.

    Attributes:
        version, bundle: what the alias points to from now on.
        shift: what the promotion guard measured; None where there was nothing to compare with.
        objection: why the guard refused; empty when it let the version pass.
        override: reason given for going on despite the objection.
    """

    at: str
    who: str
    why: str
    name: Name
    alias: Alias
    version: int
    bundle: Digest
    shift: ScoreShift | None = None
    objection: str = ""
    override: str = ""
