"""A real bundle, real DICOM studies and a service over them."""

from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest
from fastapi.testclient import TestClient

from cauce.phantom.cohort import write_studies
from cauce.service.app import create_app
from cauce.service.settings import ServiceSettings
from small_bundle import write_small_bundle

CANARY_NAME, CANARY_ID = "ZZYZX^QUENTIN", "CANARY-4711"


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_bundle(tmp_path_factory.mktemp("model") / "bundle")


@pytest.fixture(scope="session")
def studies(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Eight radiographs of eight patients, each with a name and an id that must not turn up anywhere."""
    paths = write_studies(tmp_path_factory.mktemp("studies"), count=8, seed=5, rows=256)
    for path in paths:
        dataset = pydicom.dcmread(path)
        dataset.PatientName, dataset.PatientID = CANARY_NAME, f"{CANARY_ID}-{path.stem}"
        dataset.save_as(path)
    return paths


@pytest.fixture(scope="session")
def ct(studies: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CT slice of the same patient."""
    dataset = pydicom.dcmread(studies[0])
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    dataset.Modality, dataset.StudyInstanceUID, dataset.SOPInstanceUID = "CT", "1.2.3.4", "1.2.3.4.5"
    path = tmp_path_factory.mktemp("ct") / "ct.dcm"
    dataset.save_as(path)
    return path


@pytest.fixture
def service_settings(tmp_path: Path, bundle: Path) -> ServiceSettings:
    return ServiceSettings(workspace=tmp_path / "workspace", bundle=bundle, model_version=3)


@pytest.fixture
def client(service_settings: ServiceSettings) -> TestClient:
    with TestClient(create_app(service_settings), raise_server_exceptions=False) as opened:
        yield opened


Wait = Callable[[str], dict]
