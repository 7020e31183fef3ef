"""What a training costs on each device: time, memory, and the largest batch that fits."""

from cauce.domain.record import Digest, Name, Record


class StepCost(Record):
    """One size of image and batch on one device.

    Attributes:
        device: "cpu", "cuda".
        size: (rows, columns), or (z, y, x) of a patch.
        seconds: of a training step, optimiser included; None when memory did not suffice.
        seconds_per_epoch: on the cases that a fold trains on.
        peak_bytes: at its most, beyond what was in use before; None when memory did not suffice or the system does not say.
    """

    device: str
    size: tuple[int, ...]
    batch: int
    seconds: float | None
    seconds_per_epoch: float | None
    peak_bytes: int | None


class BatchPlan(Record):
    """The largest batch that fits on a device, at the experiment's own size.

    Attributes:
        batch: a power of two, or all cases that a fold trains on; its step was tried.
        peak_bytes: of that step.
        available_bytes: free before; a fifth of it is left.
    """

    device: str
    batch: int
    peak_bytes: int
    available_bytes: int


class DeviceReport(Record):
    """The same training on each device of a machine.

    Attributes:
        spec: digest of experiment.yaml's content.
        threads: of the CPU, that torch used.
        n_train: cases, or patches, that a fold trains on in an epoch.
        names: device → what it calls itself.
        plans: none for a device whose memory cannot be measured.
    """

    name: Name
    spec: Digest
    threads: int
    n_train: int
    names: dict[str, str]
    costs: tuple[StepCost, ...]
    plans: tuple[BatchPlan, ...]
