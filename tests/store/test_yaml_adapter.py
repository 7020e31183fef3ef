import pytest

from cauce.domain.codes import Code
from cauce.domain.errors import ConfigurationError
from cauce.domain.split import SplitPolicy
from cauce.store.yaml_adapter import read_yaml


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("scheme: DCM\nvalue: '1'\nmeaning: x\ncolour: red\n", "unknown key 'colour'"),
        ("scheme: DCM\n", "'value': Field required"),
        ("scheme: [\n", "not valid YAML"),
        ("scheme: " + "[" * 5000, "not valid YAML"),
        ("just text", "expected keys and values"),
        ("scheme: !!python/object/apply:os.system ['true']\n", "not valid YAML"),
    ],
)
def test_a_wrong_file_is_one_line_that_names_file_and_key(tmp_path, text, message):
    path = tmp_path / "code.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=message) as caught:
        read_yaml(path, Code)
    assert "code.yaml" in caught.value.line()
    assert "\n" not in caught.value.line()


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match=r"cohort\.yaml: file not found"):
        read_yaml(tmp_path / "cohort.yaml", Code)


@pytest.mark.parametrize(("text", "message"), [
    ("folds: many\n", "'folds': Input should be"), ("train: 0.9\n", "'file': train \\+ tune \\+ test must be 1"),
])
def test_the_place_of_an_error_is_a_key_of_the_file(tmp_path, text, message):
    path = tmp_path / "split.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=message):
        read_yaml(path, SplitPolicy)
