"""A service that runs for the length of a block, in processes of its own, at a free port of this machine."""

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cauce.domain.errors import CauceError

_HOST = "127.0.0.1"
_START_S = 60.0
_STOP_S = 40.0


@contextmanager
def served(release: Path, workspace: Path) -> Iterator[str]:
    """Yield the address of `cauce service run` for a release; it is stopped, and its workers with it, when the block ends.

    Raises:
        CauceError: it was not ready in time; its own log in the workspace says why.
    """
    port = _free_port()
    log = workspace / "service.log"
    arguments = ["--model", str(release), "--workspace", str(workspace), "--port", str(port)]
    with log.open("ab") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "cauce", "service", "run", *arguments],
            stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT,
        )
    try:
        url = f"http://{_HOST}:{port}"
        _wait_until_ready(url, process, log)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health/ready", timeout=2):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    raise CauceError("the service did not become ready", where=log.name, remedy=f"Read {log}.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])
