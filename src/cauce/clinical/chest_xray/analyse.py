"""Loaded instances → results: gate, network, finding with its place. Command line and service both call this."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cauce import __version__
from cauce.clinical.chest_xray.intended_use import refusal_for, refusal_of_error
from cauce.clinical.chest_xray.localise import heat_map_of, place_of
from cauce.dicom.pseudonym import patient_key
from cauce.dicom.uids import uid_from
from cauce.domain.errors import CauceError, UnreadableImageError
from cauce.domain.model import OperatingPoint
from cauce.domain.result import Decision, Finding, InstanceResult, Provenance, Refusal
from cauce.domain.study import Acquisition
from cauce.predictor.predictor import Prediction, Predictor
from cauce.predictor.source import LoadedInstance


@dataclass(frozen=True, eq=False)
class Analyser:
    """A predictor with its clinical meaning.

    Attributes:
        version: number of the model in the registry; None for a bundle that was never registered.
    """

    predictor: Predictor
    version: int | None

    @property
    def operating_point(self) -> OperatingPoint:
        """Threshold of the decision."""
        return self.predictor.bundle.decision_point()

    def analyse(self, loaded: LoadedInstance) -> InstanceResult:
        """The result of one instance."""
        return self.analyse_batch([loaded])[0]

    def analyse_batch(self, loaded: Sequence[LoadedInstance]) -> list[InstanceResult]:
        """Results in the order of `loaded`; an instance outside the intended use is refused and never reaches the network."""
        refusals = [refusal_for(self.predictor.bundle.contract, item) for item in loaded]
        accepted = [item for item, refusal in zip(loaded, refusals, strict=True) if refusal is None]
        predictions = iter(self._predict(accepted))
        return [
            self._result(item, refusal if refusal is not None else next(predictions))
            for item, refusal in zip(loaded, refusals, strict=True)
        ]

    def refused_file(self, name: str, file_sha256: str, error: CauceError) -> InstanceResult:
        """The result of a file that could not be read; identifiers are made from the file's digest."""
        return InstanceResult(
            instance=name, patient_key=patient_key(file_sha256, "file", key=None),
            study_instance_uid=uid_from("study", file_sha256), series_instance_uid=uid_from("series", file_sha256),
            sop_instance_uid=uid_from("instance", file_sha256), rows=0, columns=0, decision=Decision.REFUSED,
            refusal=refusal_of_error(error), acquisition=Acquisition(), provenance=self._provenance(file_sha256),
        )

    def _predict(self, loaded: Sequence[LoadedInstance]) -> list[Prediction | Refusal]:
        """One batch; when an image cannot be prepared, one by one, so that it costs only its own answer."""
        if not loaded:
            return []
        try:
            return list(self.predictor.predict([item.image.pixels for item in loaded]))
        except UnreadableImageError as error:
            if len(loaded) == 1:
                return [refusal_of_error(error)]
            return [answer for item in loaded for answer in self._predict([item])]

    def _result(self, loaded: LoadedInstance, answer: Prediction | Refusal) -> InstanceResult:
        if isinstance(answer, Refusal):
            return InstanceResult(**self._identity(loaded), decision=Decision.REFUSED, refusal=answer)
        contract = self.predictor.bundle.contract
        heat = heat_map_of(contract.preprocess, answer.activation, (loaded.image.rows, loaded.image.columns))
        probability = float(answer.probability)
        present = probability >= self.operating_point.threshold
        finding = Finding(
            code=contract.reference.finding, probability=probability, present=present,
            place=place_of(heat, loaded.image) if present else None,
        )
        return InstanceResult(
            **self._identity(loaded), decision=Decision.POSITIVE if present else Decision.NEGATIVE,
            probability=probability, findings=(finding,), heat_map=heat,
        )

    def _identity(self, loaded: LoadedInstance) -> dict[str, Any]:
        """The fields that do not depend on the answer."""
        return {
            "instance": loaded.name, "patient_key": loaded.patient_key, "study_instance_uid": loaded.study_instance_uid,
            "series_instance_uid": loaded.series_instance_uid, "sop_instance_uid": loaded.sop_instance_uid,
            "rows": loaded.image.rows, "columns": loaded.image.columns, "acquisition": loaded.acquisition,
            "statistics": loaded.statistics, "provenance": self._provenance(loaded.file_sha256),
        }

    def _provenance(self, input_sha256: str) -> Provenance:
        bundle = self.predictor.bundle
        return Provenance(
            model_name=bundle.card.name, model_version=self.version, model_digest=bundle.digest, input_sha256=input_sha256,
            engine=self.predictor.engine.description, cauce_version=__version__,
        )
