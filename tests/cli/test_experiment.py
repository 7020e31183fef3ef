import json
import shutil
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from cauce.cli.experiment import app
from cauce.dataset.audit import audit_cohort
from cauce.dataset.index import index_cohort
from cauce.dataset.split import split_cohort
from cauce.store.workspace import Workspace

COHORT = {
    "description": "digital patients", "licence": "CC0 1.0",
    "source": {"kind": "phantom", "patients": 40, "seed": 3, "rows": 128},
    "reference": {
        "positive": ["abnormal"], "negative": ["normal"], "source": "made so",
        "finding": {"scheme": "DCM", "value": "130591", "meaning": "Focal abnormality"},
    },
    "split": {"train": 0.6, "tune": 0.2, "test": 0.2, "folds": 2, "balance": ["label"]},
}
EXPERIMENT = {
    "question": "Does it run?", "intended_use": "tests", "preprocess": {"size": [32, 32]},
    "grid": {"learning_rate": [0.001, 0.002]},
    "training": {"network": "resnet_tiny", "epochs": 1, "batch_size": 8, "precision": "float32"},
    "selection": {"worst_fold_floor": 0},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An example folder named `spots`, and beside it a workspace whose cohort is split and not yet audited."""
    folder = tmp_path_factory.mktemp("cli") / "spots"
    folder.mkdir()
    (folder / "cohort.yaml").write_text(yaml.safe_dump(COHORT))
    (folder / "experiment.yaml").write_text(yaml.safe_dump(EXPERIMENT))
    workspace = Workspace.open(folder.parent / "workspace")
    split_cohort(workspace, index_cohort(workspace, folder, name="spots"))
    return folder


def run(made: Path, *arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [*arguments, "--workspace", str(made.parent / "workspace")])
    return result.exit_code, result.stdout, result.stderr


def test_a_split_that_was_never_audited_is_refused_with_the_command_to_run(made: Path) -> None:
    code, out, err = run(made, "search", str(made))
    assert (code, out) == (2, "")
    assert "cauce dataset audit spots" in err
    assert len(err.strip().splitlines()) == 1


def test_search_select_log_and_runs_tell_one_story(made: Path) -> None:
    audit_cohort(Workspace.open(made.parent / "workspace"), "spots")
    code, out, _ = run(made, "search", str(made), "--workers", "0", "--json")
    searched = json.loads(out)
    assert code == 0
    assert [len(trial["runs"]) for trial in searched["trials"]] == [2, 2]

    code, out, _ = run(made, "select", "spots", "--json")
    selected = json.loads(out)
    assert code == 0
    assert selected["search"] == searched["search"]

    code, out, _ = run(made, "log", "spots")
    assert code == 0
    assert "Does it run?" in out
    assert selected["reason"].split(":")[0] in out

    assert all(Path(figure).is_file() for figure in selected["figures"])

    code, out, _ = run(made, "log", "spots", "--note", "Looks odd", "--trial", "2")
    assert code == 0
    assert "configuration 2: Looks odd" in out
    assert run(made, "log", "spots", "--csv")[1].splitlines()[2].endswith("Looks odd")
    assert run(made, "log", "spots", "--trial", "2")[0] == 2

    code, out, _ = run(made, "runs", "spots")
    assert code == 0
    assert len(out.splitlines()) == 3
    assert len(run(made, "runs", "spots", "--folds")[1].splitlines()) == 4

    code, out, _ = run(made, "runs", "spots", "--json")
    assert code == 0
    assert {each["weights"] for each in json.loads(out)["runs"]} == {
        each["weights"] for trial in searched["trials"] for each in trial["runs"]
    }


def test_an_unknown_key_is_named(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "spots")
    (tmp_path / "spots" / "experiment.yaml").write_text(yaml.safe_dump({**EXPERIMENT, "epoch": 3}))
    code, out, err = run(made, "search", str(tmp_path / "spots"))
    assert (code, out) == (2, "")
    assert "'epoch'" in err


@pytest.mark.parametrize("command", ["select", "log", "runs"])
def test_an_unknown_search_is_one_line(made: Path, command: str) -> None:
    code, out, err = run(made, command, "nobody")
    assert (code, out) == (2, "")
    assert "no Search named 'nobody'" in err


def test_check_says_ok_or_fail_for_each_check_and_exits_1_when_one_fails(made: Path, tmp_path: Path) -> None:
    audit_cohort(Workspace.open(made.parent / "workspace"), "spots")
    shutil.copytree(made, tmp_path / "spots")
    hopeless = {**EXPERIMENT, "grid": {}, "training": {**EXPERIMENT["training"], "learning_rate": 1e-9}}
    (tmp_path / "spots" / "experiment.yaml").write_text(yaml.safe_dump(hopeless))
    code, out, _ = run(made, "check", str(tmp_path / "spots"), "--json")
    found = json.loads(out)
    assert code == 1
    assert found["passed"] is False
    assert found["results"][0]["passed"]
    assert any(result["check"] == "learning rate" and not result["passed"] for result in found["results"])
