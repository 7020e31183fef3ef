"""Signs of life: each worker touches a file; who wants to know looks at how old it is."""

import threading
import time
from pathlib import Path

_PERIOD_S = 2.0
_DEAD_AFTER_S = 10.0


def start_heartbeat(folder: Path, worker: str) -> threading.Event:
    """Touch `folder/worker` every 2 s until the returned event is set, then remove it."""
    folder.mkdir(parents=True, exist_ok=True)
    stop, path = threading.Event(), folder / worker

    def beat() -> None:
        path.touch()
        while not stop.wait(_PERIOD_S):
            path.touch()
        path.unlink(missing_ok=True)

    threading.Thread(target=beat, name="heartbeat", daemon=True).start()
    return stop


def living_workers(folder: Path) -> list[str]:
    """Workers that gave a sign of life within 10 s, sorted."""
    if not folder.is_dir():
        return []
    now = time.time()
    return sorted(path.name for path in folder.iterdir() if now - path.stat().st_mtime < _DEAD_AFTER_S)
