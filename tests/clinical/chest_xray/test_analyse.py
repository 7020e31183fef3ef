"""From loaded instances to results, with a real network."""

from dataclasses import replace

import numpy as np
import pytest

from cauce.clinical.chest_xray.analyse import Analyser
from cauce.domain.errors import CauceError, UnreadableImageError
from cauce.domain.result import Decision
from cauce.predictor.predictor import Prediction, Predictor
from chest_results import radiograph, with_image


def test_an_answer_carries_probability_place_and_provenance(analyser: Analyser) -> None:
    loaded = radiograph()
    result = analyser.analyse(loaded)
    assert result.decision is (Decision.POSITIVE if (result.probability or 0) >= 0.5 else Decision.NEGATIVE)
    assert result.probability == analyser.predictor.predict([loaded.image.pixels])[0].probability
    assert result.heat_map is not None
    assert result.provenance.model_digest == analyser.predictor.bundle.digest
    assert (result.provenance.model_version, result.provenance.input_sha256) == (7, loaded.file_sha256)
    assert result.findings[0].code == analyser.predictor.bundle.contract.reference.finding


def test_the_threshold_itself_is_positive(predictor: Predictor) -> None:
    loaded = radiograph()
    probability = predictor.predict([loaded.image.pixels])[0].probability
    point = predictor.bundle.operating_point.model_copy(update={"threshold": probability})
    at = Analyser(Predictor(replace(predictor.bundle, operating_point=point), predictor.engine), None).analyse(loaded)
    assert at.decision is Decision.POSITIVE


def test_a_batch_gives_the_same_answers_in_the_same_order_as_one_by_one(analyser: Analyser) -> None:
    studies = [radiograph(patient) for patient in (5, 6)]
    batch = [studies[0], radiograph(Modality="CT"), studies[1]]
    results = analyser.analyse_batch(batch)
    assert [result.decision is Decision.REFUSED for result in results] == [False, True, False]
    assert results[1].probability is None
    for result, loaded in zip((results[0], results[2]), studies, strict=True):
        assert result.probability == pytest.approx(analyser.analyse(loaded).probability, abs=1e-5)
        assert result.sop_instance_uid == loaded.sop_instance_uid


def test_an_image_that_cannot_be_prepared_costs_only_its_own_answer(analyser: Analyser) -> None:
    flat = with_image(radiograph(6), np.full((128, 128), 0.5, dtype=np.float32))
    results = analyser.analyse_batch([radiograph(), flat])
    assert results[0].probability is not None
    assert results[1].refusal is not None
    assert results[1].refusal.code == "unreadable"


def test_a_fault_of_the_model_is_not_blamed_on_the_image(predictor: Predictor) -> None:
    class Broken(Predictor):
        def predict(self, pixels: object) -> list[Prediction]:
            raise CauceError("the network answered with something that is no number")

    with pytest.raises(CauceError, match="no number"):
        Analyser(Broken(predictor.bundle, predictor.engine), None).analyse(radiograph())


def test_an_unreadable_file_has_a_result_without_inventing_a_patient(analyser: Analyser) -> None:
    first, second = (analyser.refused_file("a.dcm", digit * 64, UnreadableImageError("not a DICOM file")) for digit in "ab")
    assert first.decision is Decision.REFUSED
    assert first.refusal is not None
    assert first.refusal.reason == "not a DICOM file"
    assert first.patient_key != second.patient_key
    assert first.study_instance_uid != second.study_instance_uid
