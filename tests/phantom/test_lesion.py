from dataclasses import replace

import numpy as np
import pytest

from cauce.phantom.chest_radiograph import attenuation, render
from cauce.phantom.lesion import LesionKind
from cauce.phantom.study import draw_patient


def _studies(kind, count=3):
    found = []
    for number in range(400):
        study = draw_patient(21, number, rows=192)[-1]
        if study.lesion and study.lesion.kind is kind:
            found.append(study)
            if len(found) == count:
                return found
    raise AssertionError(kind)


@pytest.mark.parametrize("kind", [LesionKind.NODULE, LesionKind.MASS])
def test_a_round_lesion_adds_its_stated_contrast_around_its_stated_centre_with_its_stated_size(kind):
    for study in _studies(kind):
        lesion, spacing = study.lesion, study.frame.grid.spacing_mm
        added = attenuation(study) - attenuation(replace(study, lesion=None))
        assert np.percentile(added[added > 0.02], 98) == pytest.approx(lesion.contrast, rel=0.35)
        rows, columns = np.nonzero(added > 0.25 * added.max())
        x, y = study.frame.to_pixels(*lesion.centre)
        assert np.hypot(columns.mean() - x, rows.mean() - y) * spacing < 0.3 * lesion.diameter_mm
        diameter = 2 * np.sqrt(len(rows) / np.pi) * spacing / study.pose.magnification
        assert diameter == pytest.approx(lesion.diameter_mm, rel=0.3)


@pytest.mark.parametrize("kind", list(LesionKind))
def test_a_lesion_is_seen_in_the_processed_image_where_the_truth_says_and_hardly_elsewhere(kind):
    for study in _studies(kind, 2):
        lesion = study.lesion
        added = render(study).density - render(replace(study, lesion=None)).density
        near = np.hypot(study.frame.u - lesion.centre[0], study.frame.v - lesion.centre[1]) < 0.75 * lesion.diameter_mm
        assert np.percentile(added[near], 90) > 0.08
        assert np.abs(added[~near]).mean() < 0.35 * np.abs(added[near]).mean()


@pytest.mark.parametrize("kind", list(LesionKind))
def test_a_lesion_only_ever_adds_attenuation(kind):
    for study in _studies(kind, 2):
        assert (attenuation(study) - attenuation(replace(study, lesion=None))).min() > -1e-4
