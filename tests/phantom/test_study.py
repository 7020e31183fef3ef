import datetime
import itertools

import pytest

from cauce.phantom.study import draw_patient
from cauce.phantom.vendor import MACHINES, NORMAL_VENDORS, UNSEEN_VENDOR, Vendor

PATIENTS = [draw_patient(3, number, rows=128) for number in range(300)]
STUDIES = [study for patient in PATIENTS for study in patient]


def test_a_patient_is_the_same_however_often_and_in_whichever_order_it_is_drawn():
    assert draw_patient(3, 41, rows=128) == PATIENTS[41]
    assert draw_patient(4, 41, rows=128) != PATIENTS[41]


def test_some_patients_have_several_studies_that_share_anatomy_and_origin_and_follow_in_time():
    several = [patient for patient in PATIENTS if len(patient) > 1]
    assert 0.12 < len(several) / len(PATIENTS) < 0.35
    for patient in several:
        assert len({study.origin for study in patient}) == 1
        assert len({study.anatomy for study in patient}) == 1
        assert all(a.date < b.date for a, b in itertools.pairwise(patient))
        assert patient[0].date >= datetime.date(2023, 1, 9)


def test_about_half_of_the_patients_have_a_finding_of_each_kind_on_either_side():
    lesions = [study.lesion for patient in PATIENTS if (study := patient[-1]).lesion]
    assert 0.4 < len(lesions) / len(PATIENTS) < 0.6
    assert {lesion.kind.value for lesion in lesions} == {"nodule", "mass", "consolidation", "effusion"}
    assert {lesion.side.value for lesion in lesions} == {"left", "right"}


def test_cohorts_hold_two_origins_both_views_both_sexes_and_the_normal_vendors_only():
    assert {study.origin for study in STUDIES} == {0, 1}
    assert {study.view for study in STUDIES} == {"PA", "AP"}
    assert {study.anatomy.sex.value for study in STUDIES} == {"F", "M"}
    assert {study.vendor for study in STUDIES} == set(NORMAL_VENDORS)
    assert UNSEEN_VENDOR not in NORMAL_VENDORS


@pytest.mark.parametrize("of", ["vendor", "view", "origin"])
def test_no_acquisition_tag_gives_the_label_away(of):
    for value in {getattr(study, of) for study in STUDIES}:
        group = [study.lesion is not None for study in STUDIES if getattr(study, of) == value]
        assert 0.33 < sum(group) / len(group) < 0.67


def test_the_side_of_a_lesion_is_the_side_of_its_centre_and_inside_the_image():
    for study in STUDIES:
        if study.lesion:
            assert (study.lesion.centre[0] > 0) == (study.lesion.side.value == "left")
            column, row = study.frame.to_pixels(*study.lesion.centre)
            assert 0 < column < study.frame.grid.columns
            assert 0 < row < study.frame.grid.rows


def test_every_vendor_has_its_own_tone_noise_sharpness_and_matrix():
    assert set(MACHINES) == set(Vendor)
    for fact in ("photons", "blur_mm", "edge_gain", "base_contrast", "black"):
        assert len({getattr(machine, fact) for machine in MACHINES.values()}) == len(MACHINES), fact
    matrices = {(machine.row_factor, machine.field_mm) for machine in MACHINES.values()}
    assert len(matrices) == len(MACHINES)
