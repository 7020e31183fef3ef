"""`cauce bench copies`: recall of planted copies, false pairs and time of the near-duplicate search on real radiographs.

CAUCE_REAL_DATA=FOLDER python benchmarks/copies.py [--images 4500] [--copies 500] [--repeats 1] [--sheet PAIRS.png] [--json]

Radiographs of FOLDER/chest_xray_paediatric; of some of them a copy of one of eight kinds is added, each from seeded random
parameters, then all are reduced to thumbnails as the index does. A pair that is neither planted nor of one patient counts as
false. Timed is the search alone. Exit code 1 when recall is below 0.99 or false pairs exceed 0.1 % of the images.
"""

from protocol.threads import COUNT  # isort: skip  # before NumPy

import argparse
import csv
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from protocol.machine import machine

from cauce.dataset.near_duplicates import NearDuplicate, near_duplicates
from cauce.dataset.thumbnail import THUMBNAIL, shrink

Picture = Image.Image
Random = np.random.Generator

_RECALL, _FALSE_SHARE, _SECONDS = 0.99, 0.001, 60.0


def reencoded(image: Picture, random: Random) -> Picture:
    """JPEG of quality 15 to 60."""
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=int(random.integers(15, 61)))
    return Image.open(stream)


def resized(image: Picture, random: Random) -> Picture:
    """Half to twice the size, the aspect ratio changed by up to a tenth."""
    factor = float(random.uniform(0.5, 2.0))
    aspect = float(random.uniform(0.95, 1.05))
    return image.resize((round(image.width * factor * aspect), round(image.height * factor / aspect)), Image.Resampling.BICUBIC)


def mirrored(image: Picture, random: Random) -> Picture:  # noqa: ARG001 - every kind is called alike
    """Left and right exchanged."""
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def other_contrast(image: Picture, random: Random) -> Picture:
    """Gamma 0.6 to 1.7 and a narrower range."""
    low, high, gamma = random.uniform(0, 0.15), random.uniform(0.85, 1), random.uniform(0.6, 1.7)
    return _picture(low + (high - low) * _array(image) ** gamma)


def cropped(image: Picture, random: Random) -> Picture:
    """5 % of height and width gone, somewhere, or 5 % at each edge."""
    rows, columns = round(0.05 * image.height), round(0.05 * image.width)
    if random.random() < 0.5:
        return image.crop((columns, rows, image.width - columns, image.height - rows))
    top, left = int(random.integers(0, rows + 1)), int(random.integers(0, columns + 1))
    return image.crop((left, top, left + image.width - columns, top + image.height - rows))


def noised(image: Picture, random: Random) -> Picture:
    """Gaussian noise of 2 to 6 % of the range."""
    return _picture(_array(image) + random.normal(0, random.uniform(0.02, 0.06), (image.height, image.width)))


def turned(image: Picture, random: Random) -> Picture:
    """5 degrees either way, black corners."""
    return image.rotate(5 if random.random() < 0.5 else -5, Image.Resampling.BICUBIC)


