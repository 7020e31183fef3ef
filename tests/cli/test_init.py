import json
from pathlib import Path

from typer.testing import CliRunner

from cauce.cli.main import app


def test_a_workspace_is_named_by_the_argument_or_by_the_option(tmp_path: Path) -> None:
    named = CliRunner().invoke(app, ["init", str(tmp_path / "a"), "--json"])
    assert json.loads(named.stdout) == {"workspace": str(tmp_path / "a")}
    assert (tmp_path / "a" / "cauce.toml").is_file()
    assert CliRunner().invoke(app, ["init", "--workspace", str(tmp_path / "b")]).exit_code == 0
    assert (tmp_path / "b" / "cauce.toml").is_file()


def test_making_a_workspace_again_keeps_its_settings(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["init", str(tmp_path)]).exit_code == 0
    (tmp_path / "cauce.toml").write_text('language = "es"\n')
    assert CliRunner().invoke(app, ["init", str(tmp_path)]).exit_code == 0
    assert (tmp_path / "cauce.toml").read_text() == 'language = "es"\n'
