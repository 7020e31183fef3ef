"""A supervised service in processes of its own, for tests that kill some of them."""

import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cauce.service.settings import ServiceSettings

_CODE = """
import json, sys
from cauce.service.quiet_log import configure_logging
from cauce.service.settings import ServiceSettings
from cauce.service.supervisor import Supervisor
configure_logging()
supervisor = Supervisor(ServiceSettings.model_validate_json(sys.argv[1]), api=sys.argv[2] == "api")
supervisor.run(on_started=lambda: print(json.dumps([supervisor.port, supervisor.processes()]), flush=True))
"""


@dataclass
class Running:
    """The supervisor's process, the API's address and the log of all processes."""

    process: "subprocess.Popen[str]"
    url: str
    log: Path

    def pid_of(self, name: str) -> int | None:
        """Process id of a supervised process now; it changes with every restart."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for child in children:
            words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            if name.encode() in words:
                return int(child)
        return None

    def get(self, path: str) -> dict[str, Any]:
        with urllib.request.urlopen(self.url + path, timeout=30) as response:
            return json.load(response)

    def wait_until_ready(self, *, workers: int) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if len(self.get("/health/ready")["workers"]) >= workers:
                    return
            except OSError:
                pass
            time.sleep(0.2)
        raise TimeoutError(self.log.read_text())


@contextmanager
def running(settings: ServiceSettings, *, api: bool = True) -> Iterator[Running]:
    """Start a service at a free port; stopped by SIGTERM when the block ends."""
    settings.open_workspace()
    log = settings.workspace / "test.log"
    with log.open("ab") as stream:
        arguments = [sys.executable, "-c", _CODE, settings.model_dump_json(), "api" if api else "node"]
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=stream, text=True)
    try:
        line = process.stdout.readline()
        assert line, log.read_text()
        yield Running(process, f"http://127.0.0.1:{json.loads(line)[0]}", log)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        finally:
            process.kill()
            process.stdout.close()
