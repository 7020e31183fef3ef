import pytest

from cauce.domain.errors import ConfigurationError, InputError, NotFoundError
from cauce.store.settings import Language
from cauce.store.workspace import Workspace


def test_a_new_workspace_explains_its_settings_and_opens_again(tmp_path):
    Workspace.open(tmp_path / "w")
    assert "pseudonym_key_file" in (tmp_path / "w" / "cauce.toml").read_text()
    assert Workspace.open(tmp_path / "w").settings.language is Language.ENGLISH


def test_the_environment_wins_over_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("CAUCE_LANGUAGE", "es")
    assert Workspace.open(tmp_path).settings.language is Language.SPANISH


def test_a_folder_with_other_files_is_not_taken_over(tmp_path):
    (tmp_path / "thesis.docx").touch()
    with pytest.raises(InputError, match="no cauce workspace"):
        Workspace.open(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]


def test_what_needs_a_workspace_makes_none_at_a_mistyped_path(tmp_path):
    with pytest.raises(NotFoundError, match=r"no cauce workspace here.*--workspace"):
        Workspace.existing(tmp_path / "mistyped")
    assert not (tmp_path / "mistyped").exists()
    Workspace.open(tmp_path / "w")
    assert Workspace.existing(tmp_path / "w").root == tmp_path / "w"


@pytest.mark.parametrize("text", ["langage = 'es'", "language = 'fr'", "language = "])
def test_a_wrong_setting_is_one_clear_line(tmp_path, text):
    (tmp_path / "cauce.toml").write_text(text)
    with pytest.raises(ConfigurationError, match=r"cauce\.toml"):
        Workspace.open(tmp_path)
