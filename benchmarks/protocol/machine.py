"""What a timing was taken on."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from protocol.threads import COUNT

_FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")


def machine(packages: tuple[str, ...]) -> dict[str, Any]:
    """Processor, cores, threads, and the versions of the packages that are installed."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    facts = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    present = set(facts.get("flags", "").split())
    return {
        "cpu": facts.get("model name", platform.processor()), "flags": [flag for flag in _FLAGS if flag in present],
        "cores": len(os.sched_getaffinity(0)), "threads": COUNT, "python": platform.python_version(),
        "versions": {name: found for name in packages if (found := _version(name))},
        "load_average": round(os.getloadavg()[0], 2),
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def forget_peak() -> None:
    """Start this process's peak memory anew (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")


def peak_mb() -> float:
    """Largest resident memory since `forget_peak`, MB (Linux)."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
