"""The supervisor restarts what dies, and stops where no process can run."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from cauce.service.settings import ServiceSettings
from cauce.service.supervisor import Child

_RUN = "from cauce.service.supervisor import *; import sys; " \
    "s = Supervisor(ServiceSettings.model_validate_json(sys.argv[1])); s.run(on_started=lambda: None)"


def test_a_service_whose_processes_refuse_to_run_ends_and_says_so(tmp_path: Path) -> None:
    settings = ServiceSettings(workspace=tmp_path / "w", bundle=tmp_path / "no-bundle", port=0, workers=1)
    done = subprocess.run(
        [sys.executable, "-c", _RUN, settings.model_dump_json()], capture_output=True, text=True, timeout=120, check=False,
    )
    assert done.returncode == 1
    assert "ServiceError" in done.stderr
    assert "ended at every one of 5 starts" in done.stderr


def test_a_process_that_is_killed_is_started_again_however_often(tmp_path: Path) -> None:
    child = Child("worker", "worker-0", ServiceSettings(workspace=tmp_path / "w", bundle=tmp_path / "b"))
    for _ in range(7):
        child.restart_at = 0.0
        child.tend()
        assert child.process is not None
        os.kill(child.process.pid, signal.SIGKILL)
        child.process.wait()
        child.tend()
        assert child.process is None
        assert not child.hopeless
