"""The documentation points to what exists: pages, pictures, commands, options, YAML keys."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from cauce.cli.main import app
from cauce.domain.cohort import CohortSpec
from cauce.domain.experiment import ExperimentSpec

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md")])


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text("utf-8"), flags=re.DOTALL)


def command_lines() -> list[tuple[str, str]]:
    lines = [(name_of(page), line) for page in PAGES for block in blocks(page, "") for line in block.splitlines()]
    return [(page, line.split("#")[0].strip()) for page, line in lines if line.startswith("cauce ")]


def mentions() -> list[tuple[str, str]]:
    """Commands between single backticks in running text."""
    texts = [(name_of(page), re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)) for page in PAGES]
    return sorted({(page, found) for page, text in texts for found in re.findall(r"`(cauce [a-z][^`\n]*)`", text)})


def find(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the first words name, and the words that are left."""
    command = typer.main.get_command(app)
    while words and hasattr(command, "commands") and not words[0].startswith("--"):
        assert words[0] in command.commands, f"no command {words[0]!r}"
        command, words = command.commands[words[0]], words[1:]
    return command, words


def anchors(page: Path) -> set[str]:
    """Fragments that a page's headings answer to, spelt as code hosts spell them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_leads_somewhere(page):
    for target, fragment in re.findall(r"\]\(([^)#]*)(?:#([^)]*))?\)", page.read_text("utf-8")):
        if "://" in target:
            continue
        leads_to = page.parent / target if target else page
        assert leads_to.exists(), f"{name_of(page)} links to {target}"
        assert not fragment or fragment in anchors(leads_to), f"{name_of(page)} links to {target}#{fragment}"


@pytest.mark.parametrize(("page", "line"), command_lines())
def test_every_command_in_the_pages_exists_with_its_options(page, line):
    command, words = find(shlex.split(line)[1:])
    assert not hasattr(command, "commands"), f"{page}: {line!r} names a group, not a command"
    try:
        command.make_context(command.name, [word for word in words if word != "--help"])  # parses, runs nothing
    except Exception as error:  # typer's own click is not importable by name
        pytest.fail(f"{page}: {line!r} does not parse: {error}")


@pytest.mark.parametrize(("page", "mention"), mentions())
def test_every_command_that_the_text_mentions_exists(page, mention):
    command, words = find(shlex.split(mention)[1:])
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    for word in words:
        if word.startswith("--"):
            assert word.split("=")[0] in known, f"{page}: {mention!r} uses an unknown option {word}"


@pytest.mark.parametrize(
    "line", ["model promote NAME:2 champion", "model promote", "monitor check NAME --days 3", "monitor acknowledge 3f --who me"]
)
def test_a_command_with_a_wrong_argument_or_option_would_be_found(line):
    with pytest.raises(pytest.fail.Exception):
        test_every_command_in_the_pages_exists_with_its_options("a page", f"cauce {line}")


def test_a_command_that_does_not_exist_would_be_found():
    with pytest.raises(AssertionError):
        test_every_command_in_the_pages_exists_with_its_options("a page", "cauce model retire NAME")


def test_the_yaml_of_the_first_hour_is_valid():
    cohort, experiment = blocks(ROOT / "docs/get-started/first-hour.md", "yaml")
    CohortSpec.model_validate(yaml.safe_load(cohort))
    ExperimentSpec.model_validate(yaml.safe_load(experiment))
