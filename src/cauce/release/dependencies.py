"""What a release runs on: every distribution that its installation brings, in the versions that it was built with."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cauce.domain.errors import MissingExtraError


@dataclass(frozen=True, order=True)
class Dependency:
    """One distribution.

    Attributes:
        licence: as its metadata says it, an SPDX expression where it gives one; empty where it says nothing.
        needs: names of the distributions that it requires directly.
    """

    name: str
    version: str
    licence: str
    needs: tuple[str, ...]


def installed_closure(name: str, extra: str) -> tuple[Dependency, ...]:
    """`name[extra]` and all that it requires on this machine, sorted by name.

    Raises:
        MissingExtraError: something that it requires is not installed, so that nothing can be said of its version.
    """
    found: dict[str, Dependency] = {}
    waiting: list[tuple[str, frozenset[str]]] = [(canonicalize_name(name), frozenset({extra}))]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        wanted = waiting.pop()
        if wanted in seen:
            continue
        seen.add(wanted)
        here = _distribution(wanted[0], extra)
        needs = _required(here, wanted[1])
        before = found[wanted[0]].needs if wanted[0] in found else ()
        names = tuple(sorted({*before, *(need for need, _ in needs)}))
        found[wanted[0]] = Dependency(wanted[0], here.version, _licence(here), names)
        waiting += needs
    return tuple(sorted(found.values()))


def constraints(dependencies: Iterable[Dependency]) -> str:
    """The versions as a pip constraints file, without cauce itself, whose version the project file bounds."""
    return "".join(f"{each.name}=={each.version}\n" for each in dependencies if each.name != "cauce")


def _distribution(name: str, extra: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError:
        raise MissingExtraError(
            "a release names all that it runs on, and one of it is not installed", where=name,
            remedy=f"pip install 'cauce[{extra}]' beside the training environment.",
        ) from None


def _required(here: Distribution, extras: frozenset[str]) -> list[tuple[str, frozenset[str]]]:
    needs: list[tuple[str, frozenset[str]]] = []
    for line in here.requires or ():
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": each}) for each in (*extras, "")):
            needs.append((canonicalize_name(requirement.name), frozenset(requirement.extras)))
    return needs


def _licence(here: Distribution) -> str:
    def said(field: str) -> list[str]:
        return here.metadata.get_all(field) or []

    classifiers = [line.split(" :: ")[-1] for line in said("Classifier") if line.startswith("License ::")]
    texts = [line.strip().splitlines()[0][:100] for line in said("License") if line.strip()]
    return next(iter((*said("License-Expression"), *classifiers, *texts)), "")
