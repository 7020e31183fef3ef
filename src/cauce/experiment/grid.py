"""The configurations of a grid: the product of its values over the base settings."""

import itertools
from collections.abc import Mapping
from enum import StrEnum

from cauce.domain.experiment import ExperimentSpec, TrainingSettings
from cauce.domain.record import canonical_json, sha256_hex
from cauce.domain.search_plan import Range, Value


def configurations(spec: ExperimentSpec) -> list[TrainingSettings]:
    """All configurations of lists of values, the last key running fastest; a value named twice is tried once."""
    lists = [values for values in spec.space.values() if not isinstance(values, Range)]
    products = itertools.product(*lists)
    return list(dict.fromkeys(with_values(spec, dict(zip(spec.space, values, strict=True))) for values in products))


def with_values(spec: ExperimentSpec, values: Mapping[str, Value]) -> TrainingSettings:
    """The base settings with some of them replaced."""
    return TrainingSettings.model_validate({**spec.training.model_dump(), **values})


def values_of(settings: TrainingSettings, spec: ExperimentSpec) -> dict[str, Value]:
    """What tells this configuration from the others."""
    values = {key: getattr(settings, key) for key in spec.space}
    return {key: value.value if isinstance(value, StrEnum) else value for key, value in values.items()}


def readable_name(settings: TrainingSettings, spec: ExperimentSpec) -> str:
    """What tells this configuration from the others, e.g. "learning_rate=0.002, augmentation=light"."""
    values = values_of(settings, spec)
    return ", ".join(f"{key}={readable_value(value)}" for key, value in values.items()) or settings.network.value


def readable_value(value: Value) -> str:
    """A number with the digits it needs."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def fold_seed(search_seed: int, settings: TrainingSettings, fold: int) -> int:
    """Seed of one training: its own for each (search seed, configuration, fold), the same on every machine."""
    digest = sha256_hex(canonical_json([search_seed, settings.digest(), fold]))
    return int(digest[:8], 16)
