"""Every example of the page on cohort.yaml is a valid file, and each kind of reference standard has one."""

import re
from pathlib import Path

import pytest
import yaml

from cauce.dataset.table_readings import check_readings
from cauce.domain.cohort import CohortSpec
from cauce.domain.reference import ReferenceKind

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "cohort-yaml.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_is_a_valid_file(text: str) -> None:
    spec = CohortSpec.model_validate(yaml.safe_load(text))
    if spec.source.kind == "table":
        check_readings(spec)


def test_each_kind_has_an_example() -> None:
    kinds = {CohortSpec.model_validate(yaml.safe_load(text)).reference.kind for text in EXAMPLES}
    assert set(ReferenceKind) - kinds == {ReferenceKind.INSTANCES}
    assert "kind: instances" in PAGE.read_text(encoding="utf-8")
