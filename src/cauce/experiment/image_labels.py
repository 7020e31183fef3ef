"""What labels of images can be. A new kind is a class and a row of the table."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from cauce.domain.reference import ReferenceKind
from cauce.experiment.label_kind import Half, Indices, LabelKind, Labels, add_square, area_error, of_each

_PERIOD = 6.0  # pixels of a stripe and its gap


class TwoClasses(LabelKind):
    """bool (n,)."""

    obvious = "a bright square in every second image"

    @override
    def summary(self) -> str:
        return f"{self.values.mean():.0%} positive"

    @override
    def name_of(self, number: int) -> str:
        return "positive" if self.values[number] else "negative"

    @override
    def lacks(self) -> str:
        return "a class" if self.values.all() or not self.values.any() else ""

    @override
    def examples(self, count: int, rng: np.random.Generator) -> Indices:
        return of_each([self.values == value for value in (True, False)], count, rng)

    @override
    def made_up(self, n: int) -> Labels:
        return np.asarray(np.arange(n) % 2 == 0)

    @override
    def dealt_out(self, uniform: NDArray[np.float64]) -> Labels:
        return uniform < 0.5

    @override
    def paint(self, pixels: Half, label: Any, rng: np.random.Generator) -> None:
        add_square(pixels, 3.0 * bool(label), rng)

    @override
    def highest_by_chance(self, errors: float) -> float:
        return 0.5 + errors * area_error(self.values)


class SeveralClasses(LabelKind):
    """int (n,): number of the class."""

    obvious = "a square, brighter from class to class"

    @override
    def summary(self) -> str:
        return ", ".join(f"{(self.values == number).mean():.0%} {name}" for number, name in enumerate(self.classes))

    @override
    def name_of(self, number: int) -> str:
        return self.classes[int(self.values[number])]

    @override
    def lacks(self) -> str:
        return ", ".join(name for number, name in enumerate(self.classes) if number not in self.values)

    @override
    def examples(self, count: int, rng: np.random.Generator) -> Indices:
        return of_each([self.values == number for number in range(len(self.classes))], count, rng)

    @override
    def made_up(self, n: int) -> Labels:
        return np.arange(n) % len(self.classes)

    @override
    def dealt_out(self, uniform: NDArray[np.float64]) -> Labels:
        return (uniform * len(self.classes)).astype(np.intp)

    @override
    def paint(self, pixels: Half, label: Any, rng: np.random.Generator) -> None:
        add_square(pixels, 3.0 * int(label), rng)

    @override
    def highest_by_chance(self, errors: float) -> float:
        """Of several areas their mean error is a bound for the error of their mean."""
        each = [area_error(self.values == number) for number in range(len(self.classes))]
        return 0.5 + errors * float(np.mean(each))


class Findings(LabelKind):
    """bool (n, classes): which findings an image shows."""

    obvious = "stripes of their own direction for each finding"

    @override
    def summary(self) -> str:
        none = f"{(~self.values.any(axis=1)).mean():.0%} without a finding"
        return ", ".join([f"{self.values[:, k].mean():.0%} {name}" for k, name in enumerate(self.classes)] + [none])

    @override
    def name_of(self, number: int) -> str:
        shown = [name for name, is_there in zip(self.classes, self.values[number], strict=True) if is_there]
        return ", ".join(shown) or "no finding"

    @override
    def lacks(self) -> str:
        always = [f"an image without {name}" for k, name in enumerate(self.classes) if self.values[:, k].all()]
        return ", ".join([name for k, name in enumerate(self.classes) if not self.values[:, k].any()] + always)

    @override
    def examples(self, count: int, rng: np.random.Generator) -> Indices:
        """Rare findings are shown too; an image is taken once."""
        each = [*self.values.T, ~self.values.any(axis=1)]
        return np.array(list(dict.fromkeys(of_each(each, count, rng).tolist())), dtype=np.intp)

    @override
    def made_up(self, n: int) -> Labels:
        """Each finding in a half of the images, any with any other."""
        numbers = np.random.default_rng(0).random((n, len(self.classes)))
        return numbers < 0.5

    @override
    def dealt_out(self, uniform: NDArray[np.float64]) -> Labels:
        """Bits of the number, one for each finding."""
        scaled = uniform[:, None] * 2.0 ** np.arange(len(self.classes))
        return np.asarray(np.floor(scaled * 2).astype(np.int64) % 2 == 1)

    @override
    def paint(self, pixels: Half, label: Any, rng: np.random.Generator) -> None:
        y, x = np.indices(pixels.shape)
        for number in np.flatnonzero(label).tolist():
            angle = math.pi * number / len(self.classes)
            wave = np.cos((x * math.cos(angle) + y * math.sin(angle)) * 2 * math.pi / _PERIOD + rng.uniform(0, 2 * math.pi))
            pixels += (1.5 * wave).astype(np.float16)

    @override
    def highest_by_chance(self, errors: float) -> float:
        return 0.5 + errors * float(np.mean([area_error(column) for column in self.values.T]))


class Numbers(LabelKind):
    """float (n,), in the unit of the reference standard."""

    obvious = "a square as bright as the number"

    @override
    def summary(self) -> str:
        low, middle, high = np.percentile(self.values, [0, 50, 100])
        return f"numbers from {low:g} to {high:g}, median {middle:g}"

    @override
    def name_of(self, number: int) -> str:
        return f"{self.values[number]:.4g}"

    @override
    def lacks(self) -> str:
        return "numbers that differ" if len(np.unique(self.values)) < 2 else ""

    @override
    def examples(self, count: int, rng: np.random.Generator) -> Indices:
        """From the lowest to the highest."""
        order = np.argsort(self.values, kind="stable")
        return order[np.linspace(0, len(order) - 1, min(count, len(order))).round().astype(np.intp)]

    @override
    def made_up(self, n: int) -> Labels:
        return np.random.default_rng(0).permutation(np.linspace(0.0, 1.0, n))

    @override
    def dealt_out(self, uniform: NDArray[np.float64]) -> Labels:
        """The numbers themselves, in another order; equal places give equal numbers."""
        ordered = np.sort(self.values)
        return ordered[(uniform * len(ordered)).astype(np.intp)]

    @override
    def paint(self, pixels: Half, label: Any, rng: np.random.Generator) -> None:
        add_square(pixels, 6.0 * float(label), rng)

    @override
    def highest_by_chance(self, errors: float) -> float:
        """The square of a correlation that is so many standard errors from 0: no answer explains more by chance."""
        return errors**2 / max(len(self.values) - 1, 1)





LABEL_KINDS: dict[ReferenceKind, type[LabelKind]] = {
    ReferenceKind.CLASS: TwoClasses, ReferenceKind.CLASSES: SeveralClasses, ReferenceKind.LABELS: Findings,
    ReferenceKind.NUMBER: Numbers,
}
