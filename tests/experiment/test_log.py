from cauce.experiment.log import markdown, run_lines
from cauce.experiment.select import choose

from .spots import search_of, trial_of


def test_the_best_stands_first_and_what_was_kept_is_marked() -> None:
    search = search_of(trial_of("worse", (0.8, 0.8, 0.81)), trial_of("better", (0.9, 0.9, 0.91)))
    lines = [line for line in markdown(search, choose(search)).splitlines() if line.startswith("| ")][2:]
    assert "better" in lines[0]
    assert lines[0].startswith("| **kept** |")
    assert "0.9033 ± 0.0058 (3 folds)" in lines[0]
    assert "kept" not in lines[1]


def test_question_and_finding_stand_around_the_table() -> None:
    search = search_of(trial_of("one", (0.9, 0.9, 0.91)))
    text = markdown(search, choose(search))
    assert text.index("Is there a spot?") < text.index("| --- |") < text.index("**Finding.**")


def test_nothing_is_marked_before_anything_is_selected() -> None:
    text = markdown(search_of(trial_of("one", (0.9, 0.9, 0.91))))
    assert "kept" not in text
    assert "Finding" not in text


def test_a_failure_stands_in_the_log_with_its_reason() -> None:
    search = search_of(trial_of("broken", (0.9, None, 0.9)))
    assert "failed on 1 of 3 folds" in markdown(search)
    assert "the loss is no number" in markdown(search)
    assert run_lines(search).count("failed") == 1
