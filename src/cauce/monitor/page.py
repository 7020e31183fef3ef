"""DriftReport as one HTML page that needs nothing else, and as JSON beside it."""

import json
from html import escape
from pathlib import Path

from cauce.domain.monitoring import DriftReport, DriftTest, WindowStatus
from cauce.monitor.chart import chart
from cauce.monitor.explain import cause_sentence, change
from cauce.monitor.page_texts import PAGE_TEXTS, STYLE
from cauce.monitor.words import STATUS, STREAMS, translated, variable
from cauce.store.atomic import write_bytes
from cauce.store.settings import Language
from cauce.store.workspace import Workspace

_CLASS = {WindowStatus.STABLE: "stable", WindowStatus.DRIFTED: "drifted", WindowStatus.INSUFFICIENT: "insufficient"}


def write_report(workspace: Workspace, report: DriftReport, *, language: Language | None = None) -> tuple[Path, Path]:
    """Write page and JSON under `reports/monitor/MODEL/`, named by the report's digest and language; returns both paths."""
    folder = workspace.folder("reports") / "monitor" / report.model_name
    stem = f"drift-{report.digest()[:12]}"
    language = language or workspace.settings.language
    page, document = folder / f"{stem}.{language.value}.html", folder / f"{stem}.json"
    write_bytes(page, render(report, language=language).encode("utf-8"))
    write_bytes(document, (json.dumps(report.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n").encode("utf-8"))
    return page, document


def render(report: DriftReport, *, language: Language = Language.ENGLISH) -> str:
    """The page as text. Everything that comes from images is escaped: a header can hold any text."""
    texts = PAGE_TEXTS[language]
    body = "".join((
        _head(report, language), _cause(report, language), _changed(report, language), _unchanged(report, language),
        _not_tested(report, language),
        f"<footer><p>{escape(texts['how'].format(rate=f'{100 * report.policy.false_alarm_rate:g} %'))}</p>"
        f"<p>{escape(texts['model'])} {escape(report.model_digest)}<br>"
        f"{escape(texts['window'])} {escape(report.window or '')}<br>"
        f"{escape(texts['not_patient'])}</p></footer>",
    ))
    title = f"{texts['title']} · {report.model_name}"
    return (
        f'<!doctype html>\n<html lang="{language.value}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head><body>{body}</body></html>\n"
    )


def _head(report: DriftReport, language: Language) -> str:
    texts = PAGE_TEXTS[language]
    span = f"{_minute(report.window_start)} – {_minute(report.window_end)} UTC" if report.window_start else "—"
    facts = (
        f"{texts['window']}: {span} · {report.n_studies} {texts['studies']}, {report.n_patients} {texts['patients']}, "
        f"{report.n_refused} {texts['refused']} · {texts['reference']}: {report.n_reference} {texts['patients']}"
    )
    return (
        f"<header><h1>{escape(texts['title'])} · {escape(report.model_name)}</h1>"
        f'<span class="status {_CLASS[report.status]}">{escape(STATUS[report.status][language])}</span></header>'
        f'<p class="facts">{escape(facts)}</p>'
    )


def _cause(report: DriftReport, language: Language) -> str:
    texts, out = PAGE_TEXTS[language], ""
    sentence = cause_sentence(report, language)
    if sentence:
        out += (
            f'<section class="cause"><p><b>{escape(texts["cause"])}.</b> {escape(sentence)}</p>'
            f'<p class="small"><b>{escape(texts["action"])}.</b> {escape(translated(report.policy.action, language))} '
            f"<b>{escape(texts['owner'])}:</b> {escape(report.policy.owner)}</p></section>"
        )
    if report.note:
        out += f'<p class="note"><b>{escape(texts["note"])}.</b> {escape(translated(report.note, language))}</p>'
    return out


def _changed(report: DriftReport, language: Language) -> str:
    texts = PAGE_TEXTS[language]
    drifted = [test for test in report.tests if test.drifted]
    if not drifted:
        words = texts["nothing"] if report.tests else texts["no_tests"]
        return f"<p>{escape(words)}</p>"
    key = (
        f'<span class="key" style="background:var(--reference)"></span>{escape(texts["in_reference"])}'
        f'<span class="key" style="background:var(--window)"></span>{escape(texts["in_window"])}'
    )
    cards = "".join(_card(report, test, language) for test in drifted)
    return f'<h2>{escape(texts["drifted"])}<small>{key}</small></h2><div class="cards">{cards}</div>'


def _card(report: DriftReport, test: DriftTest, language: Language) -> str:
    texts = PAGE_TEXTS[language]
    shown = next(item for item in report.comparisons if (item.stream, item.variable) == (test.stream, test.variable))
    drawing = chart(shown, legend=(texts["in_reference"], texts["in_window"]), other=texts["other"])
    sizes = f"PSI {shown.population_stability_index:.2f} · JS {shown.jensen_shannon:.2f} · p {_p(test.p_adjusted)}"
    return (
        f"<figure><figcaption>{escape(_capital(change(shown, language)))}"
        f"<small>{escape(STREAMS[test.stream][language])} · {escape(sizes)}</small></figcaption>{drawing}</figure>"
    )


def _unchanged(report: DriftReport, language: Language) -> str:
    texts = PAGE_TEXTS[language]
    rest = [test for test in report.tests if not test.drifted]
    if not rest:
        return ""
    rows = "".join(
        f"<tr><td>{escape(variable(test.variable, language))}</td><td>{escape(STREAMS[test.stream][language])}</td>"
        f'<td class="number">{test.effect:.2f}</td><td class="number">{_p(test.p_adjusted)}</td>'
        f"<td>{escape(translated(test.method, language))}</td></tr>"
        for test in rest
    )
    return (
        f"<h2>{escape(texts['others'])}</h2><table><thead><tr><th>{escape(texts['variable'])}</th>"
        f'<th>{escape(texts["stream"])}</th><th class="number">{escape(texts["effect"])}</th>'
        f'<th class="number">{escape(texts["p"])}</th><th>{escape(texts["method"])}</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _not_tested(report: DriftReport, language: Language) -> str:
    texts = PAGE_TEXTS[language]
    if not report.not_tested:
        return ""
    items = "; ".join(
        f"{variable(item.variable, language)} ({translated(item.reason, language)})" for item in report.not_tested
    )
    return f"<h2>{escape(texts['not_tested'])}</h2><p>{escape(items)}</p>"


def _minute(moment: str) -> str:
    return moment[:16].replace("T", " ")


def _p(value: float) -> str:
    return f"{value:.3f}" if value >= 0.001 else "< 0.001"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
