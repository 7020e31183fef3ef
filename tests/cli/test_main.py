"""The command line as a whole: what was typed wrongly is one line, and a document where that was asked for."""

import json

import pytest

from cauce.cli.main import run


def typed(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["cauce", *arguments])
    with pytest.raises(SystemExit) as ended:
        run()
    return ended.value.code


@pytest.mark.parametrize(("arguments", "named"), [
    (["dataset", "index"], "cauce dataset index"),
    (["frobnicate"], "frobnicate"),
    (["model", "list", "--jsn"], "--jsn"),
    (["monitor", "check", "chest", "--last", "many"], "--last"),
    (["release", "verify", ".", "--public-key", "zz"], "64 hexadecimal digits"),
])
def test_a_wrong_command_is_one_line_that_names_what_is_wrong(
    arguments: list[str], named: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(monkeypatch, *arguments) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert error.startswith("cauce: ")
    assert error.count("\n") == 1
    assert named in error


def test_with_json_a_wrong_command_prints_one_document(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(monkeypatch, "dataset", "index", "cohort.yaml", "--nmae", "a", "--json") == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "bad-input"
    assert "--nmae" in error["message"]


def test_without_a_command_the_help_is_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(monkeypatch, "dataset") == 2
    shown = "".join(capsys.readouterr())
    assert "index" in shown
    assert "split" in shown
