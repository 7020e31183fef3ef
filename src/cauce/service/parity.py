"""The same studies through each path of the service; what comes out must be the same numbers. Used by every release's tests."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import CauceError, ConfigurationError
from cauce.predictor.bundle import open_bundle
from cauce.predictor.golden import GoldenCases
from cauce.predictor.predictor import Predictor
from cauce.predictor.runtime import open_engine
from cauce.predictor.source import load_bytes
from cauce.service.desk import open_desk
from cauce.service.intake import parts_of, submission_of
from cauce.service.job_steps import JobSteps
from cauce.service.settings import ServiceSettings
from cauce.service.zip_intake import ZipLimits

Probabilities = NDArray[np.float64]


def golden_inputs(bundle: Path) -> NDArray[np.float32]:
    """Display pixels of the golden cases: (n, rows, columns), 0 to 1."""
    golden = open_bundle(bundle).golden
    if not isinstance(golden, GoldenCases):
        raise ConfigurationError("the service answers for classifiers alone", where="golden.npz", got="volumes",
                                 expected="images")
    return golden.pixels


def through_predictor(bundle: Path, bodies: list[bytes]) -> Probabilities:
    """Probability of each file, loaded and predicted without any service."""
    opened = open_bundle(bundle)
    predictor = Predictor(opened, open_engine(opened.model))
    images = [load_bytes(body, "case", key=None).image.pixels for body in bodies]
    return np.array([prediction.probability for prediction in predictor.predict(images)])


def through_rest(bundle: Path, bodies: list[bytes], workspace: Path) -> Probabilities:
    """Probability of each file as POST /v1/studies answers it."""
    from fastapi.testclient import TestClient

    from cauce.service.app import create_app

    with TestClient(create_app(ServiceSettings(workspace=workspace, bundle=bundle))) as client:
        answers = [client.post("/v1/studies", content=body).json() for body in bodies]
    return _numbers([answer.get("probability") for answer in answers])


def through_queue_steps(bundle: Path, bodies: list[bytes], workspace: Path) -> Probabilities:
    """Probability of each file after the steps that a worker runs for its job."""
    desk = open_desk(ServiceSettings(workspace=workspace, bundle=bundle))
    steps = JobSteps(desk).named()
    found = []
    for body in bodies:
        submission = submission_of(parts_of([body], ZipLimits()), model_digest=desk.studies.model_digest)
        desk.spool.put(submission.key, submission.parts)
        for _, step in steps:
            step(submission.key)
        found.append(desk.results.get(submission.key).probability)
    return _numbers(found)


def _numbers(found: list[float | None]) -> Probabilities:
    if None in found:
        raise CauceError("a golden case was refused", where="parity", remedy="Its contract and its golden cases disagree.")
    return np.array(found, dtype=np.float64)
