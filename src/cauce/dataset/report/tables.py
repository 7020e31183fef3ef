"""Records → tables: sizes, balance, exclusions, agreement, audit, provenance."""

from collections import Counter
from collections.abc import Sequence

from cauce.dataset.balance_table import SizeRow
from cauce.dataset.report.balance import BalanceLine
from cauce.dataset.report.document import Note, Part, Section, Table, Tone, Verdict
from cauce.dataset.report.words import Words
from cauce.domain.audit import AuditReport, LeakKind
from cauce.domain.cohort import Cohort
from cauce.domain.estimate import Estimate
from cauce.domain.split import Split
from cauce.report.printable import printable

_LISTED_LEAKS = 5
_SHOWN_PATHS = 2


def partitions(sizes: Sequence[SizeRow], words: Words) -> Section:
    """How large each partition and fold is, against what was asked."""
    rows = tuple(
        (words.part(row.part), words.count(row.patients), words.count(row.instances), words.percent(row.share / 100),
         words.percent(row.target / 100)) for row in sizes
    )
    header = (words("part"), words("patients"), words("images"), words("share"), words("target"))
    return Section(words("partitions"), (Table(header, rows, numeric=(1, 2, 3, 4)),))


def balance(table: Sequence[BalanceLine], split: Split, words: Words) -> Section:
    """Each value of each stratum: its share in each partition, and the deviation from the target."""
    names = [partition.value for partition in split.partitions()]
    rows, worst = [], max((row.deviation for row in table), default=0.0)
    for row in table:
        rows.append((
            words(row.stratum), printable(words.value(row.stratum, row.value)), words.count(row.patients),
            words.percent(row.target / 100, 2), *(words.percent(row.shares[name] / 100, 2) for name in names),
            words("points", number=words.number(row.deviation, 2)), words("points", number=words.number(row.fold_deviation, 2)),
        ))
    header = (words("stratum"), words("value"), words("patients"), words("target"), *(words.part(name) for name in names),
              words("deviation_column"), words("folds"))
    bold = tuple(place for place, row in enumerate(table) if row.deviation == worst > 0)[:1]
    one = words.number(100 / max(len(split.test), 1), 2)
    table_part = Table(header, tuple(rows), numeric=tuple(range(2, len(header))), bold=bold)
    return Section(words("balance"), (table_part, Note(words("balance_note", pp=one))))


def exclusions(cohort: Cohort, words: Words) -> Section:
    """Excluded files by reason, the most frequent first, with one example of each."""
    if not cohort.exclusions:
        return Section(words("exclusions"), (Note(words("none_excluded")),))
    counts = Counter(exclusion.code for exclusion in cohort.exclusions)
    first = {exclusion.code: exclusion for exclusion in reversed(cohort.exclusions)}
    rows = tuple(
        (words.reason(code), words.count(count), printable(first[code].path), printable(first[code].reason))
        for code, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )
    header = (words("reason"), words("files"), words("example"), "")
    return Section(words("exclusions"), (Table(header, rows, numeric=(1,), code=(2,)),))


def spellings(cohort: Cohort, words: Words) -> Section | None:
    """Manufacturers as they were written and as they are counted; None where no spelling was changed."""
    if all(each.written == each.unified for each in cohort.vendor_spellings):
        return None
    rows = tuple(
        (printable(each.written), printable(each.unified), words.count(each.instances)) for each in cohort.vendor_spellings
    )
    header = (words("written"), words("unified"), words("images"))
    return Section(words("spellings"), (Table(header, rows, numeric=(2,)),))


def agreement(estimates: Sequence[tuple[str, str, Estimate]], words: Words) -> Section | None:
    """What readers agree on; None when there was one reader only. Each: what was read, by whom, how well they agree."""
    if not estimates:
        return None
    rows = tuple(
        (printable(what), printable(readers), _measure(found), _interval(found, words), words.count(found.n_patients),
         words.count(found.n_cases)) for what, readers, found in estimates
    )
    header = (words("what"), words("readers"), words("measure"), words("estimate"), words("patients"), words("cases"))
    methods = "; ".join(sorted({f"{found.name}: {found.method}" for _, _, found in estimates}))
    return Section(words("agreement"), (
        Table(header, rows, numeric=(4, 5)), Note(words("agreement_note", method=f"{printable_long(methods)}.")),
    ))


