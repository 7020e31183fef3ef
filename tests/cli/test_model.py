import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cauce.cli.model import app
from small_river import NAME, River, river


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> River:
    return river(tmp_path_factory.mktemp("cli"))


def _run(made: River, *arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [*arguments, "--workspace", str(made.workspace.root)])
    return result.exit_code, result.stdout, result.stderr


def test_a_selection_is_built_evaluated_listed_shown_and_promoted(made: River) -> None:
    code, out, _ = _run(made, "evaluate", NAME, "--why", "first look", "--json")
    document = json.loads(out)
    assert code == 0
    assert document["model"] == f"{NAME}:1"
    assert document["evaluation"]["opening"]["why"] == "first look"
    assert Path(document["report"]).is_file()

    code, out, _ = _run(made, "evaluate", f"{NAME}@champion")
    assert code == 0
    assert "has been opened once" in out

    code, out, _ = _run(made, "list", "--json")
    (row,) = json.loads(out)["models"]
    assert (row["name"], row["version"], row["aliases"], row["openings"]) == (NAME, 1, ["champion"], 1)
    assert f"{NAME}:1" in _run(made, "list")[1]

    code, out, _ = _run(made, "show", f"{NAME}:1")
    assert row["digest"] in out
    assert "sensitivity of at least 0.95 on tune" in out

    code, out, _ = _run(made, "promote", f"{NAME}:1", "--to", "candidate")
    assert (code, "now version 1" in out) == (0, True)

    code, out, _ = _run(made, "who-was", "champion", "--at", "2999-01-01", "--json")
    assert (code, json.loads(out)["changes"][0]["version"]) == (0, 1)
    assert "registered" in _run(made, "history", NAME)[1]
    assert "evaluation" in _run(made, "lineage", f"{NAME}:1")[1]
    assert _run(made, "compare", f"{NAME}:1", f"{NAME}:1")[0] == 0

    code, out, _ = _run(made, "dossier", NAME, "--language", "es", "--json")
    files = [Path(each) for each in json.loads(out)["files"]]
    assert (code, {each.suffix for each in files}) == (0, {".pdf", ".html", ".json", ".yaml"})
    assert _run(made, "verify-dossier", str(files[2]))[:2] == (0, "Every number is what the records give.\n")
    files[2].write_text(files[2].read_text().replace('"text": "', '"text": "9', 1))
    assert _run(made, "verify-dossier", str(files[2]))[0] == 1

    code, out, err = _run(made, "show", f"{NAME}@chmpion", "--json")
    assert code == 2
    assert "candidate, champion" in err
    assert json.loads(out)["error"]["code"] == "not-found"
    assert err.count("\n") == 1
