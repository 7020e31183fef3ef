"""The documentation points to what exists: pages, pictures, commands, options, YAML keys."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

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


def test_the_reference_pages_are_what_the_code_says():
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs/generate_reference.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{name_of(page)} links to {target}"


@pytest.mark.parametrize(("page", "line"), command_lines())
def test_every_command_in_the_pages_exists_with_its_options(page, line):
    command, words = typer.main.get_command(app), shlex.split(line)[1:]
    while words and hasattr(command, "commands"):
        assert words[0] in command.commands, f"{page}: no command {words[0]!r}"
        command = command.commands[words.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    for word in words:
        if word.startswith("--"):
            assert word.split("=")[0] in known, f"{page}: {line!r} uses an unknown option {word}"


def test_the_yaml_of_the_first_hour_is_valid():
    cohort, experiment = blocks(ROOT / "docs/get-started/first-hour.md", "yaml")
    CohortSpec.model_validate(yaml.safe_load(cohort))
    ExperimentSpec.model_validate(yaml.safe_load(experiment))
