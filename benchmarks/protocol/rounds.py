"""Interleaved rounds, and the document that `cauce bench NAME --json` prints."""

import gc
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter, sleep
from typing import Any

UNSTABLE = 1.5
"""Ratio of the longest to the shortest repeat beyond which a median is not published."""
LEAST_REPEATS = 5


@dataclass(frozen=True)
class Bench:
    """Callables that do the same work.

    Attributes:
        ours, limit, peers: each called without arguments; its result is dropped before the next is timed.
        goals: groups of peers → least ratio of the fastest of them over cauce; judged when all of a group are installed.
        limit_goal: largest ratio of cauce over the limit.
        correct: was cauce's result equal to the reference?
        wrong_peers: peers whose result differs from the reference in their own definition, with how; they are not timed.
    """

    name: str
    workload: str
    ours: Callable[[], object]
    limit: Callable[[], object]
    peers: dict[str, Callable[[], object]]
    goals: dict[tuple[str, ...], float]
    limit_goal: float
    not_installed: tuple[str, ...]
    wrong_peers: dict[str, str]
    correct: bool


def measure(bench: Bench, *, repeats: int, attempts: int = 3, pause_s: float = 0.0) -> dict[str, Any]:
    """Time one warm-up and `repeats` rounds (forward, then reversed); again while unstable, at most `attempts` times."""
    document: dict[str, Any] = {"name": bench.name, "workload": bench.workload, "correct": bench.correct}
    if not bench.correct:
        return document | {"not_installed": list(bench.not_installed)}
    for attempt in range(1, attempts + 1):
        seconds = _rounds(bench, repeats, pause_s)
        if _is_stable(seconds, bench) or attempt == attempts:
            return document | _summary(bench, seconds, repeats) | {"attempts": attempt}
    raise ValueError("attempts must be at least 1")


def _rounds(bench: Bench, repeats: int, pause_s: float) -> dict[str, list[float]]:
    work = {"cauce": bench.ours, **bench.peers, "limit": bench.limit}
    for call in work.values():
        call()
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for round_number in range(repeats):
        for name in list(work)[:: 1 if round_number % 2 == 0 else -1]:
            gc.collect()
            started = perf_counter()
            result = work[name]()
            seconds[name].append(perf_counter() - started)
            del result
        sleep(pause_s)
    return seconds


def _is_stable(seconds: dict[str, list[float]], bench: Bench) -> bool:
    """Product and best peer; the others decide nothing."""
    best = min(bench.peers, key=lambda name: statistics.median(seconds[name]), default="cauce")
    return max(spread(seconds["cauce"]), spread(seconds[best])) <= UNSTABLE


def spread(values: list[float]) -> float:
    """Longest over shortest."""
    return max(values) / min(values)


def _summary(bench: Bench, seconds: dict[str, list[float]], repeats: int) -> dict[str, Any]:
    median = {name: statistics.median(values) for name, values in seconds.items()}
    ours, best = median["cauce"], min((median[name] for name in bench.peers), default=None)
    return {
        "cauce_s": ours, "peers": {name: median[name] for name in bench.peers}, "limit_s": median["limit"],
        "ratio_best_peer": best / ours if best is not None else None, "ratio_limit": ours / median["limit"], "repeats": repeats,
        "not_installed": list(bench.not_installed), "wrong_peers": bench.wrong_peers,
        "stable": _is_stable(seconds, bench), "goals": _judge(bench, median, may_meet=repeats >= LEAST_REPEATS),
        "rounds_s": {name: {"min": min(values), "max": max(values), "all": values} for name, values in seconds.items()},
    }


def _judge(bench: Bench, median: dict[str, float], *, may_meet: bool) -> list[dict[str, Any]]:
    """One row for each goal; `met` is None where a peer is missing or the rounds are too few to tell."""
    rows = []
    for peers, least in bench.goals.items():
        there = [median[peer] for peer in peers if peer in median]
        complete = may_meet and len(there) == len(peers)
        ratio = min(there) / median["cauce"] if there else None
        rows.append({"against": " and ".join(peers), "at_least": least, "ratio": ratio,
                     "met": ratio >= least if complete and ratio is not None else None})
    ratio = median["cauce"] / median["limit"]
    met = ratio <= bench.limit_goal if may_meet else None
    return [*rows, {"against": "limit", "at_most": bench.limit_goal, "ratio": ratio, "met": met}]
