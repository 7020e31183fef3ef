"""YAML files as records: data only, one record class per file, unknown keys refused with the line they stand in."""

import re
from pathlib import Path
from typing import Any, TypeVar

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
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except UnicodeDecodeError:
        raise ConfigurationError("the file is no UTF-8 text", where=path.name, remedy="Save it in UTF-8.") from None
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        what = str(error.problem) if isinstance(error, _DoubleKeyError) else "not valid YAML"
        raise ConfigurationError(what, where=f"{path.name}{line}", remedy="Correct the file.") from None
    if not isinstance(content, dict):
        raise ConfigurationError("expected keys and values", where=path.name, remedy="See examples/ for a complete file.")
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise _configuration_error(path, error) from None


class _DoubleKeyError(yaml.constructor.ConstructorError):
    """A key that stands twice: the last one would win in silence."""


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, which refuses a key that stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value != "<<":
                if key.value in seen:
                    raise _DoubleKeyError(None, None, f"the key '{key.value}' stands twice", key.start_mark)
                seen.add(key.value)
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found


def yaml_text(content: dict[str, object]) -> str:
    """As a person would write it, in the given order."""
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def _said(kind: str, message: str, tags: str) -> str:
    """Pydantic's message in the words of the file."""
    if kind == "union_tag_invalid":
        names = re.findall(r"'([^']+)'", tags)
        return f"kind is one of {', '.join(names)}"
    if kind == "union_tag_not_found":
        return "it has no kind"
    if kind in ("model_attributes_type", "model_type", "dict_type"):
        return "it needs keys and values"
    return message.removeprefix("Value error, ")


def _configuration_error(path: Path, error: ValidationError) -> ConfigurationError:
    faults = error.errors()
    first = next((each for each in faults if each["type"] == "extra_forbidden"), faults[0])  # often why another is missing
    key = ".".join(part for part in map(str, first["loc"]) if part not in _TYPES) or "file"
    said = _said(first["type"], first["msg"], str(first.get("ctx", {}).get("expected_tags", "")))
    what = f"unknown key '{key}'" if first["type"] == "extra_forbidden" else f"'{key}': {said}"
    more = error.error_count() - 1
    return ConfigurationError(
        what + (f" (and {more} more)" if more else ""), where=path.name,
        remedy=f"{'Add it' if first['type'] == 'missing' else 'Remove or correct it'}; docs/reference lists the keys.",
    )
