"""Write docs/reference from the code: keys of the files that people write, and the commands. `--check` fails on stale pages."""

import inspect
import re
import sys
from enum import Enum, EnumType
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer.main
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from cauce.cli.main import app
from cauce.domain.cohort import CohortSpec
from cauce.domain.experiment import ExperimentSpec
from cauce.domain.monitoring import MonitoringPolicy
from cauce.store.settings import Settings

FOLDER = Path(__file__).parent / "reference"


def type_text(kind: Any) -> str:
    """A type as a reader of YAML would name it."""
    origin = get_origin(kind)
    if origin is Annotated:
        return type_text(get_args(kind)[0])
    if origin in (Union, UnionType):
        return " or ".join(type_text(part) for part in get_args(kind) if part is not type(None))
    if origin is Literal:
        return " or ".join(f"`{getattr(value, 'value', value)}`" for value in get_args(kind))
    if origin in (tuple, list):
        parts = get_args(kind)
        many = len(parts) == 2 and parts[1] is Ellipsis
        return f"list of {type_text(parts[0])}" if many else "[" + ", ".join(type_text(part) for part in parts) + "]"
    if origin is dict:
        return "mapping of " + " to ".join(type_text(part) for part in get_args(kind))
    if isinstance(kind, EnumType):
        return ", ".join(f"`{member.value}`" for member in kind)  # type: ignore[attr-defined]
    names = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false"}
    return names.get(kind.__name__, f"[{kind.__name__}](#{kind.__name__.lower()})")


def default_text(field: FieldInfo) -> str:
    """The default value, or that there is none."""
    if field.is_required():
        return "**required**"
    if field.default_factory is not None:
        return "follows from the other keys"
    value = field.default
    if isinstance(value, BaseModel):
        return "see its table"
    if value is None or value in ("", ()):
        return "none"
    if isinstance(value, tuple):
        return "`[" + ", ".join(str(getattr(item, "value", item)) for item in value) + "]`"
    return f"`{getattr(value, 'value', value)}`"


def nested(kind: Any) -> list[type[BaseModel]]:
    """Record classes inside a type, in order."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [kind]
    return [model for part in get_args(kind) for model in nested(part)]


def documented(model: type[BaseModel]) -> tuple[str, dict[str, str]]:
    """What a class's docstring says: of the class, and of each key under "Attributes:"."""
    text, _, attributes = inspect.getdoc(model).partition("Attributes:") if model.__doc__ else ("", "", "")
    meanings: dict[str, str] = {}
    names: list[str] = []
    for line in attributes.splitlines():
        entry = re.fullmatch(r" {4}(\w+(?:, \w+)*): (.*)", line)
        if entry:
            names = entry[1].split(", ")
            meanings |= dict.fromkeys(names, entry[2])
        else:
            meanings |= {name: f"{meanings[name]} {line.strip()}".strip() for name in names}
    return " ".join(text.split()), meanings


def yaml_page(title: str, root: type[BaseModel]) -> str:
    """One page: a table of keys for `root` and for each record inside it."""
    lines = [f"# {title}", "", "Written by `docs/generate_reference.py`; unknown keys are refused.", ""]
    queue, done = [root], set()
    while queue:
        model = queue.pop(0)
        if model in done:
            continue
        done.add(model)
        text, meanings = documented(model)
        lines += [f"## {model.__name__}", "", text, "", "| key | value | default | meaning |", "|---|---|---|---|"]
        for key, field in model.model_fields.items():
            lines.append(f"| `{key}` | {type_text(field.annotation)} | {default_text(field)} | {meanings.get(key, '')} |")
            queue += nested(field.annotation)
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def option_row(option: Any) -> str:
    """One row of a table: names, meaning, choices, default."""
    notes = [(option.help or "").replace("|", "/").strip()]
    if isinstance(option.default, Enum):
        notes.append("One of " + ", ".join(f"`{each.value}`" for each in type(option.default)) + ".")
    if option.required:
        notes.append("**Required.**")
    elif option.default not in (None, False, "", ()) and not option.multiple:
        notes.append(f"Default: `{getattr(option.default, 'value', option.default)}`.")
    return f"| `{', '.join(option.opts)}` | {' '.join(note for note in notes if note)} |"


def command_page() -> str:
    """Every command with its arguments and options."""
    lines = [
        "# Commands", "", "Written by `docs/generate_reference.py`.", "",
        "Exit codes: 0 done; 1 the answer is no (a leak, a drift, a release that does not verify); 2 bad input or usage, with "
        "one line that says what, where and what to do; 130 interrupted.", "",
    ]

    def walk(command: Any, path: str) -> None:
        if hasattr(command, "commands"):
            for name in sorted(command.commands):
                walk(command.commands[name], f"{path} {name}")
            return
        arguments = [p for p in command.params if p.param_type_name == "argument"]
        options = [p for p in command.params if p.param_type_name == "option" and p.name != "help"]
        needed = [f"{p.opts[0]} {p.name.upper()}" for p in options if p.required]
        names = [p.name.upper() if p.required else f"[{p.name.upper()}]" for p in arguments]
        lines.extend([f"## {path}", "", f"`{' '.join([path, *names, *needed])}`", "", (command.help or "").strip(), ""])
        lines.extend(f"- `{p.name.upper()}`: {p.help}" for p in arguments if p.help)
        lines.extend([""] if any(p.help for p in arguments) else [])
        lines.extend(["| option | meaning |", "|---|---|", *map(option_row, options), ""])

    walk(typer.main.get_command(app), "cauce")
    return "\n".join(lines).rstrip() + "\n"


def pages() -> dict[str, str]:
    """File name → content."""
    return {
        "cohort-yaml.md": yaml_page("cohort.yaml", CohortSpec),
        "experiment-yaml.md": yaml_page("experiment.yaml", ExperimentSpec),
        "policy-yaml.md": yaml_page("policy.yaml, for `cauce monitor check --policy`", MonitoringPolicy),
        "settings.md": yaml_page("cauce.toml, or `CAUCE_*` environment variables", Settings),
        "commands.md": command_page(),
    }


def stale_pages() -> list[str]:
    """Names of the pages that are missing, or that say something else than the code."""
    written = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.md")}
    return [name for name, text in pages().items() if written.get(name) != text]


def main() -> int:
    """Write the pages, or compare them."""
    if "--check" in sys.argv:
        stale = stale_pages()
        for name in stale:
            sys.stderr.write(f"docs/reference/{name} is out of date; run python docs/generate_reference.py\n")
        return int(bool(stale))
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
