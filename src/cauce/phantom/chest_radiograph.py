"""From a digital study to a radiograph: attenuation, exposure, detector signal, and the vendor's processing."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from cauce.phantom.frame import Array
from cauce.phantom.lesion import LesionKind, displaced_lung, filled_share
from cauce.phantom.lungs import lung_thickness
from cauce.phantom.organs import add_outer_soft_tissue, gas_chord, mediastinum_chord, trunk_thickness
from cauce.phantom.skeleton import add_leads, bone_thickness
from cauce.phantom.study import DigitalStudy
from cauce.phantom.texture import block_mean, smooth_field, wide_blur
from cauce.phantom.tissue import BONE_OVER_SOFT, LUNG, METAL, SOFT
from cauce.phantom.vessels import vessel_thickness


@dataclass(frozen=True, eq=False)
class Radiograph:
    """A processed image before it is put into a file.

    Attributes:
        density: (rows, columns) float32, processed negative log signal; larger is denser and shown brighter.
        shown: (black, white) densities between which the vendor's tone curve runs.
    """

    density: Array
    shown: tuple[float, float]


def render(study: DigitalStudy) -> Radiograph:
    """Make the radiograph of a study; the same study gives the same bits."""
    signal = expose(attenuation(study), study)
    return process(signal, study)


def attenuation(study: DigitalStudy) -> Array:
    """Line integral of attenuation for each pixel, a pure number, (rows, columns)."""
    anatomy, frame, inspiration = study.anatomy, study.frame, study.inspiration
    lung = _aerated_lung(study)
    soft = trunk_thickness(anatomy, frame)
    body = soft > 0
    add_outer_soft_tissue(soft, anatomy, frame, study.patient_rng("outer"))
    soft *= 1 + np.float32(0.016) * smooth_field(study.patient_rng("muscle"), frame.grid, 26.0)
    gas = gas_chord(anatomy, frame, study.rng("gas"), inspiration=inspiration)
    soft -= np.minimum(gas, 0.5 * soft)
    lung = np.minimum(lung, 0.82 * soft)
    vessels = vessel_thickness(anatomy, frame, study.patient_rng("vessels"))
    vessels *= np.minimum(lung * np.float32(1 / 70.0), 1)
    lung -= np.minimum(vessels, 0.5 * lung)
    bone = bone_thickness(anatomy, frame, study.patient_rng("bones"), supine=study.supine)
    bone *= np.where(body, np.float32(BONE_OVER_SOFT), np.float32(0.15 * BONE_OVER_SOFT))
    total: Array = (soft - lung) * np.float32(SOFT)
    lung *= _lung_density(study)
    total += lung
    total += bone
    _add_objects(total, study)
    return total


def _aerated_lung(study: DigitalStudy) -> Array:
    anatomy, frame, lesion = study.anatomy, study.frame, study.lesion
    heart = mediastinum_chord(anatomy, frame, inspiration=study.inspiration, widened=1.10 if study.supine else 1.0)
    lung = heart
    for rows in _strips(frame.grid.rows):
        lung[rows] = lung_thickness(
            anatomy, frame.u[rows], frame.v[rows], inspiration=study.inspiration, displaced=heart[rows]
        )
    if lesion is None:
        return lung
    if lesion.kind in (LesionKind.NODULE, LesionKind.MASS):
        lung -= displaced_lung(lesion, frame, study.patient_rng("lobes"))
        np.maximum(lung, 0, out=lung)
        return lung
    clouds = smooth_field(study.patient_rng("clouds"), frame.grid, 16.0)
    clouds += np.float32(0.4) * smooth_field(study.patient_rng("small clouds"), frame.grid, 7.0)
    share = filled_share(lesion, anatomy, frame, inspiration=study.inspiration, clouds=clouds)
    lung *= 1 - np.clip(share, 0, 0.97)
    return lung


def _strips(rows: int) -> list[slice]:
    """A few rows at a time: the intermediate arrays then stay in the processor's cache."""
    return [slice(start, start + 48) for start in range(0, rows, 48)]


