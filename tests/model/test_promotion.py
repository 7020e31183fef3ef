import json
from datetime import UTC, datetime, timedelta

import pytest

from cauce.domain.errors import InputError, IntegrityError, NotFoundError, PromotionRefusedError
from cauce.domain.model import Alias
from cauce.model.alias_log import alias_chain, moment, who_was
from cauce.model.build import build_version
from cauce.model.compare import compare
from cauce.model.evaluate import evaluate
from cauce.model.lineage import lineage, picture
from cauce.model.promotion import guard, promote
from cauce.model.registry import resolve
from cauce.store.mlflow_adapter import open_client
from small_river import NAME, River, reselect

LATER = timedelta(days=1)


@pytest.fixture
def two(fresh: River) -> River:
    """A second version from other weights, evaluated too."""
    reselect(fresh, seed=1)
    build_version(fresh.workspace, NAME, data_root=None)
    evaluate(fresh.workspace, f"{NAME}:2", data_root=None, why="second look")
    return fresh


def test_the_log_tells_who_was_champion_and_who_was_not_yet(fresh: River) -> None:
    (first,) = alias_chain(fresh.workspace, NAME).entries()
    born = datetime.fromisoformat(first.at)
    found = who_was(fresh.workspace, Alias.CHAMPION, born + LATER, name=NAME)
    assert (found.version, found.why) == (1, "registered")
    with pytest.raises(NotFoundError, match=first.at[:10]):
        who_was(fresh.workspace, Alias.CHAMPION, born - LATER, name=NAME)


def test_a_shift_is_refused_and_an_override_is_kept_with_its_reason(two: River) -> None:
    shift, objection = guard(resolve(two.workspace, f"{NAME}:1"), resolve(two.workspace, f"{NAME}:2"))
    assert shift is not None
    assert shift.n_patients == 30
    assert objection  # untrained networks of other seeds give other scores
    with pytest.raises(PromotionRefusedError, match="--override"):
        promote(two.workspace, f"{NAME}:2", Alias.CHAMPION, why="newer")
    assert resolve(two.workspace, f"{NAME}@champion").version == 1
    promote(two.workspace, f"{NAME}:2", Alias.CHAMPION, why="newer", override="thresholds were set anew")
    last = alias_chain(two.workspace, NAME).entries()[-1]
    assert (last.version, last.override, last.objection) == (2, "thresholds were set anew", objection)
    assert who_was(two.workspace, Alias.CHAMPION, datetime.now(UTC) + LATER, name=NAME).version == 2


def test_candidate_is_not_protected(two: River) -> None:
    assert promote(two.workspace, f"{NAME}:1", Alias.CANDIDATE, why="again").aliases == ("candidate", "champion")
    assert alias_chain(two.workspace, NAME).entries()[-1].shift is None


def test_no_reason_no_number_no_evaluation_no_promotion(fresh: River) -> None:
    with pytest.raises(InputError, match="without a reason"):
        promote(fresh.workspace, f"{NAME}:1", Alias.CHAMPION, why=" ")
    with pytest.raises(InputError, match="no aliases"):
        promote(fresh.workspace, str(resolve(fresh.workspace, f"{NAME}:1").folder), Alias.CHAMPION, why="x")
    reselect(fresh, seed=2)
    build_version(fresh.workspace, NAME, data_root=None)
    with pytest.raises(InputError, match="before it was evaluated"):
        promote(fresh.workspace, f"{NAME}:2", Alias.CHAMPION, why="x")


def test_an_alias_moved_past_the_log_is_noticed(two: River) -> None:
    open_client(two.workspace).set_registered_model_alias(NAME, "champion", "2")
    with pytest.raises(IntegrityError, match="without `cauce model promote`"):
        resolve(two.workspace, f"{NAME}@champion")


def test_a_changed_entry_of_the_log_is_noticed(fresh: River) -> None:
    path = fresh.workspace.root / "aliases" / NAME / "0001.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "version": 7}))
    with pytest.raises(IntegrityError, match="alias log"):
        resolve(fresh.workspace, f"{NAME}@champion")


def test_two_versions_are_compared_on_the_same_patients_without_opening_the_test_set(two: River) -> None:
    found = compare(two.workspace, f"{NAME}:1", f"{NAME}:2")
    by_method = {each.method.split(",")[0].split(" (")[0]: each for each in found.differences}
    delong, drawn = by_method["paired DeLong by mid-ranks"], by_method["paired bootstrap standard error"]
    areas = [next(each.value for each in report.metrics if each.name == "AUC") for report in found.reports]
    assert delong.value == pytest.approx(areas[1] - areas[0])
    assert drawn.value == pytest.approx(delong.value, abs=1e-6)
    assert found.reports[1].opening.number == 2  # the second evaluation, not the comparison


def test_lineage_goes_from_cohort_to_release(evaluated: River) -> None:
    version = resolve(evaluated.workspace, f"{NAME}:1")
    boxes = lineage(evaluated.workspace, version, None, [])
    assert [box.kind for box in boxes] == ["cohort", "split", "search", "run", "model", "evaluation", "release"]
    assert boxes[0].digest == version.model.cohort
    assert boxes[-1].digest is None
    assert picture(boxes).count("<rect") == len(boxes)


@pytest.mark.parametrize(("text", "expected"), [
    ("2026-03-01", "2026-03-01T23:59:59+00:00"), ("2026-03-01T14:00", "2026-03-01T14:00:00+00:00"),
    ("2026-03-01T14:00+01:00", "2026-03-01T14:00:00+01:00"),
])
def test_a_day_ends_at_midnight_and_a_time_has_a_zone(text: str, expected: str) -> None:
    assert moment(text).isoformat() == expected
    with pytest.raises(InputError, match="no date"):
        moment("yesterday")
