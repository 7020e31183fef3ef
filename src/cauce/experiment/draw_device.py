"""Figure of a device report: seconds per epoch, and memory, against batch; a line for each size and device."""

from cauce.domain.device_report import DeviceReport
from cauce.experiment.matplotlib_adapter import BLUE, GREY, INK, LIGHT, RED, Picture, new_grid, picture_of, title

_SHADES = (GREY, BLUE, INK, RED)
_STYLES = {"cpu": "-", "cuda": "--"}
_GB = 1e9


def draw_device(report: DeviceReport) -> Picture:
    """Two pairs of axes; a step that did not fit into memory is missing from its line."""
    from matplotlib.ticker import LogLocator

    figure, (time, memory) = new_grid(1, 2, width=8.5, height=3.4)
    sizes = sorted({cost.size for cost in report.costs})
    for device in report.names:
        for size, colour in zip(sizes, _SHADES, strict=False):
            costs = sorted((c for c in report.costs if (c.device, c.size) == (device, size)), key=lambda cost: cost.batch)
            timed = [(cost.batch, cost.seconds_per_epoch) for cost in costs if cost.seconds_per_epoch is not None]
            known = [(cost.batch, cost.peak_bytes / _GB) for cost in costs if cost.peak_bytes]
            for axes, points in ((time, timed), (memory, known)):
                axes.plot(
                    [batch for batch, _ in points], [value for _, value in points], color=colour, marker="o", markersize=3.5,
                    linestyle=_STYLES.get(device, "-"), label=f"{device}, {' × '.join(map(str, size))}",
                )
    time.set_ylabel("seconds per epoch", fontsize=9)
    memory.set_ylabel("memory, GB", fontsize=9)
    ticks = sorted({cost.batch for cost in report.costs})
    has_points = any(cost.seconds is not None for cost in report.costs)
    for axes in (time, memory):
        axes.set_xscale("log")
        if has_points:
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.yaxis.set_major_formatter("{x:g}")
        axes.set_xticks(ticks, [str(tick) for tick in ticks])
        axes.minorticks_off()
        axes.set_xlabel("batch", fontsize=9)
        axes.grid(color=LIGHT, linewidth=0.8)
    figure.legend(*time.get_legend_handles_labels(), loc="outside right upper", frameon=False, fontsize=8)
    title(figure, " · ".join(f"{device}: {name}" for device, name in report.names.items()))
    return picture_of(figure)