def audit(audits: Sequence[AuditReport], cohort: Cohort, split: Split | None, words: Words) -> Section:
    """Whether the sealed split shares anything, and whether the source's own partition does."""
    own = next((each for each in audits if each.partition_source == "split"), None)
    parts: list[Part] = []
    if own is None:
        key = "audit_unsplit" if split is None else "audit_missing"
        parts.append(Verdict(words(key, name=cohort.name), Tone.PLAIN if split is None else Tone.BAD))
    else:
        passed = "audit_passed" if LeakKind.PIXELS in own.counts else "audit_passed_table"
        parts.append(Verdict(words(passed if own.passed else "audit_failed"), Tone.GOOD if own.passed else Tone.BAD))
        parts.append(_counts(words("audit_of_split"), own, words))
        parts += _leaks(own, words)
    for other in audits:
        if other is not own:
            parts += [_counts(words("audit_of_source"), other, words), Verdict(*_of_source(other, words))]
            parts += _leaks(other, words)
    return Section(words("audit"), tuple(parts))


def _of_source(report: AuditReport, words: Words) -> tuple[str, Tone]:
    if report.passed:
        return words("source_passed"), Tone.GOOD
    crossing = report.counts.get(LeakKind.PATIENT, 0)
    if not crossing:
        return words("source_failed_other"), Tone.BAD
    share = words.percent(crossing / max(report.n_patients, 1))
    return words("source_failed", n=words.count(crossing), all=words.count(report.n_patients), share=share), Tone.BAD


def _counts(title: str, report: AuditReport, words: Words) -> Table:
    header = (*(words(kind.value) for kind in report.counts), words("conflicts"))
    row = (*(words.count(count) for count in report.counts.values()), words.count(len(report.label_conflicts)))
    return Table(header, (row,), title=title, numeric=tuple(range(len(header))))


def _leaks(report: AuditReport, words: Words) -> list[Part]:
    if not report.leaks:
        return []
    rows = tuple(
        (words(leak.kind.value), " | ".join(words.part(part) for part in leak.partitions),
         ", ".join(printable(path) for path in leak.paths[:_SHOWN_PATHS])) for leak in report.leaks[:_LISTED_LEAKS]
    )
    return [Table((words("shared"), words("between"), words("example")), rows, code=(2,))]


def provenance(cohort: Cohort, split: Split | None, words: Words) -> Section:
    """Digests and the seal: what makes the report about these very files."""
    reference, rows = cohort.spec.reference, [(words("reference"), printable_long(cohort.spec.reference.source))]
    if reference.positive:
        code = reference.finding
        positive = ", ".join(reference.positive)
        rows.append((words("positive"), printable_long(f"{positive}: {code.meaning} ({code.scheme} {code.value})")))
        rows.append((words("negative"), printable_long(", ".join(reference.negative))))
    rows += [
        (words("licence"), printable_long(cohort.spec.licence)), (words("cohort"), cohort.digest()),
        (words("table"), cohort.table_sha256),
        (words("seal"), split.digest() if split is not None else words("none")),
        (words("seed"), str(cohort.spec.split.seed)), (words("made_by"), f"cauce {cohort.cauce_version}"),
    ]
    if cohort.supersedes:
        rows.append((words("supersedes"), cohort.supersedes))
    return Section(words("provenance"), (Table((words("what"), words("value")), tuple(rows), code=(1,)),))


def printable_long(text: str) -> str:
    """Text of more than one line, every character of which can be printed."""
    words = text.split()
    lines: list[str] = [""]
    for word in words:
        if len(lines[-1]) + len(word) > 100:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return " ".join(printable(line) for line in lines)



def _measure(found: Estimate) -> str:
    return found.name if found.unit == "1" else f"{found.name} ({found.unit})"


def _interval(found: Estimate, words: Words) -> str:
    if found.value is None or found.lower is None or found.upper is None:
        return words("insufficient", n=found.n_patients)
    digits = 2 if found.unit == "1" else 1
    value, lower, upper = (words.number(each, digits) for each in (found.value, found.lower, found.upper))
    return f"{value} ({lower} – {upper})"
