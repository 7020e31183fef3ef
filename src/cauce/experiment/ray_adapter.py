"""Ray: folds as tasks of a cluster whose machines share the workspace's folder. Nothing else in cauce knows Ray."""

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cauce.domain.errors import ConfigurationError, MissingExtraError
from cauce.domain.experiment import Precision, TrainingSettings
from cauce.experiment.fold import FoldEvent, FoldOutcome, FoldTask
from cauce.experiment.team import Ended, Heard, Take, Workers, train_all
from cauce.experiment.train_data import TrainData

LOCAL = "local"
_ASKED_AGAIN_S = 1.0
_PATIENCE_S = 10.0


@contextmanager
def open_cluster(address: str, data: TrainData) -> Iterator[Workers]:
    """Join a cluster, or start one on this machine for `local`; at the end of the block no task of ours goes on.

    Raises:
        MissingExtraError: Ray is not installed.
        ConfigurationError: no cluster answers at `address`.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # read by Ray at import: it reports usage unless told not to
    try:
        import ray
    except ImportError:
        raise MissingExtraError("Ray is not installed", remedy="pip install 'cauce[cluster]'") from None
    here = {"include_dashboard": False, "_node_ip_address": "127.0.0.1"} if address == LOCAL else {"address": address}
    try:
        _knock(address)
        ray.init(log_to_driver=False, logging_level=logging.ERROR, **here)
    except (OSError, ValueError, RuntimeError):
        raise ConfigurationError(
            "no Ray cluster answers", where="--cluster", expected="local, auto, or HOST:PORT of a running cluster", got=address,
            remedy="Start one with `ray start --head`, or use --cluster local.",
        ) from None
    team = _Cluster(data)
    try:
        yield team
    finally:
        team.stop()
        ray.shutdown()


def _knock(address: str) -> None:
    """Ray itself would wait for minutes, and then end this process.

    Raises:
        OSError, ValueError: nobody answers, or it is no address.
    """
    if address in (LOCAL, "auto"):
        return
    host, _, port = address.removeprefix("ray://").rpartition(":")
    socket.create_connection((host, int(port)), timeout=_PATIENCE_S).close()


class _Cluster:
    """One task for each fold, of one core, and of one accelerator where the cluster has some."""

    def __init__(self, data: TrainData) -> None:
        import ray
        from ray.util.queue import Queue

        resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
        accelerators = int(resources.get("GPU", 0))
        self._count = accelerators or max(int(resources.get("CPU", 1)), 1)
        self._options = {"num_cpus": 1, "num_gpus": 1 if accelerators else 0, "max_retries": 0}
        self._data = ray.put(data)
        self._events = Queue(actor_options={"num_cpus": 0})
        self._busy: dict[Any, FoldTask] = {}

    def choose_precision(self, settings: TrainingSettings) -> Precision:
        import ray

        return Precision(ray.get(ray.remote(_precision).options(**self._options).remote(settings, self._data)))

    def train(self, take: Take, heard: Heard) -> Iterator[tuple[FoldTask, FoldOutcome]]:
        return train_all(self._run, take, self._count, heard)

    def stop(self) -> None:
        import ray

        for reference in self._busy:
            ray.cancel(reference, force=True)
        self._busy = {}
        self._events.shutdown(force=True)

    def _run(self, take: Take, count: int, heard: Heard) -> Iterator[Ended]:
        """A task tells all its events before it ends, so that they are heard before its outcome."""
        import ray
        from ray.exceptions import RayError

        train = ray.remote(_train).options(**self._options)
        while True:
            while len(self._busy) < count and (task := take()) is not None:
                self._busy[train.remote(task, self._data, self._events)] = task
            if not self._busy:
                return
            ended, _ = ray.wait(list(self._busy), num_returns=1, timeout=_ASKED_AGAIN_S)
            self._hear(heard)
            for reference in ended:
                task = self._busy.pop(reference)
                try:
                    yield task, ray.get(reference)
                except RayError:  # its process or machine died
                    yield task, None

    def _hear(self, heard: Heard) -> None:
        tasks = {task.identity: task for task in self._busy.values()}
        for identity, event in self._events.get_nowait_batch(self._events.qsize()):
            if identity in tasks:
                heard(tasks[identity], event)


def _train(task: FoldTask, data: TrainData, events: Any) -> FoldOutcome:
    """In a process of the cluster; one thread, as everywhere, for the same weights on any number of cores."""
    import torch

    from cauce.experiment.train import train_fold

    torch.set_num_threads(1)

    def tell(event: FoldEvent) -> None:
        events.put((task.identity, event))

    return train_fold(task, data, tell=tell)


def _precision(settings: TrainingSettings, data: TrainData) -> str:
    import torch

    from cauce.experiment.train import precision_for

    torch.set_num_threads(1)
    return precision_for(settings, data).value
