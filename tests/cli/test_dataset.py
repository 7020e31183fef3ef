import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cauce.cli.dataset import app
from dataset.cohorts import lines, write_table_cohort


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--workspace", str(folder / "w")])


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A table cohort named after its folder, indexed and split."""
    folder = write_table_cohort(tmp_path / "small", lines())
    assert run(tmp_path, "index", str(folder)).exit_code == 0
    assert run(tmp_path, "split", "small").exit_code == 0
    return tmp_path


def test_the_four_commands_give_one_json_document_each(made: Path) -> None:
    indexed = json.loads(run(made, "index", str(made / "small" / "cohort.yaml"), "--json").stdout)
    assert (indexed["name"], indexed["instances"], indexed["patients"], indexed["excluded"]) == ("small", 54, 40, [])
    split = json.loads(run(made, "split", "small", "--json").stdout)
    assert split["patients"] == {"train": 28, "tune": 6, "test": 6}
    assert split["largest_deviation"] == max(row["deviation"] for row in split["balance"])
    audited = json.loads(run(made, "audit", "small", "--json").stdout)
    assert audited["passed"] is True
    assert Path(json.loads(run(made, "report", "small", "--json").stdout)["report"]).is_file()


def test_people_get_the_deviation_of_every_stratum_and_the_number_of_crossing_patients(made: Path) -> None:
    text = run(made, "split", "small").stdout
    assert "vendor Philips" in text
    assert "percentage points" in text
    result = run(made, "audit", "small", "--column", "source_partition")
    assert result.exit_code == 1
    assert "14 of 40 patients (35.0 %) stand in more than one partition" in result.stdout
    assert "passed" in run(made, "audit", "small").stdout


def test_a_leak_exits_with_1_and_its_json_is_still_one_document(made: Path) -> None:
    result = run(made, "audit", "small", "--column", "source_partition", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["counts"]["patient"] == 14


def test_bad_input_exits_with_2_and_one_line(made: Path) -> None:
    table = made / "w" / "splits" / "small.csv"
    table.write_text(table.read_text().replace(",test,", ",tune,", 1))
    (made / "small" / "images" / "p001_0.png").unlink()
    for arguments, words in (
        (("audit", "small"), "moved from test to tune"), (("split", "small"), "moved from test to tune"),
        (("index", str(made / "small")), "row 4"), (("index", str(made / "nowhere")), "not found"),
        (("report", "other"), "Known cohorts: small"), (("audit", "small", "--column", "colour"), "no such column"),
    ):
        result = run(made, *arguments)
        assert result.exit_code == 2
        assert words in result.stderr
        assert result.stderr.count("\n") == 1
        assert result.stdout == ""
