import io

import numpy as np
import pydicom
import pytest
from scipy.stats import rankdata

from cauce.dicom.display import display_pixels
from cauce.phantom.chest_dicom import dicom_bytes
from cauce.phantom.chest_radiograph import attenuation, render
from cauce.phantom.study import draw_patient
from cauce.phantom.vendor import Vendor


def _shown(study):
    dataset = pydicom.dcmread(io.BytesIO(dicom_bytes(study)))
    return display_pixels(dataset.pixel_array, dataset)


def _auc(scores, labels):
    ranks, positive = rankdata(scores), np.asarray(labels, dtype=bool)
    n, m = positive.sum(), (~positive).sum()
    return (ranks[positive].sum() - n * (n + 1) / 2) / (n * m)


def test_no_trivial_statistic_of_the_whole_image_finds_the_abnormal_ones():
    studies = [draw_patient(5, number, rows=128)[0] for number in range(500)]
    labels = [study.lesion is not None for study in studies]
    images = [_shown(study) for study in studies]
    statistics = {
        "mean": [image.mean() for image in images],
        "standard deviation": [image.std() for image in images],
        **{f"percentile {q}": [np.percentile(image, q) for image in images] for q in (5, 25, 50, 75, 95)},
    }
    for name, values in statistics.items():
        assert 0.40 < _auc(values, labels) < 0.65, name


@pytest.mark.parametrize("vendor", list(Vendor))
def test_lung_is_shown_darker_than_heart_and_belly_and_air_darkest(vendor):
    study = next(s for n in range(50) if not (s := draw_patient(6, n, rows=192, vendors=[vendor])[0]).lesion)
    image, anatomy = _shown(study), study.anatomy

    def level(u, v):
        column, row = (round(float(value)) for value in study.frame.to_pixels(u, v))
        return np.median(image[row - 4 : row + 5, column - 4 : column + 5])

    lung = level(-0.6 * anatomy.half_width, anatomy.apex_v + 75)
    assert lung < level(0.15 * anatomy.half_width, anatomy.dome_v[0] - 40) - 0.1
    assert lung < level(-0.5 * anatomy.half_width, anatomy.dome_v[0] + 50) - 0.1
    assert image.min() == pytest.approx(0, abs=0.02)


def test_the_line_integrals_are_those_of_a_chest():
    study = next(s for n in range(50) if not (s := draw_patient(6, n, rows=192)[0]).lesion and s.view == "PA")
    total = attenuation(study)
    assert total.min() >= 0
    assert 2.0 < np.percentile(total[study.frame.grid.rows // 3 : -20], 60) < 8.0


def test_the_same_study_renders_the_same_bits_and_another_seed_others():
    study = draw_patient(8, 1, rows=128)[0]
    assert np.array_equal(render(study).density, render(draw_patient(8, 1, rows=128)[0]).density)
    other = draw_patient(9, 1, rows=128, vendors=[study.vendor])[0]
    assert not np.array_equal(render(study).density, render(other).density)


def test_the_unseen_vendor_is_noisier_than_every_normal_one():
    def noise(vendor):
        study = draw_patient(10, 3, rows=256, vendors=[vendor])[0]
        image = _shown(study)
        rows, columns = image.shape
        patch = image[rows // 3 : rows // 2, columns // 5 : columns // 3]
        return np.abs(np.diff(patch, n=2, axis=0)).mean()

    assert noise(Vendor.VELORIA) > max(noise(vendor) for vendor in Vendor if vendor is not Vendor.VELORIA)
