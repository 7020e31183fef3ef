"""One study's files → Result and documents, through the same predictor and clinical code as everywhere else."""

from dataclasses import dataclass
from pathlib import Path

from cauce.clinical.chest_xray.analyse import Analyser
from cauce.dicom.pseudonym import load_key
from cauce.domain.errors import CauceError
from cauce.domain.record import Digest
from cauce.domain.result import InstanceResult, Result
from cauce.predictor.bundle import open_bundle
from cauce.predictor.predictor import Predictor
from cauce.predictor.runtime import open_engine
from cauce.predictor.source import LoadedInstance, load_bytes
from cauce.service.intake import Part
from cauce.store.workspace import Workspace


@dataclass(frozen=True, eq=False)
class StudyAnalysis:
    """A loaded model, ready to answer.

    Attributes:
        key: secret that PatientKeys are made with; None for the public default.
        institution: imaging centre that reports name where the study names none.
    """

    analyser: Analyser
    key: bytes | None
    institution: str = ""

    @property
    def model_digest(self) -> Digest:
        """Identity of the model."""
        return self.analyser.predictor.bundle.digest

    def analyse(self, parts: tuple[Part, ...]) -> Result:
        """Result of a study. A file that cannot be read is a refused instance; a study without any readable file is an error.

        Raises:
            UnreadableImageError, TooLargeError: no file of the study can be read; the first file's reason.
        """
        loaded, errors = self._load(parts)
        if not loaded:
            raise next(iter(errors.values()))
        answers = {item.file_sha256: answer for item, answer in zip(loaded, self.analyser.analyse_batch(loaded), strict=True)}
        readable = loaded[0]
        for part in parts:
            if part.sha256 in errors:
                refused = self.analyser.refused_file(part.name, part.sha256, errors[part.sha256])
                # It came with this study, so it is counted in this study.
                answers[part.sha256] = refused.model_copy(update={
                    "patient_key": readable.patient_key, "study_instance_uid": readable.study_instance_uid,
                })
        instances: tuple[InstanceResult, ...] = tuple(answers[part.sha256] for part in parts)
        return Result.of_study(instances, self.analyser.operating_point)

    def documents(self, result: Result, parts: tuple[Part, ...]) -> dict[str, bytes]:
        """PDF reports in every language and the DICOM SR of a result, by file name."""
        from cauce.service.documents import documents_of

        loaded, _ = self._load(parts)
        bundle = self.analyser.predictor.bundle
        return documents_of(result, loaded, bundle=bundle, institution=self.institution)

    def _load(self, parts: tuple[Part, ...]) -> tuple[list[LoadedInstance], dict[Digest, CauceError]]:
        loaded: list[LoadedInstance] = []
        errors: dict[Digest, CauceError] = {}
        for part in parts:
            try:
                loaded.append(load_bytes(part.data, part.name, key=self.key))
            except CauceError as error:
                errors[part.sha256] = error
        return loaded, errors


def open_analysis(folder: Path, *, version: int | None, workspace: Workspace) -> StudyAnalysis:
    """Load the model of a bundle and warm it up.

    Raises:
        IntegrityError: the bundle was changed.
    """
    from cauce.predictor.predictor import verify_golden

    bundle = open_bundle(folder)
    engine = open_engine(bundle.model)
    verify_golden(bundle, engine)  # the first inference is slow; this one is also worth something
    return StudyAnalysis(
        analyser=Analyser(Predictor(bundle, engine), version),
        key=load_key(workspace.settings, workspace.root), institution=workspace.settings.institution,
    )
