import csv
import io

from cauce.experiment.runs_table import configurations_of, fold_lines, runs_csv, runs_text

from .spots import search_of, trial_of

SEARCH = search_of(
    trial_of("low", (0.8, 0.8, 0.81), learning_rate=0.1), trial_of("broken", (0.9, None, 0.9), learning_rate=0.2),
    trial_of("high", (0.9, 0.9, 0.91), learning_rate=0.01),
)


def test_the_best_stands_first_and_what_failed_last() -> None:
    lines = runs_text(SEARCH).splitlines()
    assert lines[0].split()[:2] == ["#", "learning_rate"]
    assert [line.split()[0] for line in lines[1:]] == ["3", "1", "2"]
    assert "0.9033 ± 0.0058 (3 folds)" in lines[1]
    assert "failed on 1 of 3 folds" in lines[3]


def test_table_document_and_spreadsheet_agree() -> None:
    documents, rows = configurations_of(SEARCH), list(csv.DictReader(io.StringIO(runs_csv(SEARCH))))
    assert [str(document["number"]) for document in documents] == [row["number"] for row in rows] == ["3", "1", "2"]
    assert [document["setting.learning_rate"] for document in documents] == [0.01, 0.1, 0.2]
    assert (rows[2]["mean"], rows[0]["folds"]) == ("", "3")


def test_every_fold_has_a_line() -> None:
    lines = fold_lines(SEARCH).splitlines()
    assert len(lines) == 9
    assert sum("failed" in line for line in lines) == 1
