"""What `cauce predict` leaves behind: `predictions.csv` and a heat map for each analysed image."""

import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cauce.clinical.chest_xray.files import AnalysedFile
from cauce.domain.errors import InputError, OutOfIntendedUseError, UnreadableImageError
from cauce.domain.model import OperatingPoint
from cauce.domain.result import Decision, InstanceResult
from cauce.report.csv_table import predictions_csv
from cauce.report.heat_map import PRINTED_PIXELS, overlay_picture
from cauce.store.atomic import new_folder, write_bytes

TABLE = "predictions.csv"
HEAT_MAPS = "heat_maps"


@dataclass(frozen=True)
class PredictionSummary:
    """How many images got which answer."""

    counts: dict[Decision, int] = field(default_factory=dict)

    def of(self, decision: Decision) -> int:
        """Images with this answer."""
        return self.counts.get(decision, 0)

    @property
    def total(self) -> int:
        """All images."""
        return sum(self.counts.values())


def write_predictions(out: Path, analysed: Iterable[AnalysedFile], operating_point: OperatingPoint) -> PredictionSummary:
    """Write table and heat maps, all or nothing: everything is prepared aside and put in place at the end.

    In a folder that exists only the table and the heat maps are replaced; other files stay.

    Raises:
        InputError: `out` is a file.
        UnreadableImageError, OutOfIntendedUseError: every image was refused; nothing is written.
    """
    if out.exists() and not out.is_dir():
        raise InputError("not a folder", where=out.name, remedy="Give --out a folder.")
    out = out.absolute()
    prepared_at = out.with_name(f".prepared-{out.name}")
    results: list[InstanceResult] = []
    with new_folder(prepared_at) as prepared:
        (prepared / HEAT_MAPS).mkdir()
        for item in analysed:
            results.append(item.result)
            _write_heat_map(prepared / HEAT_MAPS, item, operating_point)
        if all(result.decision is Decision.REFUSED for result in results):
            raise _all_refused(results)
        write_bytes(prepared / TABLE, predictions_csv(results, operating_point))
    try:
        _put_in_place(prepared_at, out)
    except BaseException:
        shutil.rmtree(prepared_at, ignore_errors=True)
        raise
    decisions = [result.decision for result in results]
    return PredictionSummary({decision: decisions.count(decision) for decision in Decision})


def _write_heat_map(folder: Path, item: AnalysedFile, operating_point: OperatingPoint) -> None:
    if item.loaded is None or item.result.heat_map is None:
        return
    pixels = item.loaded.image.pixels
    size = min(PRINTED_PIXELS, max(pixels.shape))
    path = folder / f"{item.result.instance}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(overlay_picture(pixels, item.result, operating_point, longest_side=size).png)


def _put_in_place(prepared: Path, out: Path) -> None:
    """The table goes last: where it stands, the heat maps beside it are its own."""
    if not out.exists():
        prepared.replace(out)
        return
    (out / TABLE).unlink(missing_ok=True)
    with suppress(FileNotFoundError):
        shutil.rmtree(out / HEAT_MAPS)
    (prepared / HEAT_MAPS).replace(out / HEAT_MAPS)
    (prepared / TABLE).replace(out / TABLE)
    prepared.rmdir()


def _all_refused(results: list[InstanceResult]) -> InputError:
    first = results[0]
    reason = first.refusal.reason if first.refusal else "refused"
    what = reason if len(results) == 1 else f"all {len(results)} images were refused, the first because: {reason}"
    kind = UnreadableImageError if first.refusal and first.refusal.code == "unreadable" else OutOfIntendedUseError
    return kind(what, where=first.instance, remedy="Nothing was written. Give images that the model was made for.")
