import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from cauce.cli.monitor import app
from cauce.domain.estimate import Estimate
from cauce.domain.model import OperatingPoint
from cauce.domain.monitoring import ReferenceDistribution
from cauce.domain.record import sha256_hex
from cauce.domain.result import Decision, InstanceResult, Provenance, Result
from cauce.domain.study import Acquisition, PixelStatistics
from cauce.predictor.bundle import BundleContent, open_bundle, write_bundle
from cauce.store.reference_distribution import acquisition_tags, image_descriptors
from cauce.store.result_log import ResultLog
from cauce.store.workspace import Workspace
from small_bundle import write_small_bundle

START = datetime(2026, 5, 1, tzinfo=UTC)
POINT = Estimate.insufficient("sensitivity", "test", 0, 0, "test")


def statistics(rng: np.random.Generator, contrast: float) -> PixelStatistics:
    names = [name for name in PixelStatistics.model_fields if name != "contrast"]
    values = {name: float(rng.normal(0.5, 0.05)) for name in names}
    return PixelStatistics(**values, contrast=contrast * float(rng.normal(0.2, 0.02)))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real bundle whose reference has 150 patients of two vendors."""
    small = open_bundle(write_small_bundle(tmp_path_factory.mktemp("bundle") / "small"))
    rng = np.random.default_rng(0)
    tags = [acquisition_tags(Acquisition(vendor=str(rng.choice(["Northlight", "Meridian"])))) for _ in range(150)]
    images = [image_descriptors(statistics(rng, 1.0)) for _ in range(150)]
    reference = ReferenceDistribution(
        partition="tune", n_patients=150, score=tuple(float(value) for value in rng.random(150)),
        acquisition={tag: tuple(row[tag] for row in tags) for tag in tags[0]},
        image={name: tuple(row[name] for row in images) for name in images[0]},
    )
    folder = tmp_path_factory.mktemp("bundles") / "chest"
    write_bundle(folder, BundleContent(
        model=small.model, contract=small.contract, operating_point=small.operating_point, reference=reference,
        golden=small.golden, card=small.card,
    ))
    return folder


def log_studies(root: Path, bundle: Path, *, vendor: str, contrast: float, n: int = 60) -> None:
    log, digest, rng = ResultLog(Workspace.open(root).monitor_url), open_bundle(bundle).digest, np.random.default_rng(1)
    for number in range(n):
        probability = float(rng.random())
        instance = InstanceResult(
            instance="1.dcm", patient_key=f"P{number:016x}", study_instance_uid="2.25.1", series_instance_uid="2.25.2",
            sop_instance_uid="2.25.3", rows=64, columns=64, probability=probability,
            decision=Decision.POSITIVE if probability >= 0.5 else Decision.NEGATIVE,
            acquisition=Acquisition(vendor=vendor or str(rng.choice(["Northlight", "Meridian"]))),
            statistics=statistics(rng, contrast),
            provenance=Provenance(
                model_name="small-chest", model_version=1, model_digest=digest, engine="test", cauce_version="0",
                input_sha256=sha256_hex(f"{vendor}{number}".encode()),
            ),
        )
        point = OperatingPoint(threshold=0.5, target="test", sensitivity=POINT, specificity=POINT)
        log.append(Result.of_study((instance,), point), at=START + timedelta(days=len(vendor), minutes=number))


def cauce(*arguments: str | Path, code: int = 0) -> dict[str, object]:
    done = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    assert done.exit_code == code, done.output
    document = json.loads(done.stdout)
    assert isinstance(document, dict)
    return document


def test_a_stable_window_ends_with_zero_and_a_new_vendor_with_one_and_an_alert(tmp_path: Path, bundle: Path) -> None:
    root = tmp_path / "w"
    log_studies(root, bundle, vendor="", contrast=1.0)
    stable = cauce("check", bundle, "--workspace", root)
    assert (stable["status"], stable["alert"]) == ("stable", None)
    log_studies(root, bundle, vendor="Umbra", contrast=0.8)
    drifted = cauce("check", bundle, "--last", "60", "--workspace", root, code=1)
    assert "vendor: Umbra 0 % → 100 %" in str(drifted["cause"])
    assert "contrast lower by" in str(drifted["cause"])
    assert drifted["newly_raised"] is True
    assert Path(str(drifted["report"])).is_file()
    assert cauce("check", bundle, "--last", "60", "--workspace", root, code=1)["newly_raised"] is False

    written = cauce("report", "small-chest", "--language", "es", "--workspace", root)
    assert "Cambiaron las imágenes" in Path(str(written["report"])).read_text(encoding="utf-8")

    (alert,) = cauce("alerts", "--workspace", root)["alerts"]  # type: ignore[misc]
    cauce("acknowledge", alert["id"][:8], "--who", "mt", "--comment", "new device", "--workspace", root)
    (alert,) = cauce("alerts", "small-chest", "--workspace", root)["alerts"]  # type: ignore[misc]
    assert alert["state"] == "acknowledged"


def test_a_policy_file_sets_owner_and_minimum(tmp_path: Path, bundle: Path) -> None:
    root, policy = tmp_path / "w", tmp_path / "policy.yaml"
    log_studies(root, bundle, vendor="Umbra", contrast=1.0, n=30)
    policy.write_text("minimum_patients: 40\nowner: night shift\n")
    assert cauce("check", bundle, "--policy", policy, "--workspace", root)["status"] == "insufficient data"
    policy.write_text("minimun_patients: 40\n")
    assert "unknown key" in str(cauce("check", bundle, "--policy", policy, "--workspace", root, code=2)["error"])


def test_an_empty_log_is_insufficient_data_not_stability(tmp_path: Path, bundle: Path) -> None:
    document = cauce("check", bundle, "--workspace", tmp_path / "w")
    assert document["status"] == "insufficient data"
    assert "the window is empty" in str(document["note"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check"], "no model named"),
        (["check", "BUNDLE", "--since", "yesterday"], "not a time"),
        (["check", "--release", "."], "no model bundle"),
        (["report", "nobody"], "no DriftReport named"),
        (["resolve", "abc", "--who", "mt", "--comment", "x"], "no single alert"),
    ],
)
def test_a_wrong_command_is_one_line_and_code_two(tmp_path: Path, bundle: Path, arguments: list[str], message: str) -> None:
    Workspace.open(tmp_path / "w")
    given = [str(bundle) if item == "BUNDLE" else str(tmp_path) if item == "." else item for item in arguments]
    assert message in str(cauce(*given, "--workspace", tmp_path / "w", code=2)["error"])


@pytest.mark.parametrize("arguments", [["report", "nobody"], ["alerts"], ["resolve", "abc", "--who", "mt", "--comment", "x"]])
def test_a_mistyped_workspace_is_said_and_not_made(tmp_path: Path, arguments: list[str]) -> None:
    assert "no cauce workspace" in str(cauce(*arguments, "--workspace", tmp_path / "mistyped", code=2)["error"])
    assert not (tmp_path / "mistyped").exists()
