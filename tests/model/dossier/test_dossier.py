import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from cauce.domain.errors import ConfigurationError, InputError
from cauce.domain.model import Alias
from cauce.model.build import build_version
from cauce.model.dossier.answers import BLANKS
from cauce.model.dossier.inputs import DossierInputs, pin
from cauce.model.dossier.verify import verify
from cauce.model.dossier.words import Words, load
from cauce.model.dossier.write import write
from cauce.model.evaluate import evaluate, report_of
from cauce.model.promotion import promote
from cauce.model.registry import resolve
from cauce.store.settings import Language
from small_river import NAME, River, reselect

VERSION = f"{NAME}:1"


@pytest.fixture(scope="module")
def made(evaluated: River, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Path], dict[str, Any]]:
    """The English dossier of the evaluated river: files by suffix, and the document."""
    inputs = pin(evaluated.workspace, VERSION, language=Language.ENGLISH, answers=None)
    paths, document = write(evaluated.workspace, inputs, tmp_path_factory.mktemp("dossier"))
    return {path.suffix: path for path in paths}, document


def test_the_same_inputs_give_the_same_bytes(evaluated: River, made: Any, tmp_path: Path) -> None:
    inputs = pin(evaluated.workspace, VERSION, language=Language.ENGLISH, answers=None)
    again, _ = write(evaluated.workspace, inputs, tmp_path)
    for path in again:
        assert path.read_bytes() == made[0][path.suffix].read_bytes(), path.suffix


def test_claim_is_covered_and_the_count_is_printed_as_coverage(made: Any) -> None:
    claim = made[1]["coverage"]["claim"]
    assert (claim["total"], claim["filled"] >= 26, claim["covered"] >= 40) == (44, True, True)
    assert "not a score" in made[0][".html"].read_text()


def test_every_number_names_its_record(made: Any) -> None:
    tags = set(made[1]["register"])
    numbers = [cell for chapter in made[1]["chapters"] for section in chapter["sections"] for block in section["blocks"]
               for row in block.get("rows", ()) for cell in row if isinstance(cell, dict)]
    assert len(numbers) > 100
    assert {cell["source"] for cell in numbers} <= tags
    assert all(cell["values"] and cell["path"] for cell in numbers)


@pytest.mark.parametrize("suffix", [".pdf", ".html", ".json"])
def test_an_untouched_dossier_is_verified(evaluated: River, made: Any, suffix: str) -> None:
    assert verify(evaluated.workspace, made[0][suffix]) == []


def _auc(document: dict[str, Any]) -> str:
    text = json.dumps(document, ensure_ascii=False)
    found = re.search(r'"text": "([0-9.]+ \([^"]+)", "values": \[[^\]]+\], "source": "E", "path": "metrics/AUC"', text)
    assert found
    return found.group(1)


@pytest.mark.parametrize("suffix", [".html", ".json"])
def test_one_edited_digit_is_found_and_named(evaluated: River, made: Any, tmp_path: Path, suffix: str) -> None:
    value = _auc(made[1])
    edited = value.replace(value[3], "9" if value[3] != "9" else "8", 1)
    forged = tmp_path / f"forged{suffix}"
    forged.write_text(made[0][suffix].read_text().replace(value, edited))
    assert any(edited[:6] in line and value[:6] in line for line in verify(evaluated.workspace, forged))


def test_an_edited_pdf_is_found(evaluated: River, made: Any, tmp_path: Path) -> None:
    data = bytearray(made[0][".pdf"].read_bytes())
    data[len(data) // 2] ^= 1
    forged = tmp_path / "forged.pdf"
    forged.write_bytes(data)
    assert "not the one" in verify(evaluated.workspace, forged)[0]


def test_later_openings_and_promotions_do_not_break_an_older_dossier(fresh: River, made: Any, tmp_path: Path) -> None:
    evaluate(fresh.workspace, VERSION, data_root=None, why="once more", again=True)
    promote(fresh.workspace, VERSION, Alias.CANDIDATE, why="test")
    assert verify(fresh.workspace, made[0][".json"]) == []
    _, newer = write(fresh.workspace, pin(fresh.workspace, VERSION, language=Language.ENGLISH, answers=None), tmp_path)
    assert newer["inputs"]["openings"] == made[1]["inputs"]["openings"] + 1


def test_a_record_whose_metrics_are_not_those_of_its_predictions_is_found(fresh: River, tmp_path: Path) -> None:
    report = report_of(fresh.workspace, resolve(fresh.workspace, VERSION))
    better = report.metrics[0].model_copy(update={"value": 0.99, "upper": 0.995})
    fresh.workspace.records.put(report.model_copy(update={"metrics": (better, *report.metrics[1:])}), name=NAME)
    paths, _ = write(fresh.workspace, pin(fresh.workspace, VERSION, language=Language.ENGLISH, answers=None), tmp_path)
    assert any(line.startswith("AUC: the record says 0.99") for line in verify(fresh.workspace, paths[2]))


def test_answers_fill_blanks_and_the_draft_counts_what_is_left(evaluated: River, made: Any, tmp_path: Path) -> None:
    blanks = made[0][".yaml"].read_text()
    assert set(yaml.safe_load(blanks)) == set(BLANKS)
    answers = tmp_path / "answers.yaml"
    answers.write_text(blanks.replace('users: ""', 'users: "Radiologists of two hospitals."'))
    inputs = pin(evaluated.workspace, VERSION, language=Language.ENGLISH, answers=answers)
    paths, document = write(evaluated.workspace, inputs, tmp_path)
    assert document["blanks_open"] == made[1]["blanks_open"] - 1
    assert "Radiologists of two hospitals." in paths[1].read_text()
    assert verify(evaluated.workspace, paths[0]) == []
    answers.write_text("usrs: x")
    with pytest.raises(ConfigurationError, match="no such blank"):
        pin(evaluated.workspace, VERSION, language=Language.ENGLISH, answers=answers)


def test_spanish_holds_no_english_label(evaluated: River, made: Any, tmp_path: Path) -> None:
    inputs = pin(evaluated.workspace, VERSION, language=Language.SPANISH, answers=None)
    _, spanish = write(evaluated.workspace, inputs, tmp_path)
    assert spanish["title"] == "Expediente técnico"
    for ours, theirs in zip(spanish["chapters"], made[1]["chapters"], strict=True):
        assert [each["key"] for each in ours["sections"]] == [each["key"] for each in theirs["sections"]]


def test_both_languages_fill_the_same_braces() -> None:
    for key, both in load("texts.yaml").items():
        assert set(both) == {"en", "es"}, key
        braces = [sorted(re.findall(r"{(\w+)}", both[language])) for language in ("en", "es")]
        assert braces[0] == braces[1], key
    assert all(Words(Language.ENGLISH).has(f"blank.{key}") for key in BLANKS)


def test_no_dossier_before_an_evaluation_and_no_file_of_another_kind(fresh: River, tmp_path: Path) -> None:
    reselect(fresh, seed=3)
    build_version(fresh.workspace, NAME, data_root=None)
    with pytest.raises(InputError, match="needs an evaluation"):
        pin(fresh.workspace, f"{NAME}:2", language=Language.ENGLISH, answers=None)
    other = tmp_path / "x.json"
    other.write_text("{}")
    with pytest.raises(InputError, match="JSON of a dossier"):
        verify(fresh.workspace, other)
    with pytest.raises(InputError, match="what it was made from"):
        DossierInputs.unpacked("abc")
