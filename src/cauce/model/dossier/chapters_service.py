"""Chapters 12 to 19: oversight, verification, security, risk, use in a hospital, monitoring, limits, changes."""

from cauce.domain.estimate import EstimateStatus
from cauce.model.dossier.document import Cell, Chapter, Facts, Prose, Section, Table
from cauce.model.dossier.inputs import Evidence
from cauce.model.dossier.parts import ALIASES, BUNDLE, blank, section
from cauce.model.dossier.words import Words


def oversight(evidence: Evidence, words: Words) -> Chapter:
    """What a reader sees, and what remains for people."""
    return Chapter(words("chapter.oversight"), (
        section(words, "oversight.main", Prose(words("oversight_note")), blank(evidence, words, "oversight"),
                blank(evidence, words, "instructions")),
        section(words, "oversight.explain", Prose(words("mask_explain_note" if evidence.segments else "explain_note")),
                blank(evidence, words, "explainability")),
    ))


def verification(evidence: Evidence, words: Words) -> Chapter:
    """Tests that the software itself makes at every load, and the trace matrix that people keep."""
    return Chapter(words("chapter.verification"), (
        section(words, "verification.main", Prose(words("verification_note")), blank(evidence, words, "verification")),
    ))


def security(evidence: Evidence, words: Words) -> Chapter:
    """Digests, signatures, and the threat model that people keep."""
    rows: list[tuple[Cell, ...]] = [
        (f"{each.name}-{each.version}", words.count(len(each.files), f"R{each.version}", "files"), each.public_key[:16],
         each.digest()[:16]) for each in evidence.releases]
    header = (words("label.release"), words("label.files"), words("label.public_key"), words("label.digest"))
    return Chapter(words("chapter.security"), (
        section(words, "security.main", Prose(words("security_note")),
                Table(words("table.releases"), header, tuple(rows)) if rows else Prose(words("no_release")),
                blank(evidence, words, "threats")),
    ))


def risk(evidence: Evidence, words: Words) -> Chapter:
    """What only the risk file knows."""
    return Chapter(words("chapter.risk"), (section(words, "risk.main", blank(evidence, words, "hazards")),))


def deployment(evidence: Evidence, words: Words) -> Chapter:
    """Releases with their approvals."""
    rows: list[tuple[Cell, ...]] = []
    for release in evidence.releases:
        approval = release.approval
        rows.append((f"{release.name}-{release.version}", approval.by, approval.role, approval.at[:16].replace("T", " "),
                     approval.comment or "–"))
    header = (words("label.release"), words("label.by"), words("label.role"), words("label.when"), words("label.comment"))
    return Chapter(words("chapter.deployment"), (
        section(words, "deployment.main", Table(words("table.approvals"), header, tuple(rows), wide=4) if rows
                else Prose(words("no_release")), blank(evidence, words, "acceptance")),
    ))


def monitoring(evidence: Evidence, words: Words) -> Chapter:
    """The reference that drift is measured against, and the plan that people keep."""
    reference = evidence.bundle.reference
    return Chapter(words("chapter.monitoring"), (
        section(words, "monitoring.main", Prose(words("monitoring_note")), Facts((
            (words("label.reference_partition"), words.or_same("partition", reference.partition)),
            (words("label.patients"), words.count(reference.n_patients, BUNDLE, "reference/n_patients")),
            (words("label.watched"), words.count(len(reference.acquisition) + len(reference.image) + 1, BUNDLE, "reference")),
        )), blank(evidence, words, "monitoring")),
    ))


def limits(evidence: Evidence, words: Words) -> Chapter:
    """What the records themselves show as a limit, and what people must add."""
    report = evidence.report
    found = [words("limit.internal")] if not evidence.split.external else []
    if report.opening.number > 1:
        found.append(words("limit.openings", n=report.opening.number))
    small = sum(each.status is EstimateStatus.INSUFFICIENT for group in report.subgroups for each in group.metrics)
    if small:
        found.append(words("limit.subgroups", n=small))
    if evidence.audit.n_copies_inside:
        found.append(words("limit.copies", n=evidence.audit.n_copies_inside))
    if report.missing:
        found.append(words("limit.missing", n=report.missing))
    found += [words(f"limit.{key}") for key in (("empty", "corruptions") if evidence.segments
                                                else ("prevalence", "corruptions", "tune"))]
    return Chapter(words("chapter.limits"), (
        section(words, "limits.main", Prose(words("limits_note")), *(Prose(f"– {each}") for each in found),
                blank(evidence, words, "limitations"), blank(evidence, words, "implications"),
                blank(evidence, words, "involvement")),
    ))


def changes(evidence: Evidence, words: Words) -> Chapter:
    """Every move of an alias of this model, with what the promotion guard said."""
    return Chapter(words("chapter.changes"), (_aliases(evidence, words),))


def _aliases(evidence: Evidence, words: Words) -> Section:
    rows: list[tuple[Cell, ...]] = []
    for change in evidence.changes:
        guard = words("guard_none") if change.shift is None and not change.objection else words("guard_passed")
        if change.objection:
            guard = words("guard_overridden", objection=change.objection, reason=change.override)
        rows.append((words.count(change.number, ALIASES, f"{change.number}/number"), change.at[:16].replace("T", " "),
                     change.alias.value, words.count(change.version, ALIASES, f"{change.number}/version"), change.who,
                     change.why, guard))
    header = ("#", words("label.when"), words("label.alias"), words("label.version"), words("label.by"), words("label.why"),
              words("label.guard"))
    return section(words, "changes.main", Prose(words("changes_note")),
                   Table(words("table.changes"), header, tuple(rows), wide=6) if rows else Prose(words("no_changes")))
