import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cauce.domain.monitoring import MonitoringPolicy, ReferenceDistribution
from cauce.monitor.compare import compare
from cauce.monitor.page import render, write_report
from cauce.store.result_log import LoggedResult
from cauce.store.settings import Language
from cauce.store.workspace import Workspace

from .conftest import MODEL, Population

Make = Callable[..., list[LoggedResult]]
POLICY = MonitoringPolicy(owner="radiology")
NEW_VENDOR = Population(vendors=("Umbra",), factors=(("contrast", 0.82), ("noise", 1.4)))


@pytest.mark.parametrize("language", list(Language))
def test_the_page_asks_nothing_of_any_other_place(reference: ReferenceDistribution, window: Make, language: Language) -> None:
    report = compare(window(60, 1, NEW_VENDOR), reference, POLICY, model_name="chest", model_digest=MODEL)
    page = render(report, language=language)
    assert not re.search(r"""(src|href)\s*=|url\(|@import|<script|https?:""", page)


def test_cause_action_and_owner_stand_before_the_charts_and_drifted_ones_come_first(
    reference: ReferenceDistribution, window: Make
) -> None:
    report = compare(window(60, 1, NEW_VENDOR), reference, POLICY, model_name="chest", model_digest=MODEL)
    page = render(report)
    assert page.index("Cause.") < page.index("Owner:") < page.index("<svg") < page.index("Compared, no change")
    assert page.count("<svg") == sum(test.drifted for test in report.tests)


def test_spanish_pages_hold_no_english_sentence_of_ours(reference: ReferenceDistribution, window: Make) -> None:
    for rows in (window(60, 1, NEW_VENDOR), window(250, 1, Population(abnormal=0.9)), window(60), window(5), []):
        report = compare(rows, reference, POLICY, model_name="chest", model_digest=MODEL)
        page = render(report, language=Language.SPANISH)
        words = set(re.findall(r"[a-z]+", re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL).lower()))
        english = {"the", "and", "patients", "shift", "lower", "higher", "window", "reference", "needed", "pooled", "review"}
        assert not words & english


def test_text_of_an_image_header_cannot_become_markup(reference: ReferenceDistribution, window: Make) -> None:
    evil = '<script>alert("x")</script>'
    rows = [replace(row, acquisition={**row.acquisition, "vendor": evil}) for row in window(60)]
    page = render(compare(rows, reference, POLICY, model_name="chest", model_digest=MODEL))
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_the_page_is_well_formed(reference: ReferenceDistribution, window: Make) -> None:
    open_tags: list[str] = []

    class Checker(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag not in {"meta", "br"}:
                open_tags.append(tag)

        def handle_startendtag(self, tag: str, attrs: object) -> None:
            pass

        def handle_endtag(self, tag: str) -> None:
            assert open_tags.pop() == tag

    Checker().feed(render(compare(window(60, 1, NEW_VENDOR), reference, POLICY, model_name="chest", model_digest=MODEL)))
    assert not open_tags


def test_page_and_json_are_named_by_the_report_and_hold_no_pseudonym(
    reference: ReferenceDistribution, window: Make, tmp_path: Path
) -> None:
    rows = window(60, 1, NEW_VENDOR)
    report = compare(rows, reference, POLICY, model_name="chest", model_digest=MODEL)
    page, document = write_report(Workspace.open(tmp_path / "w"), report)
    assert page.name == f"drift-{report.digest()[:12]}.en.html"
    for path in (page, document):
        text = path.read_text(encoding="utf-8")
        assert not any(row.patient in text or row.id in text for row in rows)
