from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.experiment.spots import Place, build_place, spec, trial_of

from cauce.cli.main import app
from cauce.domain.errors import InputError, NotFoundError
from cauce.domain.experiment import BegunSearch, Search
from cauce.experiment.running import SearchSoFar, search_so_far
from cauce.experiment.search import search
from cauce.store.workspace import Workspace
from cauce.web.experiment_charts import curve_chart, parallel_chart
from cauce.web.experiment_rows import configurations, curves, fold_rows, settings_of, summary
from cauce.web.server import SearchReader, new_application, serve


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = build_place(tmp_path_factory.mktemp("page"))
    search(place.workspace, name="spots", cohort=place.cohort, split=place.split, spec=spec(), workers=0)
    return place


@pytest.fixture
def so_far(place: Place) -> SearchSoFar:
    return search_so_far(place.workspace, "spots")


class _Stopped(Exception):
    pass


def interrupted(place: Place, folder: Path, *, after: int) -> Workspace:
    """A search that ended in the middle: after so many folds."""
    other = build_place(folder)
    seen = []

    def stop(step: str, done: int, total: int) -> None:
        seen.append(step)
        if f"{after} of 6 folds" in step:
            raise _Stopped

    with pytest.raises(_Stopped):
        search(other.workspace, name="spots", cohort=other.cohort, split=other.split, spec=spec(), workers=0, progress=stop)
    return other.workspace


def test_a_finished_search_is_its_record(place: Place, so_far: SearchSoFar) -> None:
    assert so_far.whole == place.workspace.records.latest(Search, "spots")
    assert (so_far.is_over, so_far.folds_done, so_far.folds) == (True, 6, 6)


def test_a_search_that_is_not_over_shows_what_is_trained(place: Place, tmp_path: Path) -> None:
    workspace = interrupted(place, tmp_path, after=4)
    found = search_so_far(workspace, "spots")
    assert (found.folds_done, found.folds, found.is_over) == (4, 6, False)
    assert sum(len(trial.runs) for trial in found.whole.trials) == 4
    rows = [each.row for each in configurations([found]).values()]
    assert "under way" in {row["status"] for row in rows}
    assert any("folds so far" in row["text"] for row in rows)
    assert "1 not over (4 of 6 folds)" in summary([found])


def test_the_command_tells_how_far_a_search_has_come(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = interrupted(place, tmp_path, after=2)
    app(["experiment", "runs", "spots", "--workspace", str(workspace.root)], standalone_mode=False)
    assert "Not over: 2 of 6 folds." in capsys.readouterr().out


def test_a_search_begun_anew_is_not_the_old_one(place: Place, tmp_path: Path) -> None:
    other = build_place(tmp_path)
    records = other.workspace.records
    search(other.workspace, name="spots", cohort=other.cohort, split=other.split, spec=spec(grid={}), workers=0)
    again = BegunSearch(name="spots", spec=spec(), cohort=other.cohort.digest(), split=other.split.digest())
    records.put(again, "spots")
    assert search_so_far(other.workspace, "spots").folds_done in (0, 3)  # the folds that both share are trained already
    assert not search_so_far(other.workspace, "spots").is_over


def test_nothing_begun_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        search_so_far(Workspace.open(tmp_path / "w"), "spots")


def test_rows_are_best_first_and_carry_what_tells_them_apart(so_far: SearchSoFar) -> None:
    found = configurations([so_far])
    rows = [each.row for each in found.values()]
    assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)
    assert settings_of(found) == ["learning_rate"]
    assert {row["setting_learning_rate"] for row in rows} == {5e-3, 1e-3}
    assert all(row["folds"] == 3 and row["parameters"] > 0 and row["split"] == so_far.search.split[:12] for row in rows)
    folds = fold_rows(list(found.values()))
    assert len(folds) == 6
    assert [row["fold"] for row in folds[:3]] == [0, 1, 2]


def test_the_mean_curve_goes_as_far_as_the_longest_fold(so_far: SearchSoFar) -> None:
    each = next(iter(configurations([so_far]).values()))
    folds, mean = curves(each, "score")
    assert mean[0] == pytest.approx(sum(fold[0] for fold in folds) / 3)
    first, *others = each.trial.runs
    shorter = each.trial.model_copy(update={"runs": (first.model_copy(update={"curve": first.curve[:1]}), *others)})
    _, mean = curves(type(each)(each.key, shorter, each.row), "score")
    assert len(mean) == 2
    assert mean[1] == pytest.approx(sum(fold[1] for fold in folds[1:]) / 2)


def test_charts_have_a_line_for_each_configuration(so_far: SearchSoFar) -> None:
    found = configurations([so_far])
    chart = curve_chart(list(found.values()), "validation_loss")
    named = [line for line in chart["series"] if "name" in line]
    assert len(named) == 2
    assert len(chart["series"]) == 2 + 6
    parallel = parallel_chart(list(found.values()), settings_of(found), [next(iter(found))])
    assert [axis["name"] for axis in parallel["parallelAxis"]] == ["learning_rate", "mean"]
    assert sum("lineStyle" in line for line in parallel["series"][0]["data"]) == 1


def test_axes_are_logarithmic_where_numbers_span_a_power_of_ten_and_named_where_they_are_words() -> None:
    trials = [
        trial_of("a", (0.9, 0.8), learning_rate=1e-4, augmentation="none"),
        trial_of("b", (0.7, 0.8), learning_rate=1e-2, augmentation="light"),
    ]
    made = Search(
        name="made", spec=spec(grid={"learning_rate": (1e-4, 1e-2), "augmentation": ("none", "light")}), cohort="0" * 64,
        split="1" * 64, trials=tuple(trials), tracking_experiment_id="1", cauce_version="0",
    )
    found = configurations([SearchSoFar(made, (), 4, 4)])
    axes = parallel_chart(list(found.values()), settings_of(found), [])["parallelAxis"]
    assert [axis.get("type") for axis in axes] == ["log", "category", None]
    assert axes[1]["data"] == ["light", "none"]


def test_the_page_answers_with_the_rows_and_asks_nobody_else(place: Place) -> None:
    with TestClient(new_application(place.workspace)) as client:
        assert client.get("/", follow_redirects=False).headers["location"] == "/experiments"
        page = client.get("/experiments").text
    assert "6 runs of 2 configurations in 1 search" in page
    assert "learning_rate" in page
    for place_of in ("http://", "https://"):
        assert all(word.startswith(("127.0.0.1", "testserver", "www.w3.org")) for word in page.split(place_of)[1:])


def test_what_is_over_is_read_once(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = SearchReader(place.workspace, None)
    (first,) = reader.read()
    monkeypatch.setattr("cauce.web.server.search_so_far", lambda *_, **__: pytest.fail("read again"))
    assert reader.read() == [first]


def test_a_port_that_is_taken_is_said(place: Place) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(InputError, match="cannot listen there"):
        serve(place.workspace, host="127.0.0.1", port=taken.getsockname()[1], find_model=None, tell=lambda _: None)
