"""The configurations of a search: the product of the grid's values over the base settings."""

import itertools

from cauce.domain.experiment import ExperimentSpec, TrainingSettings
from cauce.domain.record import canonical_json, sha256_hex


def configurations(spec: ExperimentSpec) -> list[TrainingSettings]:
    """All configurations, the last key of the grid running fastest; a value named twice is tried once."""
    base = spec.training.model_dump()
    products = itertools.product(*spec.grid.values())
    settings = [TrainingSettings.model_validate({**base, **dict(zip(spec.grid, values, strict=True))}) for values in products]
    return list(dict.fromkeys(settings))


def readable_name(settings: TrainingSettings, spec: ExperimentSpec) -> str:
    """What tells this configuration from the others, e.g. "learning_rate=0.002, augmentation=light"."""
    values = settings.model_dump(mode="json")
    parts = [f"{key}={values[key]:g}" if isinstance(values[key], float) else f"{key}={values[key]}" for key in spec.grid]
    return ", ".join(parts) or settings.network.value


def fold_seed(search_seed: int, settings: TrainingSettings, fold: int) -> int:
    """Seed of one training: its own for each (search seed, configuration, fold), the same on every machine."""
    digest = sha256_hex(canonical_json([search_seed, settings.digest(), fold]))
    return int(digest[:8], 16)
