"""From a request's bytes to a submission: the files of one study, named by what they hold."""

import hashlib
from dataclasses import dataclass

from cauce.dicom.read import read_dataset
from cauce.dicom.uids import uid_from
from cauce.dicom.values import text
from cauce.domain.errors import CauceError, InputError, TooLargeError, UnreadableImageError
from cauce.domain.record import Digest, canonical_json, sha256_hex
from cauce.predictor.pillow_adapter import plain_format
from cauce.service.zip_intake import ZipLimits, is_zip, unpack


@dataclass(frozen=True)
class Part:
    """One file of a study. Its own name is forgotten: file names often hold patients' names."""

    data: bytes

    @property
    def sha256(self) -> Digest:
        """SHA-256 of the content."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def name(self) -> str:
        """What the file is called from here on."""
        return self.sha256[:16]


@dataclass(frozen=True)
class Submission:
    """The files of one study, sorted by content, and the key that makes sending it twice the same as once.

    Attributes:
        key: SHA-256 of model digest, study UID and input digests; names job and result.
    """

    parts: tuple[Part, ...]
    study_instance_uid: str
    key: Digest


def parts_of(bodies: list[bytes], limits: ZipLimits) -> tuple[Part, ...]:
    """The files of a request: each body is a file or a zip archive. The same file sent twice counts once.

    Raises:
        InputError: nothing was sent.
        ArchiveError, TooLargeError: an archive that is not accepted.
    """
    contents: dict[Digest, Part] = {}
    for body in bodies:
        for data in [content for _, content in unpack(body, limits)] if is_zip(body) else [body]:
            part = Part(data)
            contents.setdefault(part.sha256, part)
    if not any(part.data for part in contents.values()):
        raise InputError("nothing was sent", expected="a DICOM file, a zip archive of one study, or a PNG or JPEG image")
    return tuple(contents[digest] for digest in sorted(contents))


def submission_of(parts: tuple[Part, ...], *, model_digest: Digest) -> Submission:
    """Check that the files are readable and of one study, and derive the key. Pixels are not decoded.

    Files that cannot be read are kept beside readable ones, and are refused by name in the result.

    Raises:
        UnreadableImageError: no file can be read; the first file's reason.
        InputError: files of several studies.
    """
    uids: set[str] = set()
    errors: list[CauceError] = []
    for part in parts:
        try:
            uids.add(study_uid(part))
        except (UnreadableImageError, TooLargeError) as error:
            errors.append(error)
    if not uids:
        raise errors[0]
    if len(uids) > 1:
        raise InputError(
            "files of several studies in one request", expected="one study", got=f"{len(uids)} studies",
            remedy="Send each study by itself; `cauce service submit FOLDER` does.",
        )
    uid = uids.pop()
    key = sha256_hex(canonical_json(["cauce job", model_digest, uid, *(part.sha256 for part in parts)]))
    return Submission(parts=parts, study_instance_uid=uid, key=key)


def study_uid(part: Part) -> str:
    """StudyInstanceUID of a DICOM file; for a plain image, and a file that names no study, one made from its content.

    Raises:
        UnreadableImageError, TooLargeError: see `cauce.dicom.read`.
    """
    if plain_format(part.data):
        return uid_from("study", part.sha256)
    return text(read_dataset(part.data), "StudyInstanceUID") or uid_from("study", part.sha256)
