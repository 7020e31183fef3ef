import subprocess
import sys

import pytest
import torch

from cauce.domain.errors import CauceError
from cauce.experiment.batches import ShuffledOrder, largest_part
from cauce.experiment.memory import available_bytes, half, halves, is_out_of_memory, peak_memory

CPU = torch.device("cpu")

# A process that may have 400 MB more than it has, and asks for 4 GB.
FULL = """
import resource, sys
import torch
from cauce.experiment.memory import is_out_of_memory
size = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmSize"))
resource.setrlimit(resource.RLIMIT_AS, (size * 1024 + 400_000_000,) * 2)
try:
    torch.empty(4_000_000_000, dtype=torch.uint8)
except Exception as error:
    sys.exit(7 if is_out_of_memory(error) else 1)
"""


def test_a_failed_allocation_is_told_from_other_errors() -> None:
    assert subprocess.run([sys.executable, "-c", FULL], check=False).returncode == 7
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))


def test_the_peak_counts_what_was_freed_again_inside_the_block() -> None:
    with peak_memory(CPU) as peak:
        torch.ones(50_000_000).sum()
    assert peak.n_bytes is not None
    assert 190e6 < peak.n_bytes < 300e6
    with peak_memory(CPU) as nothing:
        pass
    assert nothing.n_bytes is not None
    assert nothing.n_bytes < 20e6


def test_there_is_memory() -> None:
    assert available_bytes(CPU) > 100e6


def test_half_of_one_case_is_an_error_that_says_what_to_do() -> None:
    assert half(9) == 4
    assert halves(9) == (4, 2, 1)
    assert halves(1) == ()
    with pytest.raises(CauceError, match="one case"):
        half(1)


def test_a_batch_comes_in_equal_parts_with_the_same_cases() -> None:
    assert [largest_part(32, most) for most in (32, 20, 8, 3, 1)] == [32, 16, 8, 2, 1]
    whole = ShuffledOrder(torch.arange(70).numpy(), 32, 5)
    parts = ShuffledOrder(torch.arange(70).numpy(), 32, 5, micro_batch=12)
    assert (whole.parts, whole.steps, len(whole)) == (1, 2, 2)
    assert (parts.parts, parts.steps, len(parts)) == (4, 2, 8)
    assert [case for batch in whole for case in batch] == [case for batch in parts for case in batch]
