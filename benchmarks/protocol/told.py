"""What a bench tells people: medians, extents, goals."""

from typing import Any


def text(document: dict[str, Any]) -> str:
    """A few lines on the document of `protocol.rounds.measure`."""
    if not document["correct"]:
        return f"{document['name']}: cauce's result differs from the reference; nothing was timed"
    ours, note = document["cauce_s"], "" if document["stable"] else ", UNSTABLE"
    lines = [f"{document['name']}: {document['workload']}, {document['repeats']} rounds{note}"]
    for name, times in document["rounds_s"].items():
        median = {"cauce": ours, "limit": document["limit_s"], **document["peers"]}[name]
        extent = f"({times['min'] * 1e3:.1f} to {times['max'] * 1e3:.1f})"
        lines.append(f"  {name:10} {median * 1e3:8.1f} ms {extent:20} {median / ours:6.2f}×")
    lines += [f"  {name:10} not installed" for name in document["not_installed"]]
    lines += [f"  {name:10} differs from the reference: {how}" for name, how in document["wrong_peers"].items()]
    words = {True: "met", False: "not met", None: "not judged"}
    for goal in document["goals"]:
        bound = f"≥ {goal['at_least']:g}" if "at_least" in goal else f"≤ {goal['at_most']:g}"
        ratio = "" if goal["ratio"] is None else f"{goal['ratio']:.2f}, "
        lines.append(f"  goal {bound} against {goal['against']}: {ratio}{words[goal['met']]}")
    return "\n".join(lines)
