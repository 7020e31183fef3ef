import pytest

from cauce.domain.codes import Code
from cauce.domain.cohort import CohortSpec
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
        ("scheme: DCM\nvalue: '1'\nscheme: SCT\nmeaning: x\n", "line 3: the key 'scheme' stands twice"),
        ("scheme: DCM\nvalue: '1'\nmeanin: x\n", "unknown key 'meanin'"),
        ("scheme: DCM\nvalue: '1'\n", "Add it"),
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


@pytest.mark.parametrize(("source", "message"), [
    ("{kind: tabel}", "kind is one of dicom, table, nifti, phantom"), ("{table: t.csv}", "it has no kind"),
    ("[1]", "it needs keys and values"),
])
def test_a_wrong_source_is_told_in_the_words_of_the_file(tmp_path, source, message):
    path = tmp_path / "cohort.yaml"
    path.write_text(f"description: x\nlicence: x\nsource: {source}\n")
    with pytest.raises(ConfigurationError) as caught:
        read_yaml(path, CohortSpec)
    assert message in caught.value.line()


def test_a_file_of_another_encoding_is_said_to_be_one(tmp_path):
    path = tmp_path / "cohort.yaml"
    path.write_bytes("description: Tórax".encode("latin-1"))
    with pytest.raises(ConfigurationError, match="no UTF-8 text"):
        read_yaml(path, CohortSpec)
