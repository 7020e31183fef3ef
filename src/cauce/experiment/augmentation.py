"""Augmentation presets: one affine resampling of a whole batch, then brightness. No flips: the patient's side is a finding."""

import math
from dataclasses import dataclass

import torch
from torch.nn.functional import affine_grid, grid_sample

from cauce.domain.experiment import Augmentation


@dataclass(frozen=True)
class Strength:
    """Half-widths of uniform distributions.

    Attributes:
        rotation_degrees: in the image plane.
        zoom, shift, shear: as fractions (shift: of half the image).
        gain: factor on the standardised pixels, around 1.
        offset: in standardised units.
    """

    rotation_degrees: float
    zoom: float
    shift: float
    shear: float
    gain: float
    offset: float


PRESETS: dict[Augmentation, Strength | None] = {
    Augmentation.NONE: None,
    Augmentation.LIGHT: Strength(rotation_degrees=10, zoom=0.10, shift=0.06, shear=0.0, gain=0.10, offset=0.10),
    Augmentation.STRONG: Strength(rotation_degrees=15, zoom=0.15, shift=0.08, shear=0.10, gain=0.20, offset=0.20),
}


def augment(images: torch.Tensor, preset: Augmentation, generator: torch.Generator) -> torch.Tensor:
    """Change each image of (n, 1, rows, columns) at random; draws come from `generator`, on the CPU."""
    strength = PRESETS[preset]
    if strength is None:
        return images

    def uniform(half_width: float) -> torch.Tensor:
        return (torch.rand(len(images), generator=generator) * 2 - 1) * half_width

    angle = uniform(math.radians(strength.rotation_degrees))
    zoom, shear = 1 + uniform(strength.zoom), uniform(strength.shear)
    cosine, sine = torch.cos(angle) * zoom, torch.sin(angle) * zoom
    to_x = torch.stack([cosine, shear - sine, uniform(strength.shift)], dim=1)
    to_y = torch.stack([sine, cosine, uniform(strength.shift)], dim=1)
    grid = affine_grid(torch.stack([to_x, to_y], dim=1).to(images.device), list(images.shape), align_corners=False)
    moved = grid_sample(images, grid, mode="bilinear", padding_mode="border", align_corners=False)
    gain, offset = 1 + uniform(strength.gain), uniform(strength.offset)
    return moved * gain.view(-1, 1, 1, 1).to(images.device) + offset.view(-1, 1, 1, 1).to(images.device)
