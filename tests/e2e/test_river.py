"""The core of the demo, small, in processes of its own: every stage joined, offline, and without a patient in any log."""

import csv
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PATIENT_MARKS = ("PH77-", "PHANTOM^", "PHANTOM,")  # PatientID and PatientName of the studies that are sent


@dataclass(frozen=True)
class Offline:
    """Runs Python with every socket but loopback blocked."""

    folder: Path
    log: Path

    def cauce(self, *arguments: str, code: int = 0) -> str:
        return self.python("-m", "cauce", *arguments, code=code)

    def python(self, *arguments: str, code: int = 0) -> str:
        env = {**os.environ, "PYTHONPATH": str(HERE / "offline"), "OFFLINE_LOG": str(self.log)}
        done = subprocess.run(
            [sys.executable, *arguments], capture_output=True, text=True, env=env, cwd=self.folder, check=False, timeout=400
        )
        assert done.returncode == code, done.stderr[-2000:]
        for mark in PATIENT_MARKS:
            assert mark not in done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def offline(tmp_path_factory) -> Offline:
    folder = tmp_path_factory.mktemp("river")
    return Offline(folder, folder / "offline.log")


@pytest.fixture(scope="module")
def ran(offline) -> dict:
    return json.loads(offline.cauce("run", str(HERE / "tiny"), "--workspace", "w", "--json"))


def test_the_block_is_real(offline):
    script = "import socket; socket.create_connection(('192.0.2.1', 80), 1)"
    env = {**os.environ, "PYTHONPATH": str(HERE / "offline"), "OFFLINE_LOG": str(offline.folder / "control.log")}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=env, check=False)
    assert "network access to 192.0.2.1 is blocked" in done.stderr


@pytest.mark.e2e
def test_a_cohort_becomes_a_registered_model_and_a_release(offline, ran):
    assert ran["audit_passed"] is True
    assert ran["trials"] == 2
    assert ran["test"]["openings"] == 1
    shown = json.loads(offline.cauce("model", "show", "tiny@champion", "--workspace", "w", "--json"))
    assert shown["model"]["bundle"] == ran["model_digest"]
    assert json.loads(offline.cauce("release", "verify", ran["release"], "--workspace", "w", "--json"))["verified"] is True


@pytest.mark.e2e
def test_a_second_run_does_nothing_again(offline, ran):
    again = json.loads(offline.cauce("run", str(HERE / "tiny"), "--workspace", "w", "--json"))
    assert again == ran


@pytest.mark.e2e
def test_the_service_answers_like_the_command_line_and_monitoring_sees_the_studies(offline, ran):
    offline.python(str(HERE / "serve.py"), ran["release"], "w")
    answers = json.loads((offline.folder / "answers.json").read_text())
    offline.cauce("predict", "tiny@champion", "studies", "--out", "predictions", "--workspace", "w")
    with (offline.folder / "predictions" / "predictions.csv").open() as table:
        predicted = {row["sop_instance_uid"]: float(row["probability"]) for row in csv.DictReader(table)}
    assert len(predicted) == len(answers) == 24
    for answer in answers:
        assert answer["probability"] == pytest.approx(predicted[answer["instances"][0]["sop_instance_uid"]], abs=1e-5)
        assert answer["model"]["digest"] == ran["model_digest"]
    outcome = json.loads(offline.cauce("monitor", "check", "tiny@champion", "--workspace", "w", "--json", code=1))
    assert "Veloria" in outcome["alert"]["cause"]
    log = (offline.folder / "w" / "service.log").read_text()
    assert not any(mark in log for mark in PATIENT_MARKS)


@pytest.mark.e2e
def test_nothing_tried_to_leave_this_machine(offline, ran):
    assert not offline.log.exists(), offline.log.read_text()
