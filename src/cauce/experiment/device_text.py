"""A device report for a terminal."""

from cauce.domain.device_report import BatchPlan, DeviceReport, StepCost

_GB = 1e9


def device_text(report: DeviceReport) -> str:
    """A line for each measurement, then what fits."""
    head = ["device", "size", "batch", "s/step", "s/epoch", "memory"]
    rows = [_row(cost) for cost in report.costs]
    widths = [max(len(line[column]) for line in [head, *rows]) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in [head, *rows]]
    names = [f"{device}: {name}" for device, name in report.names.items()]
    note = f"An epoch has {report.n_train:,} cases; the CPU had {report.threads} threads."
    return "\n".join([*names, "", *lines, "", note, *(_fits(plan) for plan in report.plans)])


def _row(cost: StepCost) -> list[str]:
    place = [cost.device, " × ".join(map(str, cost.size)), str(cost.batch)]
    if cost.seconds is None or cost.seconds_per_epoch is None:
        return [*place, "does not fit into memory", "", ""]
    memory = "not measured" if cost.peak_bytes is None else f"{cost.peak_bytes / _GB:.2f} GB"
    return [*place, f"{cost.seconds:.3f}", f"{cost.seconds_per_epoch:.1f}", memory]


def _fits(plan: BatchPlan) -> str:
    memory = f"{plan.peak_bytes / _GB:.1f} of {plan.available_bytes / _GB:.1f} GB free"
    fits = f"{plan.device}: a batch_size of {plan.batch} was tried and fits ({memory})"
    return f"{fits}; for folds side by side divide it by their number."