def written_on(image: Picture, random: Random) -> Picture:
    """One to three burned-in lines of text."""
    marked = image.copy()
    draw = ImageDraw.Draw(marked)
    for _ in range(int(random.integers(1, 4))):
        place = (int(random.integers(0, image.width * 3 // 4)), int(random.integers(0, image.height * 9 // 10)))
        draw.text(place, "".join(random.choice(list("ABCDEFGHKLMNPRSTUVXYZ0123456789"), 8)), fill=255,
                  font_size=int(image.height * random.uniform(0.05, 0.12)))
    return marked


KINDS: dict[str, Callable[[Picture, Random], Picture]] = {
    "re-encoded": reencoded, "resized": resized, "mirrored": mirrored, "contrast": other_contrast, "cropped": cropped,
    "noised": noised, "turned": turned, "written on": written_on,
}


def main() -> int:
    """Plant, search, count, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=4500, help="originals; at most as many as the folder holds")
    parser.add_argument("--copies", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--sheet", type=Path, help="PNG of the pairs that were not planted, for a person to judge")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    paths, patients = _originals(arguments.images)
    pictures = [Image.open(path).convert("L") for path in paths]
    kinds, sources, copies = _plant(pictures, arguments.copies, arguments.seed)
    stack = np.stack([shrink(_array(picture), THUMBNAIL) for picture in [*pictures, *copies]])
    seconds, found = [], []
    for _ in range(arguments.repeats):
        started = perf_counter()
        found = near_duplicates(stack)
        seconds.append(perf_counter() - started)
    document = _judge(found, kinds, sources, patients)
    document |= {
        "name": "copies", "workload": f"{len(stack):,} images, {len(copies)} of them copies of eight kinds",
        "seed": arguments.seed,
        "cauce_s": float(np.median(seconds)), "goal_s": _SECONDS, "peers": {}, "limit_s": None, "ratio_best_peer": None,
        "ratio_limit": None, "repeats": arguments.repeats, "not_installed": [], "threads": COUNT,
        "machine": machine(("cauce", "numpy", "scipy", "pillow")),
    }
    if arguments.sheet:
        _sheet(arguments.sheet, [pair for pair in found if pair.second < len(pictures)], stack)
    print(json.dumps(document) if arguments.json else _text(document))
    return 0 if document["correct"] else 1


def _originals(count: int) -> tuple[list[Path], list[str]]:
    folder = Path(os.environ.get("CAUCE_REAL_DATA", "")) / "chest_xray_paediatric"
    if not (folder / "metadata.csv").is_file():
        sys.exit("Set CAUCE_REAL_DATA to a folder that holds chest_xray_paediatric.")
    with (folder / "metadata.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))[:count]
    return [folder / "images" / row["image"] for row in rows], [row["patient_id"] for row in rows]


def _plant(pictures: list[Picture], count: int, seed: int) -> tuple[list[str], list[int], list[Picture]]:
    random = np.random.default_rng(seed)
    sources = [int(place) for place in random.choice(len(pictures), count, replace=False)]
    kinds = [list(KINDS)[number % len(KINDS)] for number in range(count)]
    return kinds, sources, [KINDS[kind](pictures[source], random) for kind, source in zip(kinds, sources, strict=True)]


def _judge(found: list[NearDuplicate], kinds: list[str], sources: list[int], patients: list[str]) -> dict[str, Any]:
    owner = [*patients, *(patients[source] for source in sources)]
    pairs = {(pair.first, pair.second) for pair in found}
    hit = [(source, len(patients) + number) in pairs for number, source in enumerate(sources)]
    recall = {kind: float(np.mean([good for good, each in zip(hit, kinds, strict=True) if each == kind])) for kind in KINDS}
    false = [pair for pair in pairs if owner[pair[0]] != owner[pair[1]]]
    share = len(false) / len(owner)
    return {
        "correct": bool(np.mean(hit) >= _RECALL and share <= _FALSE_SHARE), "recall": float(np.mean(hit)),
        "recall_by_kind": recall, "pairs": len(pairs), "false_pairs": len(false), "false_share_of_images": share,
        "pairs_of_one_patient_not_planted": sum(b < len(patients) for _, b in pairs) - sum(b < len(patients) for _, b in false),
    }


def _text(document: dict[str, Any]) -> str:
    recall = ", ".join(f"{kind} {value:.3f}" for kind, value in document["recall_by_kind"].items())
    return (
        f"copies: {document['workload']}\n  {document['cauce_s']:.1f} s (goal {document['goal_s']:.0f} s), recall "
        f"{document['recall']:.4f} ({recall})\n  false pairs {document['false_pairs']} "
        f"({100 * document['false_share_of_images']:.3f} % of images); pairs of one patient that were not planted: "
        f"{document['pairs_of_one_patient_not_planted']}"
    )


def _sheet(path: Path, pairs: list[NearDuplicate], stack: NDArray[np.uint8]) -> None:
    gap = np.full((THUMBNAIL, 4), 255, dtype=np.uint8)
    cells = [np.hstack([stack[pair.first], stack[pair.second], gap]) for pair in pairs] or [np.hstack([gap])]
    cells += [np.full_like(cells[0], 255)] * (-len(cells) % 6)
    Image.fromarray(np.vstack([np.hstack(cells[at:at + 6]) for at in range(0, len(cells), 6)])).save(path)


def _array(image: Picture) -> NDArray[np.float32]:
    return np.asarray(image.convert("L"), dtype=np.float32) / 255


def _picture(values: NDArray[Any]) -> Picture:
    return Image.fromarray((np.clip(values, 0, 1) * 255).astype(np.uint8))


if __name__ == "__main__":
    sys.exit(main())
