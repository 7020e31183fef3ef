"""Memory of a training step: how much there is, how much a block of code takes at its most, and what to do when it is gone.

No torch at import: the process that leads a search needs only `halves`.
"""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cauce.domain.errors import CauceError

if TYPE_CHECKING:
    import torch

_WORDS = ("out of memory", "can't allocate memory", "not enough memory", "bad allocation", "std::bad_alloc")


def half(size: int) -> int:
    """Half as many cases at once.

    Raises:
        CauceError: it is one already.
    """
    if size <= 1:
        raise CauceError(
            "memory does not suffice for one case", where="training",
            remedy="Make the image or patch smaller, choose a smaller network, or train on a machine with more memory.",
        )
    return size // 2


def halves(size: int) -> tuple[int, ...]:
    """Half as many cases, a quarter, down to one."""
    return tuple(size >> power for power in range(1, size.bit_length()))


def is_out_of_memory(error: Exception) -> bool:
    """Whether an allocation failed: accelerators have an exception of their own, oneDNN and the CPU allocator only say so."""
    import torch

    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(word in str(error).lower() for word in _WORDS)


@dataclass(eq=False)
class Peak:
    """Bytes that a block took at its most, beyond what was in use before it; None where the system does not say."""

    n_bytes: int | None = None


@contextmanager
def peak_memory(device: "torch.device") -> Iterator[Peak]:
    """Measure a block: an accelerator's own counter, or the resident memory of this process on Linux."""
    import torch

    peak = Peak()
    if device.type == "cuda":
        before = torch.cuda.memory_allocated(device)
        torch.cuda.reset_peak_memory_stats(device)
        yield peak
        peak.n_bytes = torch.cuda.max_memory_allocated(device) - before
        return
    is_known = _start_again()
    before = _status("VmRSS") if is_known else 0
    yield peak
    peak.n_bytes = max(_status("VmHWM") - before, 0) if is_known else None


def available_bytes(device: "torch.device") -> int:
    """What a training may take now: free memory of the accelerator, or of this machine or container."""
    import torch

    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    free = _meminfo()
    limit, used = (_number(Path(f"/sys/fs/cgroup/memory.{name}")) for name in ("max", "current"))
    return min(free, limit - (used or 0)) if limit is not None else free


def _start_again() -> bool:
    """Give freed memory back, so that it counts again when it is used again, and set the high-water mark to what is in use."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # proc(5): resets VmHWM
    except (OSError, AttributeError):
        return False
    return True


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def _meminfo() -> int:
    path = Path("/proc/meminfo")
    if path.exists():
        lines = path.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2  # what is free is not told: half of what there is


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):  # no such limit
        return None
