"""What was done, why, and after which edition: JSON and CSV beside the files, without any identifier of the source."""

import csv
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

from cauce.dataset.deidentify.cleaner import Change
from cauce.dataset.deidentify.journal import Outcome
from cauce.dataset.deidentify.policy import Policy
from cauce.store.atomic import write_bytes

JSON_NAME = "deidentification.json"
ACTIONS_NAME = "deidentification_actions.csv"
INSTANCES_NAME = "deidentification_instances.csv"

_ACTION_COLUMNS = ("tag", "keyword", "action", "why", "attributes")

NOT_DONE = (
    "No text recognition: instances whose kind often shows burned-in text are quarantined instead.",
    "Recognizable visual features (a face in a head CT or MR) are not removed; option 113102 is not claimed.",
    "Times of day are kept under modified dates; whole days are shifted.",
)


def summary(outcomes: list[Outcome], policy: Policy) -> dict[str, Any]:
    """Counts and settings of a run, for people and programs."""
    status = Counter(outcome.status for outcome in outcomes)
    reasons = Counter((outcome.code, outcome.reason) for outcome in outcomes if outcome.status == "quarantined")
    return {
        "edition": policy.edition,
        "method_codes": [{"code": code, "scheme": "DCM", "meaning": meaning} for code, meaning in policy.codes],
        "dates": policy.dates.value,
        "files": len(outcomes),
        "passed": status["passed"], "duplicates": status["duplicate"], "quarantined": status["quarantined"],
        "patients": len({outcome.output.split("/")[0] for outcome in outcomes if outcome.output}),
        "studies": len({"/".join(outcome.output.split("/")[:2]) for outcome in outcomes if outcome.output}),
        "quarantine": [{"code": code, "reason": reason, "files": count} for (code, reason), count in reasons.most_common()],
        "not_done": list(NOT_DONE),
    }


def write_report(folder: Path, outcomes: list[Outcome], policy: Policy) -> dict[str, Any]:
    """Write the three files of the report; gives the summary."""
    made = summary(outcomes, policy)
    actions = _actions(outcomes)
    document = {**made, "actions": [dict(zip(_ACTION_COLUMNS, row, strict=True)) for row in actions]}
    write_bytes(folder / JSON_NAME, (json.dumps(document, indent=1, sort_keys=False) + "\n").encode())
    write_bytes(folder / ACTIONS_NAME, _csv(_ACTION_COLUMNS, actions))
    rows = [(o.item, o.status, o.output, o.sha256, o.code, o.reason) for o in sorted(outcomes, key=lambda o: o.item)]
    write_bytes(folder / INSTANCES_NAME, _csv(("item", "status", "output", "sha256", "code", "reason"), rows))
    return made


def _actions(outcomes: list[Outcome]) -> list[tuple[str | int, ...]]:
    """One row for each attribute, action and reason; private attributes are counted together, their tags can tell a site."""
    total: Counter[Change] = Counter()
    for outcome in outcomes:
        for (tag, keyword, action, why), count in outcome.changes.items():
            known = keyword or why in ("safe private",)
            total[(tag if known else "", keyword, action, why)] += count
    return [(*change, count) for change, count in sorted(total.items())]


def _csv(header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return stream.getvalue().encode()
