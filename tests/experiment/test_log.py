import csv
import io

from cauce.domain.experiment_notes import Note
from cauce.experiment.log import COLUMNS, log_csv, markdown
from cauce.experiment.select import choose

from .spots import search_of, trial_of

WORSE = trial_of("learning_rate=0.1", (0.8, 0.8, 0.81), learning_rate=0.1)
BETTER = trial_of("learning_rate=0.01", (0.9, 0.9, 0.91), learning_rate=0.01)


def body(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("| ")][2:]


def test_rows_stand_in_the_order_of_trying_and_what_was_kept_is_marked() -> None:
    search = search_of(WORSE, BETTER)
    lines = body(markdown(search, choose(search)))
    assert lines[0].startswith("| 1 | 0.1 | finished | 0.8033 ± 0.0058 (3 folds) |")
    assert lines[1].startswith("| **2 kept** | 0.01 | finished | 0.9033 ± 0.0058 (3 folds) |")


def test_question_setup_table_evidence_finding_and_reason_follow_each_other() -> None:
    search = search_of(WORSE, BETTER)
    text = markdown(search, choose(search), [Note(text="try 0.03", at="2026-01-01T00:00:00+00:00", trial=2)])
    parts = ["Is there a spot?", "**Setup.** network resnet_tiny", "| --- |", "**Evidence", "**Finding", "**Kept", "try 0.03"]
    assert [text.index(part) for part in parts] == sorted(text.index(part) for part in parts)


def test_nothing_is_marked_before_anything_is_selected_or_when_another_search_was() -> None:
    search = search_of(BETTER)
    assert "kept" not in markdown(search).lower()
    assert "kept" not in markdown(search, choose(search_of(WORSE, BETTER))).lower()


def test_a_failure_and_a_pruned_trial_stand_in_the_log_with_their_reasons() -> None:
    broken, poor = trial_of("broken", (0.9, None, 0.9)), trial_of("poor", (0.6, 0.61), pruned="worse than x by 0.3")
    search = search_of(broken, poor, BETTER)
    lines = body(markdown(search))
    assert "failed on 1 of 3 folds" in lines[0]
    assert "| diverged |" in lines[0]
    assert "1. Fold 1: the loss is no number." in markdown(search)
    assert "| pruned after 2 folds |" in lines[1]
    assert "worse than x by 0.3" in lines[1]


def test_the_spreadsheet_has_what_an_engineer_notes_down() -> None:
    search = search_of(WORSE, BETTER)
    rows = list(csv.DictReader(io.StringIO(log_csv(search, None, [Note(text="hm", at="now", trial=1)]))))
    assert tuple(rows[0]) == COLUMNS
    assert [rows[0][key] for key in ("parameter", "values", "status", "notes")] == ["learning_rate", "0.1", "finished", "hm"]
    assert rows[1]["finding"] == "the best"
    assert float(rows[1]["mean"]) == BETTER.mean
