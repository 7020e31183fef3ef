"""Chapters 5 to 7: how the model was made, what was fixed before the test set was opened, what it is measured against."""

from typing import Any

from cauce.domain.experiment import Trial
from cauce.metrics.cases import Cases
from cauce.model.dossier.document import Cell, Chapter, Facts, Figure, Prose, Section, Table
from cauce.model.dossier.figures import learning
from cauce.model.dossier.inputs import Evidence
from cauce.model.dossier.parts import BUNDLE, EVALUATION, LEDGER, SEARCH, blank, section
from cauce.model.dossier.words import Words


def training(evidence: Evidence, words: Words) -> Chapter:
    """Architecture, preprocessing, settings, search, choice, computing."""
    spec, trial = evidence.search.spec, evidence.trial
    recipe: dict[str, Any] = (spec.volume or spec.preprocess).model_dump(mode="json")
    settings = trial.settings.model_dump(mode="json")
    return Chapter(words("chapter.training"), (
        section(words, "training.architecture", Prose(words("architecture_note", n=evidence.model.n_members)), Facts((
            (words("label.network"), evidence.model.network.value),
            (words("label.parameters"), words.count(evidence.model.n_parameters, BUNDLE, "card/n_parameters")),
            (words("label.members"), words.count(evidence.model.n_members, BUNDLE, "card/n_members")),
            (words("label.initial"), words("initial_note", seeds=", ".join(str(run.seed) for run in trial.runs))),
        ))),
        section(words, "training.preprocessing", Prose(words("preprocessing_note")),
                _settings(recipe, "spec/preprocess", words)),
        section(words, "training.settings", _settings(settings, "trials/settings", words)),
        _search(evidence, words), _computing(evidence, words),
    ))


def _settings(values: dict[str, Any], path: str, words: Words) -> Facts:
    return Facts(tuple((words.or_same("setting", key), _told(value, f"{path}/{key}", words)) for key, value in values.items()))


def _told(value: object, path: str, words: Words) -> Cell:
    if isinstance(value, bool) or value is None:
        return words("yes" if value else "none")
    if isinstance(value, int):
        return words.count(value, SEARCH, path)
    if isinstance(value, float):
        digits = max(1, len(f"{value:.10f}".rstrip("0").split(".")[1]))
        return words.real(value, digits, SEARCH, path)
    if isinstance(value, list):
        return " × ".join(f"{each:g}" if isinstance(each, int | float) else str(each) for each in value)
    return str(value)


def _search(evidence: Evidence, words: Words) -> Section:
    search, kept = evidence.search, evidence.selection.trial
    metric = search.spec.task.metric.word
    order = sorted(range(len(search.trials)), key=lambda number: -(search.trials[number].score or 0.0))
    rows = tuple(_trial(search.trials[number], number, is_kept=number == kept, words=words) for number in order)
    header = (words("label.configuration"), words("label.mean", metric=metric), words("label.deviation"), words("label.worst"),
              words("label.kept"))
    curves = learning(evidence.trial, words)
    return section(
        words, "training.search", Prose(words("search_note", n=len(search.trials), folds=len(evidence.trial.runs))),
        Table(words("table.search"), header, rows), Prose(evidence.selection.reason),
        Figure(words("figure.learning", metric=metric), curves, SEARCH) if curves else None,
    )


def _trial(trial: Trial, number: int, *, is_kept: bool, words: Words) -> tuple[Cell, ...]:
    def cell(name: str) -> Cell:
        value = getattr(trial, name)
        return "–" if value is None else words.real(value, 4, SEARCH, f"trials/{number}/{name}")

    return (trial.name, cell("mean"), cell("standard_deviation"), cell("worst"), words("yes") if is_kept else "")


def _computing(evidence: Evidence, words: Words) -> Section:
    rows = tuple((
        words("fold", n=run.fold + 1), words.count(run.n_train, f"F{run.fold + 1}", "n_train"),
        words.count(run.n_validation, f"F{run.fold + 1}", "n_validation"),
        "–" if run.score is None else words.real(run.score, 4, f"F{run.fold + 1}", f"validation_{run.metric.value}"),
        words.real(run.seconds, 0, f"F{run.fold + 1}", "seconds"), f"{run.device}, {run.precision}",
        run.tracking_run_id[:12] or "–",
    ) for run in evidence.trial.runs)
    header = (words("label.fold"), words("label.train_images"), words("label.validation_images"),
              words("label.score"), words("label.seconds"), words("label.device"), words("label.run"))
    return section(words, "training.computing", Table(words("table.runs"), header, rows, wide=5),
                   Facts(((words("label.parity"), words.real(evidence.model.parity, 9, BUNDLE, "card/parity")),
                          (words("label.cauce"), evidence.model.cauce_version))), Prose(words("parity_note")))