def _lung_density(study: DigitalStudy) -> Array:
    """Attenuation of lung tissue per mm: fuller towards the bases, finely mottled, more so with age and in shallow breath."""
    grid, gain = study.frame.grid, study.anatomy.texture_gain
    fine = smooth_field(study.patient_rng("interstitium"), grid, 3.2)
    coarse = smooth_field(study.patient_rng("perfusion"), grid, 30.0)
    fuller = 1 + 1.4 * max(0.0, 1 - study.inspiration)
    mottle = 1 + np.float32(0.05 * gain) * fine + np.float32(0.06) * coarse
    density: Array = np.float32(LUNG * fuller) * np.maximum(mottle + study.frame.v * np.float32(0.0009), 0.4)
    return density


def _add_objects(total: Array, study: DigitalStudy) -> None:
    rng = study.rng("objects")
    if study.supine and rng.random() < 0.6:
        metal = np.zeros_like(total)
        add_leads(metal, study.frame, rng, study.anatomy)
        total += np.float32(METAL) * metal
    _add_side_marker(total, study, rng)


_LETTER_L = ("10000", "10000", "10000", "10000", "10000", "10000", "11111")
_LETTER_R = ("11110", "10001", "10001", "11110", "10100", "10010", "10001")


def _add_side_marker(total: Array, study: DigitalStudy, rng: np.random.Generator) -> None:
    """A lead letter in an upper corner: R on the patient's right or L on the left."""
    left = bool(rng.random() < 0.6)
    cell = max(1, round(float(rng.uniform(1.7, 2.3)) / study.frame.grid.spacing_mm))
    letter = np.array([[int(dot) for dot in line] for line in (_LETTER_L if left else _LETTER_R)], dtype=np.float32)
    stamp = np.kron(letter, np.ones((cell, cell), dtype=np.float32))
    rows, columns = total.shape
    top = int(rows * rng.uniform(0.03, 0.16))
    edge = int(columns * rng.uniform(0.03, 0.08))
    start = columns - edge - stamp.shape[1] if left else edge
    if start < 0 or top + stamp.shape[0] > rows:
        return
    total[top : top + stamp.shape[0], start : start + stamp.shape[1]] += np.float32(1.6) * stamp


def expose(total: Array, study: DigitalStudy) -> Array:
    """Detector signal relative to the unattenuated beam: primary and scattered quanta, blurred, with quantum noise."""
    machine, grid = study.machine, study.frame.grid
    primary = np.exp(-total)
    grid_loss = 1.35 if study.supine else 1.0
    ratio = machine.scatter * grid_loss * (0.6 + 0.4 * study.anatomy.build)
    tissue = np.minimum(primary, np.float32(0.35))  # air beside the patient scatters nothing
    signal: Array = primary + np.float32(ratio) * wide_blur(tissue, 32.0 / grid.spacing_mm)
    signal = gaussian_filter(signal, machine.blur_mm / grid.spacing_mm, mode="nearest", truncate=2.5)
    quanta = machine.photons * grid.spacing_mm**2 * study.exposure_gain
    noise = study.rng("quanta").standard_normal(signal.shape, dtype=np.float32)
    signal += np.sqrt(signal * np.float32(1 / quanta)) * noise
    np.maximum(signal, np.float32(1e-4), out=signal)
    return signal


def process(signal: Array, study: DigitalStudy) -> Radiograph:
    """The vendor's dynamic range compression, edge enhancement, and choice of what is shown."""
    machine, spacing = study.machine, study.frame.grid.spacing_mm
    density = -np.log(signal)
    base = wide_blur(density, machine.base_mm / spacing)
    fine = wide_blur(density, machine.edge_mm / spacing)
    middle = np.float32(2.2)
    density += np.float32(machine.edge_gain) * (density - fine) + np.float32(machine.base_contrast - 1) * (base - middle)
    black, white = _shown_range(density, study)
    return Radiograph(density, (black, white))


def _shown_range(density: Array, study: DigitalStudy) -> tuple[float, float]:
    """Anchored to lung and spine levels in the middle of the field, as an automatic exposure recogniser does."""
    rows, columns = density.shape
    field = block_mean(density[rows // 6 : rows - rows // 8, columns // 7 : columns - columns // 7], max(1, rows // 64))
    lung, spine = np.percentile(field, [12.0, 93.0])
    span = max(float(spine - lung), 0.5)
    black = float(lung) - span * (study.machine.black + study.window_jitter[0])
    white = float(spine) + span * (study.machine.white + study.window_jitter[1])
    return black, white
