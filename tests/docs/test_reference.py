import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

GENERATOR = Path(__file__).resolve().parents[2] / "docs" / "generate_reference.py"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_reference", GENERATOR)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_pages_say_what_the_code_says(generator: ModuleType) -> None:
    assert generator.stale_pages() == [], "run: python docs/generate_reference.py"


def test_a_page_that_was_edited_or_removed_is_found(
    generator: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generator, "FOLDER", tmp_path / "reference")
    assert sorted(generator.stale_pages()) == sorted(generator.pages())
    monkeypatch.setattr("sys.argv", ["generate_reference.py"])
    assert generator.main() == 0
    assert generator.stale_pages() == []
    page = tmp_path / "reference" / "commands.md"
    page.write_text(page.read_text("utf-8").replace("--workspace", "--folder"), "utf-8")
    assert generator.stale_pages() == ["commands.md"]
    monkeypatch.setattr("sys.argv", ["generate_reference.py", "--check"])
    assert generator.main() == 1


def test_every_key_has_a_row_and_every_command_a_section(generator: ModuleType) -> None:
    pages = generator.pages()
    assert "| `learning_rate` |" in pages["experiment-yaml.md"]
    assert "## cauce monitor check" in pages["commands.md"]
    assert "`cauce predict MODEL SOURCE --out OUT`" in pages["commands.md"]
