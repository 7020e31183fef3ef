"""Populations of patients as the log holds them: three vendors, two classes, correlated image descriptors, seeded."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from cauce.domain.estimate import Estimate
from cauce.domain.model import OperatingPoint
from cauce.domain.monitoring import ReferenceDistribution
from cauce.domain.record import sha256_hex
from cauce.domain.result import Decision, InstanceResult, Provenance, Result
from cauce.domain.study import Acquisition, PixelStatistics, Sex
from cauce.store.result_log import LoggedResult

MODEL = sha256_hex(b"monitored model")
START = datetime(2026, 5, 1, tzinfo=UTC)
_CENTRE = {
    "mean": 0.5, "standard_deviation": 0.2, "p01": 0.02, "p25": 0.35, "p50": 0.5, "p75": 0.65, "p99": 0.97,
    "noise": 0.012, "sharpness": 0.15, "contrast": 0.1, "border_fraction": 0.0,
}


@dataclass(frozen=True)
class Population:
    """Where patients come from: vendors, share of abnormal, and factors on descriptors."""

    vendors: tuple[str, ...] = ("Northlight", "Meridian", "Castellan")
    abnormal: float = 0.4
    factors: tuple[tuple[str, float], ...] = ()
    score_offset: float = 0.0


@dataclass(frozen=True)
class Patients:
    """Arrays of one draw."""

    acquisition: list[dict[str, str]]
    image: list[dict[str, float]]
    score: list[float]
    label: list[str]


def draw(population: Population, n: int, rng: np.random.Generator) -> Patients:
    abnormal = rng.random(n) < population.abnormal
    body = rng.normal(size=n)  # one factor moves all descriptors: they are strongly correlated, as on real images
    image = []
    for patient in range(n):
        row = {name: value * (1 + 0.12 * (0.8 * body[patient] + 0.6 * rng.normal())) for name, value in _CENTRE.items()}
        row["p50"] *= 1.03 if abnormal[patient] else 1.0
        image.append({name: row[name] * dict(population.factors).get(name, 1.0) for name in PixelStatistics.model_fields})
    logit = np.where(abnormal, 2.0, -2.0) + rng.normal(0, 1.2, n) + population.score_offset
    vendors = rng.choice(population.vendors, n)
    acquisition = [
        {
            "modality": "DX", "vendor": str(vendor), "model": f"{vendor} {rng.integers(1, 3)}",
            "view": str(rng.choice(["PA", "AP"], p=[0.8, 0.2])),
            "sex": str(rng.choice(["F", "M"])), "age_band": str(rng.choice(["18-39", "40-64", "65-79"])),
            "KVP": f"{rng.normal(120, 5):.1f}", "EchoTime": "unknown",
        }
        for vendor in vendors
    ]
    labels = ["abnormal" if flag else "normal" for flag in abnormal]
    return Patients(acquisition, image, [float(p) for p in 1 / (1 + np.exp(-logit))], labels)


def reference_from(patients: Patients) -> ReferenceDistribution:
    return ReferenceDistribution(
        partition="tune", n_patients=len(patients.score),
        acquisition={tag: tuple(row[tag] for row in patients.acquisition) for tag in patients.acquisition[0]},
        image={name: tuple(row[name] for row in patients.image) for name in patients.image[0]},
        score=tuple(patients.score), label=tuple(patients.label),
    )


def logged_from(patients: Patients, *, tag: str = "") -> list[LoggedResult]:
    return [
        LoggedResult(
            id=sha256_hex(f"{tag}-{n}".encode()), at=START + timedelta(minutes=n), site="", model_name="chest", model_version=1,
            model_digest=MODEL, patient=sha256_hex(f"{tag}-{n}".encode())[:16],
            decision=Decision.POSITIVE if patients.score[n] >= 0.5 else Decision.NEGATIVE, refusal="",
            probability=patients.score[n], latency_s=0.2, acquisition=patients.acquisition[n], image=patients.image[n],
        )
        for n in range(len(patients.score))
    ]


def result_of(row: LoggedResult) -> Result:
    """The study's result as the service would hand it over, from which the log makes such a row."""
    tags = row.acquisition
    point = Estimate.insufficient("sensitivity", "test", 0, 0, "test")
    instance = InstanceResult(
        instance="1.dcm", patient_key=f"P{row.patient}", study_instance_uid="2.25.1", series_instance_uid="2.25.2",
        sop_instance_uid="2.25.3", rows=512, columns=512, decision=row.decision, probability=row.probability,
        acquisition=Acquisition(
            modality=tags["modality"], vendor=tags["vendor"], model=tags["model"], view=tags["view"], sex=Sex(tags["sex"]),
            age_years=float(tags["age_band"].split("-")[0]), tags={"KVP": tags["KVP"]},
        ),
        statistics=PixelStatistics(**row.image),
        provenance=Provenance(
            model_name=row.model_name, model_version=1, model_digest=row.model_digest, input_sha256=row.id, engine="test",
            cauce_version="0",
        ),
    )
    return Result.of_study((instance,), OperatingPoint(threshold=0.5, target="test", sensitivity=point, specificity=point))


def refused(row: LoggedResult, code: str = "lateral-view") -> LoggedResult:
    return replace(row, decision=Decision.REFUSED, refusal=code, probability=None, image={})


@pytest.fixture(scope="session")
def reference() -> ReferenceDistribution:
    return reference_from(draw(Population(), 300, np.random.default_rng(0)))


@pytest.fixture
def window() -> Callable[..., list[LoggedResult]]:
    def make(n: int, seed: int = 1, population: Population | None = None) -> list[LoggedResult]:
        return logged_from(draw(population or Population(), n, np.random.default_rng(seed)), tag=f"w{seed}")

    return make
