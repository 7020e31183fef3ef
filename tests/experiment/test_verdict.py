import pytest

from cauce.experiment.verdict import Verdict, judge

from .spots import curve_of, trial_of

STEADY = (0.94, 0.95, 0.96)
POOR = (0.6, 0.61, 0.62, 0.62, 0.63, 0.63)
Numbers = tuple[float, ...]
FALLING = (0.7, 0.4, 0.3, 0.25, 0.2, 0.18)


@pytest.mark.parametrize(
    ("verdict", "values", "train", "validation", "scores"),
    [
        (Verdict.LEARNING, STEADY, FALLING, (0.6, 0.4, 0.3, 0.28, 0.27, 0.27), (0.8, 0.9, 0.93, 0.94, 0.95, 0.95)),
        (Verdict.OVERFITTING, STEADY, FALLING, (0.6, 0.4, 0.35, 0.4, 0.5, 0.6), (0.8, 0.9, 0.95, 0.95, 0.94, 0.94)),
        (Verdict.OVERFITTING, (0.53, 0.52, 0.54), FALLING, (0.7, 0.8, 0.9, 1.0, 1.1, 1.2), (0.5, 0.52, 0.5, 0.49, 0.5, 0.5)),
        (Verdict.NOT_LEARNING, (0.53, 0.52, 0.54), (0.7, 0.695, 0.694, 0.693, 0.693, 0.693), (0.69,) * 6, (0.5,) * 6),
        (Verdict.NOT_FITTING, (0.62, 0.64, 0.63), (0.7, 0.69, 0.685, 0.68, 0.68, 0.68), (0.68,) * 6, POOR),
        (Verdict.UNSTABLE, (0.99, 0.72, 0.95), FALLING, (0.3,) * 6, (0.9,) * 6),
        (Verdict.UNSTABLE, STEADY, FALLING, (0.3,) * 6, (0.8, 0.9, 0.92, 0.94, 0.7, 0.93)),
        (Verdict.DIVERGED, STEADY, (0.7, 0.4, 0.3, 0.9, 1.8, 3.0), (0.3,) * 6, (0.9,) * 6),
        (Verdict.DIVERGED, (None, None, 0.9), FALLING, (0.3,) * 6, (0.9,) * 6),
    ],
)
def test_curves_and_folds_get_the_word_an_engineer_would_use(
    verdict: Verdict, values: Numbers, train: Numbers, validation: Numbers, scores: Numbers
) -> None:
    judged = judge(trial_of("x", values, curve=curve_of(train, validation, scores)))
    assert judged.verdict is verdict
    assert judged.evidence


def test_a_loss_near_zero_that_rises_by_next_to_nothing_is_no_overfitting() -> None:
    curve = curve_of(FALLING, (0.4, 0.1, 0.02, 0.01, 0.012, 0.013), (0.9, 0.95, 0.99, 0.99, 0.99, 0.99))
    assert judge(trial_of("x", (0.99, 0.99, 0.98), curve=curve)).verdict is Verdict.LEARNING


def test_a_training_that_failed_for_another_reason_says_nothing_about_the_configuration() -> None:
    trial = trial_of("x", (0.9, None))
    runs = [run if run.score else run.model_copy(update={"error": "RuntimeError: the disk is full."}) for run in trial.runs]
    judged = judge(trial.model_copy(update={"runs": tuple(runs)}))
    assert judged.verdict is None
    assert judged.evidence == "fold 1: RuntimeError: the disk is full"


def test_the_evidence_of_learning_says_when_more_epochs_may_help() -> None:
    curve = curve_of((0.7, 0.4), (0.6, 0.4), (0.8, 0.9))
    trial = trial_of("x", STEADY, curve=curve)
    late = tuple(run.model_copy(update={"best_epoch": 1}) for run in trial.runs)
    assert "more epochs may help" in judge(trial.model_copy(update={"runs": late})).evidence
    assert "more epochs may help" not in judge(trial).evidence
