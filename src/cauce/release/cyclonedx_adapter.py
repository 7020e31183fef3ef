"""The one place that knows the CycloneDX library: what a release runs on → a software bill of materials."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from cauce.domain.errors import MissingExtraError
from cauce.domain.model import ModelVersion
from cauce.release.dependencies import Dependency

if TYPE_CHECKING:
    from cyclonedx.model.component import Component


def bill_of_materials(model: ModelVersion, dependencies: Iterable[Dependency], *, version: str, at: str) -> bytes:
    """CycloneDX 1.6 JSON; the same input gives the same bytes.

    Args:
        model: the component that the bill is about.
        dependencies: what it runs on.
        version: of the release.
        at: time of the approval, ISO 8601: the bill has no clock of its own.

    Raises:
        MissingExtraError: the CycloneDX library is not installed.
    """
    try:
        from cyclonedx.model.bom import Bom
        from cyclonedx.output import make_outputter
        from cyclonedx.schema import OutputFormat, SchemaVersion
    except ImportError:
        raise MissingExtraError("the CycloneDX library is not installed", remedy="pip install 'cauce[train]'") from None
    known = {each.name: (_library(each), each.needs) for each in dependencies}
    subject = _subject(model, version)
    bom = Bom(components=[component for component, _ in known.values()])
    bom.metadata.component = subject
    bom.metadata.timestamp = datetime.fromisoformat(at).astimezone(UTC)
    bom.serial_number = uuid5(NAMESPACE_URL, f"{model.bundle} {version} {sorted(known)}")
    bom.register_dependency(subject, [known["cauce"][0]])
    for component, needs in known.values():
        bom.register_dependency(component, [known[name][0] for name in needs if name in known])
    text = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string()
    return (json.dumps(json.loads(text), indent=1, sort_keys=True) + "\n").encode()


def _subject(model: ModelVersion, version: str) -> "Component":
    from cyclonedx.model import HashAlgorithm, HashType
    from cyclonedx.model.component import Component, ComponentType

    return Component(
        type=ComponentType.MACHINE_LEARNING_MODEL, name=model.name, version=version, bom_ref=f"model:{model.bundle}",
        description=" ".join(model.intended_use.split()), hashes=[HashType(alg=HashAlgorithm.SHA_256, content=model.bundle)],
    )


def _library(dependency: Dependency) -> "Component":
    from cyclonedx.contrib.license.factories import LicenseFactory
    from cyclonedx.model.component import Component, ComponentType
    from packageurl import PackageURL

    url = PackageURL("pypi", name=dependency.name, version=dependency.version)
    licences = [LicenseFactory().make_from_string(dependency.licence)] if dependency.licence else []
    return Component(
        type=ComponentType.LIBRARY, name=dependency.name, version=dependency.version, purl=url, bom_ref=str(url),
        licenses=licences,
    )
