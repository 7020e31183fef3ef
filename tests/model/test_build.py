from pathlib import Path

import pytest

from cauce.domain.errors import IntegrityError, LeakageError, NotFoundError
from cauce.domain.model import Alias
from cauce.domain.split import Partition
from cauce.domain.study import InstanceRow
from cauce.model.build import build_version
from cauce.model.build_classifier import choose_operating_point
from cauce.model.registry import resolve
from cauce.model.scoring import ScoredRow, partition_rows
from cauce.predictor.bundle import open_bundle
from cauce.predictor.predictor import Predictor, verify_golden
from cauce.predictor.runtime import open_engine
from small_river import NAME, River, reselect, river


def test_the_first_version_is_champion_and_its_bundle_is_complete(evaluated: River) -> None:
    found = resolve(evaluated.workspace, f"{NAME}@champion")
    assert (found.version, found.aliases) == (1, ("champion",))
    bundle = open_bundle(found.folder, expected=found.model.bundle)
    assert verify_golden(bundle, open_engine(bundle.model)) < 1e-6
    assert found.model.parity <= 1e-5
    assert found.model.n_members == 2
    assert bundle.contract.modalities == ("DX",)
    assert bundle.reference.n_patients == len(evaluated.split.tune)


def test_building_again_finds_the_version_and_a_new_selection_makes_a_candidate(fresh: River) -> None:
    assert build_version(fresh.workspace, NAME, data_root=None).version == 1
    reselect(fresh, seed=1)
    second = build_version(fresh.workspace, NAME, data_root=None)
    assert (second.version, second.aliases) == (2, ("candidate",))
    assert resolve(fresh.workspace, f"{NAME}@champion").version == 1


def test_the_threshold_comes_from_tune_and_nothing_else(evaluated: River) -> None:
    version = resolve(evaluated.workspace, f"{NAME}:1")
    tune = partition_rows(evaluated.workspace, evaluated.cohort, evaluated.split, Partition.TUNE)
    bundle = open_bundle(version.folder)
    predictor = Predictor(bundle, open_engine(bundle.model))
    positives = [row for row in tune if row.label == "yes"]
    point = version.model.operating_point
    called = [_probability(predictor, evaluated.images, row) >= point.threshold for row in positives]
    assert sum(called) / len(called) == point.sensitivity.value
    assert point.sensitivity.value >= 0.95
    assert point.sensitivity.n_cases == len(positives)


def _probability(predictor: Predictor, images: Path, row: InstanceRow) -> float:
    from cauce.predictor.source import load_file

    return predictor.predict([load_file(images / row.path, row.path, key=None).image.pixels])[0].probability


def test_a_positive_without_prediction_on_tune_counts_as_missed(evaluated: River) -> None:
    rows = partition_rows(evaluated.workspace, evaluated.cohort, evaluated.split, Partition.TEST)
    scored = [ScoredRow(row, row.label == "yes", 0.9 if row.label == "yes" else 0.1) for row in rows]
    assert choose_operating_point(scored, sensitivity=0.9).sensitivity.value == 1
    scored[0] = ScoredRow(scored[0].row, True, None, "refused")
    assert choose_operating_point(scored, sensitivity=0.9).sensitivity.value < 1


def test_an_unaudited_split_and_a_failed_audit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="cauce dataset audit small"):
        build_version(river(tmp_path / "a", audited=False).workspace, NAME, data_root=None)
    with pytest.raises(LeakageError, match="1 × patient"):
        build_version(river(tmp_path / "b", leaks=1).workspace, NAME, data_root=None)


def test_a_changed_split_file_stops_the_build(tmp_path: Path) -> None:
    made = river(tmp_path)
    table = made.workspace.root / "splits" / f"{NAME}.csv"
    table.write_text(table.read_text().replace(",test,", ",train,", 1))
    with pytest.raises(IntegrityError, match="split was changed"):
        build_version(made.workspace, NAME, data_root=None)


def test_the_alias_can_be_asked_for(fresh: River) -> None:
    reselect(fresh, seed=2)
    assert build_version(fresh.workspace, NAME, data_root=None, alias=Alias.CHAMPION).aliases == ("champion",)
    assert resolve(fresh.workspace, f"{NAME}:1").aliases == ()
