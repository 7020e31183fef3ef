"""Pin thread counts; import before NumPy and its like, which read these variables once."""

import os

COUNT = int(os.environ.get("OMP_NUM_THREADS") or len(os.sched_getaffinity(0)))

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"):
    os.environ[_variable] = str(COUNT)
os.environ.setdefault("DO_NOT_TRACK", "1")
