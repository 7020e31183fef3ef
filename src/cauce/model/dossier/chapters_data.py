"""Chapter 4: where the images come from, who was left out and why, who stands in which partition, and nobody in two."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from cauce.domain.split import Partition
from cauce.domain.study import InstanceRow
from cauce.model.dossier.document import Cell, Chapter, Facts, Figure, Prose, Section, Table
from cauce.model.dossier.figures import flow
from cauce.model.dossier.inputs import Evidence
from cauce.model.dossier.parts import AUDIT, COHORT, SPLIT, TABLE, blank, section
from cauce.model.dossier.words import Words
from cauce.store.reference_distribution import UNKNOWN, acquisition_tags

_VARIABLES = ("sex", "age_band", "origin", "vendor", "view", "modality", "body_part")
_SETTINGS = ("pixel_spacing_mm", "bits_stored", "KVP", "SliceThickness", "MagneticFieldStrength", "PresentationIntentType")
_MOST_VALUES = 12


def data(evidence: Evidence, words: Words) -> Chapter:
    """The whole chapter."""
    return Chapter(words("chapter.data"), (
        _sources(evidence, words), _flow(evidence, words), _demographics(evidence, words), _acquisition(evidence, words),
        section(words, "data.privacy", Prose(words("privacy_note")), blank(evidence, words, "ethics")),
        _missing(evidence, words), _leakage(evidence, words),
    ))


def _sources(evidence: Evidence, words: Words) -> Section:
    spec = evidence.cohort.spec
    rows: list[tuple[str, Cell]] = [
        (words("label.cohort"), evidence.cohort.name), (words("label.description"), spec.description),
        (words("label.licence"), spec.licence), (words("label.source_kind"), words.or_same("source", spec.source.kind.value)),
        (words("label.patients"), words.count(evidence.cohort.n_patients, COHORT, "n_patients")),
        (words("label.studies"), words.count(evidence.cohort.n_studies, COHORT, "n_studies")),
        (words("label.images"), words.count(evidence.cohort.n_instances, COHORT, "n_instances")),
    ]
    return section(words, "data.sources", Facts(tuple(rows)), blank(evidence, words, "study_design"),
                   blank(evidence, words, "data_dates"))


def _flow(evidence: Evidence, words: Words) -> Section:
    cohort, split = evidence.cohort, evidence.split
    reasons = Counter[str]()
    for exclusion in cohort.exclusions:
        reasons[exclusion.code] += exclusion.files
    left_out, include = sum(reasons.values()), cohort.spec.include
    boxes = (
        (words("flow.files"), words.whole(cohort.n_instances + left_out)), (words("flow.excluded"), words.whole(left_out)),
        (words("flow.included"), words("flow.images", n=words.whole(cohort.n_instances)),
         words("flow.patients", n=words.whole(cohort.n_patients))),
    )
    by_partition = _by_partition(evidence)
    parts = [(words(f"partition.{part.value}"), words("flow.patients", n=words.whole(len(split.patients(part)))),
              words("flow.images", n=words.whole(len(by_partition[part])))) for part in split.partitions()]
    criteria: list[tuple[str, Cell]] = [
        (words("label.modalities"), ", ".join(include.modalities) or words("any")),
        (words("label.body_parts"), ", ".join(include.body_parts) or words("any")),
        (words("label.views"), ", ".join(include.views) or words("any")),
        (words("label.minimum_rows"), words.count(include.minimum_rows, COHORT, "spec/include/minimum_rows")),
    ]
    excluded = tuple((words.or_same("exclusion", code), words.share(count, cohort.n_instances + left_out, COHORT, "exclusions"))
                     for code, count in reasons.most_common())
    table = Table(words("table.exclusions"), (words("label.reason"), words("label.files")), excluded) if excluded else None
    return section(words, "data.flow", Prose(words("criteria_note")), Facts(tuple(criteria)),
                   Figure(words("figure.flow"), flow(boxes, parts), SPLIT), table or Prose(words("nothing_excluded")))


def _demographics(evidence: Evidence, words: Words) -> Section:
    by_partition = _by_partition(evidence)
    header = (words("label.variable"), words("label.value"), *(words(f"partition.{part.value}") for part in by_partition))
    rows: list[tuple[Cell, ...]] = [
        (words("label.patients"), "", *(words.count(len(evidence.split.patients(part)), SPLIT, part.value)
                                         for part in by_partition)),
        (words("label.images"), "", *(words.count(len(found), TABLE, f"images of {part.value}")
                                       for part, found in by_partition.items())),
    ]
    positive = evidence.cohort.spec.reference.positive
    if positive:
        rows.append((words("label.with_finding"), "", *(
            words.share(sum(row.label in positive for row in found), len(found), TABLE, f"label of {part.value}")
            for part, found in by_partition.items())))
    rows += _ages(by_partition, words)
    tags = {part: [acquisition_tags(row.acquisition) for row in found] for part, found in by_partition.items()}
    for variable in _VARIABLES:
        rows += _values(variable, tags, words)
    return section(words, "data.partitions", Prose(words("partitions_note", seed=evidence.split.policy.seed,
                                                         strata=", ".join(words.or_same("variable", each.value).lower()
                                                                          for each in evidence.split.policy.balance))),
                   Table(words("table.demographics"), header, tuple(rows), wide=1))


def _values(variable: str, tags: dict[Partition, list[dict[str, str]]], words: Words) -> Iterator[tuple[Cell, ...]]:
    counts = {part: Counter(tag[variable] for tag in found) for part, found in tags.items()}
    total = sum(counts.values(), Counter[str]())
    if set(total) <= {UNKNOWN}:
        return
    for number, value in enumerate(sorted(total, key=lambda each: (-total[each], each))[:_MOST_VALUES]):
        yield (words.or_same("variable", variable) if number == 0 else "", words.or_same("value", value), *(
            words.share(counts[part][value], len(found), TABLE, f"{variable} = {value} of {part.value}")
            for part, found in tags.items()))


def _ages(by_partition: dict[Partition, list[InstanceRow]], words: Words) -> Iterator[tuple[Cell, ...]]:
    ages = {part: [row.acquisition.age_years for row in found if row.acquisition.age_years is not None]
            for part, found in by_partition.items()}
    if all(ages.values()):
        yield (words("label.age_median"), "", *(
            words.real(float(np.median(found)), 0, TABLE, f"median age of {part.value}") for part, found in ages.items()))


def _acquisition(evidence: Evidence, words: Words) -> Section:
    tags = [acquisition_tags(row.acquisition) for row in evidence.rows]
    rows: list[tuple[Cell, ...]] = []
    for name in _SETTINGS:
        found = Counter(tag.get(name, UNKNOWN) for tag in tags)
        if set(found) <= {UNKNOWN}:
            continue
        told = ", ".join(f"{words.or_same('value', value)} ({count})" for value, count in sorted(
            found.items(), key=lambda item: (-item[1], item[0]))[:6])
        rows.append((words.or_same("variable", name), told, words.count(len(found), TABLE, f"values of {name}")))
    header = (words("label.setting"), words("label.most_frequent"), words("label.values"))
    return section(words, "data.acquisition", Prose(words("acquisition_note")),
                   Table(words("table.acquisition"), header, tuple(rows), wide=1) if rows else None)


def _missing(evidence: Evidence, words: Words) -> Section:
    report = evidence.report
    unlabelled = sum(row.label is None and not row.labels and not row.readings for row in evidence.rows)
    return section(words, "data.missing", Prose(words("missing_note")), Facts((
        (words("label.unlabelled"), words.share(unlabelled, len(evidence.rows), TABLE, "rows without a label")),
        (words("label.no_prediction"), words.share(report.missing, report.n_instances, "E", "missing")),
    )))


def _leakage(evidence: Evidence, words: Words) -> Section:
    audit = evidence.audit
    rows: list[tuple[Cell, ...]] = [(words.or_same("leak", kind.value), words.count(count, AUDIT, f"counts/{kind.value}"))
                                    for kind, count in audit.counts.items()]
    rows += [(words("label.copies_inside"), words.count(audit.n_copies_inside, AUDIT, "n_copies_inside")),
             (words("label.label_conflicts"), words.count(len(audit.label_conflicts), AUDIT, "label_conflicts"))]
    told = words("leakage_passed" if audit.passed else "leakage_failed", n=words.whole(audit.n_instances),
                 patients=words.whole(audit.n_patients))
    return section(words, "data.leakage", Prose(told),
                   Table(words("table.leakage"), (words("label.shared"), words("label.number")), tuple(rows)))


def _by_partition(evidence: Evidence) -> dict[Partition, list[InstanceRow]]:
    partition_of = evidence.split.partition_of()
    found: dict[Partition, list[InstanceRow]] = {part: [] for part in evidence.split.partitions()}
    for row in evidence.rows:
        found[partition_of[row.patient_key]].append(row)
    return found
