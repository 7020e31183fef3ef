"""Chapters 1 to 3: which model this is, what it is for, how it is regulated."""

from cauce.model.dossier.document import Cell, Chapter, Facts, Figure, Prose
from cauce.model.dossier.inputs import Evidence
from cauce.model.dossier.parts import BUNDLE, blank, section
from cauce.model.dossier.words import Words
from cauce.model.lineage import ENGLISH, lineage, picture


def identity(evidence: Evidence, words: Words) -> Chapter:
    """Name, digest, versions, lineage, signatures."""
    model, inputs = evidence.model, evidence.inputs
    aliases = {change.alias: change for change in evidence.changes}
    now = ", ".join(sorted(alias.value for alias, change in aliases.items() if change.bundle == inputs.bundle))
    rows: list[tuple[str, Cell]] = [
        (words("label.name"), model.name),
        (words("label.version"), "–" if inputs.version is None else str(inputs.version)),
        (words("label.aliases"), now or words("none")),
        (words("label.bundle"), model.bundle),
        (words("label.task"), words.or_same("task", model.contract.task.value)),
        (words("label.network"), f"{model.n_members} × {model.network.value}"),
        (words("label.parameters"), words.count(model.n_parameters, BUNDLE, "card/n_parameters")),
        (words("label.evaluated"), evidence.report.opening.at[:16].replace("T", " ") + " UTC"),
        (words("label.cauce"), model.cauce_version),
    ]
    line = lineage(evidence.workspace, evidence.registered, evidence.report, evidence.releases,
                   {key: words(f"lineage.{key}") for key in ENGLISH})
    drawn = picture(line, {key: words(f"lineage.{key}") for key in ENGLISH})
    return Chapter(words("chapter.identity"), (
        section(words, "identity.model", Facts(tuple(rows))),
        section(words, "identity.lineage", Prose(words("lineage_note")), Figure(words("figure.lineage"), drawn, BUNDLE)),
        section(words, "identity.people", blank(evidence, words, "author"), blank(evidence, words, "reviewer"),
                blank(evidence, words, "container"), blank(evidence, words, "funding")),
    ))


def intended_use(evidence: Evidence, words: Words) -> Chapter:
    """The developer's statement, the input that the software accepts, and what people must add."""
    contract = evidence.model.contract
    low, high = contract.minimum_age_years, contract.maximum_age_years
    ages = f"{'' if low is None else f'≥ {low:g}'} {'' if high is None else f'≤ {high:g}'}".strip()
    rows: list[tuple[str, Cell]] = [
        (words("label.finding"), f"{contract.reference.finding.meaning} ({contract.reference.finding.scheme} "
                                 f"{contract.reference.finding.value})"),
        (words("label.modalities"), ", ".join(contract.modalities) or words("any")),
        (words("label.body_parts"), ", ".join(contract.body_parts) or words("any")),
        (words("label.views"), ", ".join(contract.views) or words("any")),
        (words("label.ages"), ages or words("any")),
        (words("label.minimum_rows"), words.count(contract.minimum_rows, BUNDLE, "contract/minimum_rows")),
    ]
    return Chapter(words("chapter.use"), (
        section(words, "use.statement", Prose(evidence.model.intended_use),
                Prose(words("question", text=evidence.search.spec.question)),
                blank(evidence, words, "users"), blank(evidence, words, "population")),
        section(words, "use.input", Prose(words("input_note")), Facts(tuple(rows))),
        section(words, "use.limits", blank(evidence, words, "contraindications"), blank(evidence, words, "misuse")),
    ))


def regulation(evidence: Evidence, words: Words) -> Chapter:
    """What only the regulatory owner knows."""
    return Chapter(words("chapter.regulation"), (
        section(words, "class.main", blank(evidence, words, "class"), blank(evidence, words, "standards"),
                blank(evidence, words, "changes_planned"), blank(evidence, words, "conformity")),
    ))
