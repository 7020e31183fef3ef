"""Log lines, file names and measurements tell nothing of a patient, whatever goes wrong."""

import logging
import warnings
from pathlib import Path

import pydicom
import pytest
from fastapi.testclient import TestClient

from cauce.service import fast_path
from cauce.service.app import create_app
from cauce.service.quiet_log import configure_logging
from cauce.service.settings import ServiceSettings

CANARIES = ("CANARY", "ZZYZX", "QUENTIN")


@pytest.fixture
def restored_logging():
    root, level, filters = logging.getLogger(), logging.getLogger().level, list(warnings.filters)
    handlers = list(root.handlers)
    yield
    root.handlers[:], warnings.filters[:] = handlers, filters
    root.setLevel(level)


def assert_clean(text: str) -> None:
    assert [canary for canary in CANARIES if canary in text] == []


def test_no_canary_in_any_line_of_good_and_bad_requests(
    service_settings: ServiceSettings, studies: list[Path], ct: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str],
    restored_logging: None,
) -> None:
    configure_logging()
    broken = pydicom.dcmread(studies[0])
    broken.add_new("PatientAge", "AS", "CANARY-AGE")  # an invalid value, which libraries like to quote
    broken.StudyInstanceUID = "CANARY-UID"
    broken.save_as(tmp_path / "broken.dcm")
    with TestClient(create_app(service_settings), raise_server_exceptions=False) as client:
        bodies = [path.read_bytes() for path in (studies[0], ct, tmp_path / "broken.dcm")]
        for data in (*bodies, bodies[0][:3000]):
            for route in ("/v1/studies", "/v1/jobs"):
                client.post(f"{route}?patient=CANARY", content=data, headers={"X-Patient": "CANARY"})
        client.get("/v1/results/CANARY")
        measurements = client.get("/metrics").text
    out, err = capfd.readouterr()
    assert "POST /v1/studies 200" in err
    assert_clean(out + err + measurements)


def test_an_unexpected_error_is_answered_and_logged_without_its_message(
    service_settings: ServiceSettings, studies: list[Path], capfd: pytest.CaptureFixture[str], restored_logging: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def explode(*_: object, **__: object) -> None:
        raise RuntimeError("could not convert 'ZZYZX^QUENTIN'")

    monkeypatch.setattr(fast_path, "submission_of", explode)
    configure_logging()
    with TestClient(create_app(service_settings), raise_server_exceptions=False) as client:
        answer = client.post("/v1/studies", content=studies[0].read_bytes())
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    out, err = capfd.readouterr()
    assert "RuntimeError at" in err
    assert_clean(out + err + answer.text)


def test_no_file_name_of_a_workspace_names_a_patient(
    client: TestClient, service_settings: ServiceSettings, studies: list[Path]
) -> None:
    links = client.post("/v1/studies", content=studies[0].read_bytes()).json()["links"]
    client.get(links["sr"])
    client.post("/v1/jobs", content=studies[1].read_bytes())
    assert_clean("\n".join(str(path.relative_to(service_settings.workspace)) for path in service_settings.workspace.rglob("*")))
    for private in ("results", "service/spool"):
        assert (service_settings.workspace / private).stat().st_mode & 0o077 == 0


def test_a_logged_exception_keeps_its_kind_and_place_only(capfd: pytest.CaptureFixture[str], restored_logging: None) -> None:
    configure_logging()
    try:
        raise ValueError("Invalid value for PN: 'ZZYZX'")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    _, err = capfd.readouterr()
    assert "ValueError at test_privacy.py" in err
    assert_clean(err)