def plan(evidence: Evidence, words: Words) -> Chapter:
    """The digests that were fixed before the first opening, the openings, and the precision that the sample gives."""
    model, point = evidence.model, evidence.model.operating_point
    words_of_point = ((words("fixed.threshold"), words.target(point.target), model.bundle[:16]),) if point else ()
    fixed = (
        (words("fixed.question"), evidence.search.spec.question, model.search[:16]),
        (words("fixed.split"), words("fixed.split_what"), model.split[:16]),
        (words("fixed.selection"), evidence.trial.name, model.selection[:16]),
        *words_of_point,
        (words("fixed.weights"), words("fixed.weights_what"), model.bundle[:16]),
    )
    openings = tuple((words.count(each.number, LEDGER, f"{each.number}/number"), each.at[:16].replace("T", " "), each.who,
                      each.why, each.model[:12], each.digest()[:12]) for each in evidence.openings)
    header = ("#", words("label.when"), words("label.by"), words("label.why"), words("label.model"), words("label.entry"))
    first = evidence.report.opening
    return Chapter(words("chapter.plan"), (
        section(words, "plan.locked", Prose(words("locked_note", model=first.model[:16], entry=first.digest()[:16])),
                Table(words("table.fixed"), (words("label.what"), words("label.content"), words("label.digest")), fixed,
                      wide=1),
                blank(evidence, words, "hypothesis"), blank(evidence, words, "registration")),
        section(words, "plan.openings", Prose(words("openings_note", n=len(evidence.openings))),
                Table(words("table.openings"), header, openings, wide=3)),
        _precision(evidence, words),
    ))


def _precision(evidence: Evidence, words: Words) -> Section:
    rows: list[tuple[Cell, ...]] = []
    for each in evidence.report.metrics:
        if each.value is not None and each.lower is not None and each.upper is not None:
            rows.append((words.or_same("metric", each.name),
                         words.count(each.n_patients, EVALUATION, f"{each.name}/n_patients"),
                         words.real((each.upper - each.lower) / 2, 3, EVALUATION, f"{each.name}: half of the interval")))
    header = (words("label.metric"), words("label.patients"), words("label.half_width"))
    return section(words, "plan.precision", Prose(_sample(evidence, words)),
                   Table(words("table.precision"), header, tuple(rows)))


def _sample(evidence: Evidence, words: Words) -> str:
    report = evidence.report
    if evidence.segments:
        return words("mask_sample_note", images=words.whole(report.n_instances), patients=words.whole(report.n_patients))
    cases: Cases = evidence.cases
    return words("sample_note", patients=words.whole(cases.n_patients), images=words.whole(len(cases)),
                   positive=words.whole(cases.patients_with(cases.positive)),
                   negative=words.whole(cases.patients_with(~cases.positive)))


def reference(evidence: Evidence, words: Words) -> Chapter:
    """What counts as truth, and who said so."""
    standard = evidence.cohort.spec.reference
    rows: list[tuple[str, Cell]] = [
        (words("label.reference_source"), standard.source),
        (words("label.kind"), words.or_same("reference", standard.kind.value)),
        (words("label.finding"), f"{standard.finding.meaning} ({standard.finding.scheme} {standard.finding.value})"),
    ]
    if standard.positive:
        rows += [(words("label.positive"), ", ".join(standard.positive)),
                 (words("label.negative"), ", ".join(standard.negative))]
    if standard.classes:
        rows.append((words("label.classes"), ", ".join(standard.classes)))
    return Chapter(words("chapter.reference"), (
        section(words, "reference.main", Facts(tuple(rows)), blank(evidence, words, "rationale")),
        section(words, "reference.readers", blank(evidence, words, "annotators"), blank(evidence, words, "reader_agreement")),
    ))
