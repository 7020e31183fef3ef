from cauce.experiment.standing import Standing

from .spots import trial_of


def test_it_says_folds_done_the_best_so_far_and_the_time_left() -> None:
    told: list[tuple[str, int, int]] = []
    seconds = iter(range(0, 10_000, 60))
    standing = Standing(lambda *said: told.append(said), n_folds=4, n_epochs=40, clock=lambda: next(seconds))
    assert told[-1] == ("train folds, epochs · 0 of 4 folds", 0, 40)
    standing.found(10)  # trained yesterday: says nothing about how fast today is
    standing.fold_ended([])
    standing.trained(1)
    assert told[-1] == ("train folds, epochs · 1 of 4 folds · about 29 min left", 11, 40)
    standing.fold_ended([trial_of("good", (0.9, 0.9)), trial_of("bad", (0.8, 0.8)), trial_of("broken", (None, 0.9))], skipped=2)
    assert told[-1][0].startswith("train folds, epochs · 4 of 4 folds · best 0.9000 ± 0.0000 (good)")
    standing.over()
    assert told[-1][1:] == (40, 40)
