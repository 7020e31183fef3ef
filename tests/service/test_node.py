"""The DICOM node, spoken to by another implementation (DCMTK) and by an attacker's socket."""

import shutil
import socket
import struct
import subprocess
import time
from pathlib import Path

import pytest

from cauce.service.node import Inbox
from cauce.service.pynetdicom_adapter import start_node
from cauce.service.settings import NodeSettings, ServiceSettings
from running import running

pytestmark = pytest.mark.skipif(shutil.which("storescu") is None, reason="install the Debian package dcmtk")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def storescu(port: int, *files: Path, caller: str = "MODALITY") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["storescu", "-aet", caller, "-aec", "CAUCE", "127.0.0.1", str(port), *map(str, files)],
        capture_output=True, text=True, check=False,
    )


@pytest.fixture
def node(tmp_path: Path):
    """A node alone, with an inbox; gives its port and inbox."""
    inbox = Inbox(tmp_path / "inbox")
    settings = NodeSettings(port=free_port(), allowed_callers=("MODALITY",), maximum_pdu_bytes=1 << 18)
    server = start_node(settings, inbox.keep)
    yield settings.port, inbox
    server.shutdown()


def test_an_instance_is_on_disk_when_it_is_acknowledged_and_no_name_stands_in_its_path(node, studies: list[Path]) -> None:
    port, inbox = node
    done = storescu(port, studies[0], studies[1])
    assert done.returncode == 0, done.stderr
    folders = inbox.quiet_studies(0)
    files = [path for folder in folders for path in folder.iterdir()]
    assert (len(folders), len(files)) == (2, 2)
    assert all(set(path.name) <= set("0123456789abcdef") for path in [*folders, *files])
    assert inbox.quiet_studies(60) == []


def test_echo_answers_and_unknown_callers_are_turned_away(node, studies: list[Path]) -> None:
    port, inbox = node
    echo = ["echoscu", "-aet", "MODALITY", "-aec", "CAUCE", "127.0.0.1", str(port)]
    assert subprocess.run(echo, capture_output=True, check=False).returncode == 0
    assert storescu(port, studies[0], caller="STRANGER").returncode != 0
    assert inbox.quiet_studies(0) == []


def test_a_pdu_of_four_gigabytes_ends_the_association_before_it_is_read(node) -> None:
    port, _ = node
    with socket.create_connection(("127.0.0.1", port), timeout=10) as attacker:
        attacker.sendall(struct.pack(">BBL", 1, 0, 0xFFFFFFFE))
        sent = 0
        with pytest.raises(OSError):  # noqa: PT011 - broken pipe or reset, as the system says it
            while sent < 64 << 20:
                sent += attacker.send(bytes(1 << 20))
                time.sleep(0.01)
        assert sent < 16 << 20


def test_a_received_study_becomes_one_result_with_its_documents(tmp_path: Path, bundle: Path, studies: list[Path]) -> None:
    node = NodeSettings(port=free_port(), stable_s=0.5)
    settings = ServiceSettings(workspace=tmp_path / "workspace", bundle=bundle, workers=1, node=node)
    with running(settings, api=False):
        deadline = time.monotonic() + 60
        while storescu(node.port, studies[0]).returncode != 0 and time.monotonic() < deadline:
            time.sleep(0.3)
        documents: list[Path] = []
        while len(documents) < 5 and time.monotonic() < deadline:
            documents = [path for path in (settings.workspace / "results").glob("*/*/*") if path.suffix]
            time.sleep(0.2)
    names = sorted(path.name for path in documents if not path.name.startswith("."))
    assert names == ["documents.json", "report.en.pdf", "report.es.pdf", "result.json", "sr.dcm"]
    assert list((settings.workspace / "service" / "inbox").iterdir()) == []
    for canary in ("CANARY", "ZZYZX", "MODALITY"):
        assert canary not in (settings.workspace / "test.log").read_text()
