"""YAML files as records: data only, one record class per file, unknown keys refused with the line they stand in."""

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import ValidationError

from cauce.domain.errors import ConfigurationError
from cauce.domain.record import Record

R = TypeVar("R", bound=Record)

_TYPES = ("int", "float", "str", "none", "constrained-int", "constrained-float", "constrained-str")
"""What pydantic adds to the place of an error where a value may be of several types: no keys of the file."""


def read_yaml(path: Path, kind: type[R]) -> R:
    """Read one record from a YAML file.

    Raises:
        ConfigurationError: the file is missing, is no YAML mapping, or does not describe a `kind`.
    """
    if not path.is_file():
        raise ConfigurationError("file not found", where=path.name, remedy=f"Give a folder or path that holds {path.name}.")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise ConfigurationError("not valid YAML", where=f"{path.name}{line}", remedy="Correct the file.") from None
    if not isinstance(content, dict):
        raise ConfigurationError("expected keys and values", where=path.name, remedy="See examples/ for a complete file.")
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise _configuration_error(path, error) from None


def yaml_text(content: dict[str, object]) -> str:
    """As a person would write it, in the given order."""
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def _configuration_error(path: Path, error: ValidationError) -> ConfigurationError:
    first = error.errors()[0]
    key = ".".join(part for part in map(str, first["loc"]) if part not in _TYPES) or "file"
    said = first["msg"].removeprefix("Value error, ")
    what = f"unknown key '{key}'" if first["type"] == "extra_forbidden" else f"'{key}': {said}"
    more = error.error_count() - 1
    return ConfigurationError(
        what + (f" (and {more} more)" if more else ""), where=path.name,
        remedy="Remove or correct it; docs/reference lists the keys.",
    )
