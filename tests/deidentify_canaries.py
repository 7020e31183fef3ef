"""DICOM instances full of planted identifiers, made from a seed; and a search that finds any of them again, however encoded.

Every identifier holds `MARK`, every UID begins with `ROOT`, and every date lies in one `MONTH`, which no date can be moved
within: what a de-identified file still holds of them is a leak.
"""

import base64
import io
import random
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
)

from cauce.dataset.deidentify.table import load_table

MARK = "Qzxvk"
ROOT = "1.3.6.1.4.1.55555.7"
MONTH = "193101"

CLASSES = {
    "CT": "1.2.840.10008.5.1.4.1.1.2", "MR": "1.2.840.10008.5.1.4.1.1.4", "CR": "1.2.840.10008.5.1.4.1.1.1",
    "DX": "1.2.840.10008.5.1.4.1.1.1.1", "MG": "1.2.840.10008.5.1.4.1.1.1.2", "PT": "1.2.840.10008.5.1.4.1.1.128",
    "NM": "1.2.840.10008.5.1.4.1.1.20", "XA": "1.2.840.10008.5.1.4.1.1.12.1", "RF": "1.2.840.10008.5.1.4.1.1.12.2",
    "SEG": "1.2.840.10008.5.1.4.1.1.66.4", "RTSTRUCT": "1.2.840.10008.5.1.4.1.1.481.3",
    "SR": "1.2.840.10008.5.1.4.1.1.88.33", "PR": "1.2.840.10008.5.1.4.1.1.11.1",
}
_SYNTAXES = (
    ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian, JPEGBaseline8Bit,
)
_WORDS = frozenset(("LO", "SH", "PN", "LT", "ST", "UT", "UC", "AE"))
_NOT_PLANTED = frozenset((  # what makes an instance what it is, or sends it to quarantine whole
    "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "EncapsulatedDocument",
    "ContentSequence", "PatientID", "IssuerOfPatientID", "ReferencedImageSequence", "StudyDate", "StudyTime", "AcquisitionDate",
    "AcquisitionTime", "AcquisitionDateTime", "PatientIdentityRemoved", "DeidentificationMethod", "GraphicAnnotationSequence",
))
_FORGOTTEN = (
    (Tag(0x0031, 0x1001), "UN"),  # private without creator
    (Tag(0x0008, 0x9FF1), "UN"),  # not in the standard
    (Tag(0x6000, 0x1500), "LO"), (Tag(0x6002, 0x4000), "LT"), (Tag(0x6000, 0x3000), "OW"), (Tag(0x5000, 0x3000), "OW"),
    (Tag(0xFFFC, 0xFFFC), "OB"),
)
_PATIENTS = 40


@dataclass(frozen=True)
class Planted:
    """One instance.

    Attributes:
        data: the file.
        sop, study, series, patient: its old identifiers.
        references: old SOPInstanceUIDs that it refers to.
        tokens: how many identifiers were planted.
    """

    data: bytes
    sop: str
    study: str
    series: str
    patient: str
    references: tuple[str, ...]
    tokens: int


class _Planter:
    def __init__(self, seed: int) -> None:
        self.random, self.seed, self.tokens = random.Random(seed), seed, 0

    def word(self) -> str:
        self.tokens += 1
        return f"{MARK}{self.seed % 10_000:04d}{self.tokens:03d}"

    def uid(self) -> str:
        self.tokens += 1
        return f"{ROOT}.{self.seed}.{self.tokens}"

    def date(self) -> str:
        self.tokens += 1
        return f"{MONTH}{self.random.randint(1, 28):02d}"

    def value(self, vr: str) -> object | None:
        if vr in _WORDS:
            return self.word() if vr != "PN" else f"{self.word()}^{self.word()}"
        if vr == "UR":
            return f"http://{self.word()}/"
        if vr == "DA":
            return self.date()
        if vr == "DT":
            return self.date() + "113112.25+0100"
        if vr == "UI":
            return self.uid()
        return self.word().encode() if vr in ("OB", "UN") else None

    def plant(self, dataset: Dataset, share: float) -> None:
        """Put a value into a share of the attributes that the table names."""
        for tag, keyword, vr in _TARGETS:
            if keyword in _NOT_PLANTED or tag >> 16 in (0, 2, 4) or self.random.random() > share:
                continue
            if vr == "SQ":
                dataset[tag] = DataElement(tag, "SQ", Sequence([self.item()]))
            elif (value := self.value(vr)) is not None:
                dataset[tag] = DataElement(tag, vr, value)

    def item(self) -> Dataset:
        """An item as deep as three levels, with names, dates, references and private attributes."""
        item = Dataset()
        item.PatientName, item.PatientID = f"{self.word()}^{self.word()}", self.word()
        item.StudyDate, item.AcquisitionDateTime = self.date(), self.date() + "2359"
        item.CodeMeaning, item.CodeValue, item.CodingSchemeDesignator = self.word(), self.word(), "99LOCAL"
        item.InstitutionName, item.ReferencedSOPInstanceUID = self.word(), self.uid()
        if self.random.random() < 0.3:
            _private(item, self)
        inner = Dataset()
        inner.PersonName, inner.TextValue, inner.OperatorsName = self.word(), self.word(), self.word()
        item.PersonIdentificationCodeSequence = Sequence([inner])
        return item


_TARGETS = tuple((int(row.tag.replace(",", ""), 16), row.keyword, row.vr) for row in load_table().by_tag.values())


def instance(seed: int, *, count: int = 1000) -> Planted:
    """Instance `seed` of a set of `count`; the sets' instances refer to each other and share patients and studies."""
    planter = _Planter(seed)
    modality = list(CLASSES)[seed % len(CLASSES)]
    syntax = _SYNTAXES[(seed // len(CLASSES)) % len(_SYNTAXES)]
    patient = seed % _PATIENTS
    dataset = Dataset()
    dataset.SpecificCharacterSet = (["", "ISO 2022 IR 87"], "ISO_IR 192", "ISO_IR 100")[seed % 3]
    dataset.SOPClassUID, dataset.SOPInstanceUID = UID(CLASSES[modality]), sop_of(seed)
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = f"{ROOT}.1.{patient}", f"{ROOT}.2.{patient}.{seed}"
    dataset.FrameOfReferenceUID, dataset.Modality = f"{ROOT}.3.{patient}", modality
    planter.plant(dataset, 0.14)
    dataset.PatientID, dataset.IssuerOfPatientID = f"{MARK}ID{patient}", f"{MARK}Hospital"
    dataset.PatientName = _name(seed)
    dataset.StudyDate, dataset.StudyTime = f"{MONTH}14", "235959.75"
    dataset.AcquisitionDate, dataset.AcquisitionTime = f"{MONTH}15", "000001"
    dataset.AcquisitionDateTime = f"{MONTH}15000001"
    references = tuple(sop_of((seed + step) % count) for step in (1, 7))
    dataset.ReferencedImageSequence = Sequence([_reference(uid) for uid in references])
    _hidden(dataset, planter)
    if modality == "SR":
        _content(dataset, planter, references[0])
    elif modality == "PR":
        _annotation(dataset, planter)
    elif modality != "RTSTRUCT":
        _pixels(dataset, planter, compressed=syntax == JPEGBaseline8Bit)
    if syntax == JPEGBaseline8Bit and "PixelData" not in dataset:
        syntax = ExplicitVRLittleEndian
    data = _file(dataset, planter, syntax)
    return Planted(
        data, sop_of(seed), dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.PatientID, references, planter.tokens
    )


def sop_of(seed: int) -> str:
    """Old SOPInstanceUID of instance `seed`."""
    return f"{ROOT}.4.{seed}"


def leaks(data: bytes) -> list[str]:
    """What of the planted identifiers stands in the bytes of a file, in any of the encodings in which it could be read."""
    views = [data, *_inflated(data)]
    found = [needle.decode("latin-1") for needle in _NEEDLES if any(needle in view for view in views)]
    return found + (["a date"] if any(_DATE.search(view) for view in views) else [])


def tokens_in(data: bytes) -> set[str]:
    """The planted words that stand in the bytes of a file as they were planted, or in 16 bits, or in base64."""
    word = rf"{MARK}\d{{7}}".encode()
    found = {match.decode() for match in re.findall(word, data) + re.findall(word, data.replace(b"\0", b""))}
    for match in re.findall(rb"[A-Za-z0-9+/]{16,}", data):
        for start in range(4):
            part = match[start:]
            with suppress(ValueError):
                found.update(text.decode() for text in re.findall(word, base64.b64decode(part[:len(part) // 4 * 4])))
    return found


def decoded_leaks(dataset: Dataset) -> list[str]:
    """Keywords of attributes whose decoded value holds a planted identifier or date, at any level."""
    return [keyword for keyword, text in _texts(dataset) if MARK in text or ROOT in text or text.startswith(MONTH)]


def _needles() -> tuple[bytes, ...]:
    plain = (MARK, MARK.upper(), ROOT, "Ñandú", "山田")
    found = [text.encode(name) for text in plain for name in ("utf-8", "utf-16-le", "utf-16-be")]
    found += ["Ñandú".encode("latin-1"), "山田".encode("iso2022_jp")[3:-3]]
    padded = ("\0" * at + MARK + "\0" * 4 for at in range(3))
    return tuple(dict.fromkeys((*found, *(base64.b64encode(text.encode())[4:8 + 2] for text in padded))))


def _inflated(data: bytes) -> Iterator[bytes]:
    start = data.find(b"\x78\x9c")
    while start >= 0:
        with suppress(zlib.error):
            yield zlib.decompressobj().decompress(data[start:], 1 << 20)
        start = data.find(b"\x78\x9c", start + 1)


_NEEDLES = _needles()
_DATE = re.compile(rb"(?<![0-9.])" + MONTH.encode() + rb"[0-2][0-9]")  # not the digits of a UID


def _texts(dataset: Dataset) -> Iterator[tuple[str, str]]:
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                yield from _texts(item)
        elif element.tag != 0x7FE00010:
            values = element.value if isinstance(element.value, list) or element.VM > 1 else [element.value]
            yield from ((element.keyword or str(element.tag), str(value)) for value in values)


def _family(seed: int) -> str:
    return f"{MARK}Yamada" if seed % 3 == 0 else f"Ñandú{MARK}"


def _name(seed: int) -> str:
    return f"{_family(seed)}^Taro=山田^太郎" if seed % 3 == 0 else f"{_family(seed)}^Íñigo"


def _reference(uid: str) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = UID(CLASSES["CT"]), uid
    return item


def _private(dataset: Dataset, planter: _Planter) -> None:
    block = dataset.private_block(0x0029, f"{MARK} CREATOR", create=True)
    block.add_new(0x10, "LO", planter.word())
    block.add_new(0x11, "OB", planter.word().encode("utf-16-le") + base64.b64encode(planter.word().encode()))
    nested = Dataset()
    nested.PatientName = planter.word()
    block.add_new(0x12, "SQ", Sequence([nested]))


def _hidden(dataset: Dataset, planter: _Planter) -> None:
    """The places that tools forget."""
    _private(dataset, planter)
    for tag, vr in _FORGOTTEN:
        word = planter.word()
        dataset[tag] = DataElement(tag, vr, word if vr in _WORDS else word.encode() + b"\0\0")
    dataset[Tag(0x0009, 0x0010)] = DataElement(Tag(0x0009, 0x0010), "LO", "SIEMENS MR HEADER " + planter.word())
    dataset[Tag(0x5004, 0x2600)] = DataElement(Tag(0x5004, 0x2600), "SQ", Sequence([planter.item()]))
    dataset.OriginalAttributesSequence = Sequence([planter.item()])
    dataset.OriginalAttributesSequence[0].ModifyingSystem = planter.word()
    dataset.OriginalAttributesSequence[0].ModifiedAttributesSequence = Sequence([planter.item()])
    dataset.RequestAttributesSequence = Sequence([planter.item()])
    dataset.ImageComments = base64.b64encode(planter.word().encode()).decode()
    dataset.Manufacturer = "Northlight"
    dataset.ManufacturerModelName = f"Model of {_family(planter.seed)}"  # a name where none belongs
    dataset.AnatomicRegionSequence = Sequence([planter.item()])
    dataset.IconImageSequence = Sequence([planter.item()])


def _content(dataset: Dataset, planter: _Planter, referenced: str) -> None:
    def item(kind: str, **attributes: object) -> Dataset:
        made = Dataset()
        made.RelationshipType, made.ValueType = "CONTAINS", kind
        name = Dataset()
        name.CodeValue, name.CodingSchemeDesignator, name.CodeMeaning = "121071", "DCM", planter.word()
        made.ConceptNameCodeSequence = Sequence([name])
        for keyword, value in attributes.items():
            setattr(made, keyword, value)
        return made

    image = item("IMAGE", ReferencedSOPSequence=Sequence([_reference(referenced)]))
    inner = item("CONTAINER", ContentSequence=Sequence([item("TEXT", TextValue=planter.word()), image]))
    dataset.ValueType, dataset.ContentSequence = "CONTAINER", Sequence([
        item("TEXT", TextValue=f"Seen by {planter.word()}"), item("PNAME", PersonName=f"{planter.word()}^{planter.word()}"),
        item("DATE", Date=planter.date()), item("DATETIME", DateTime=planter.date() + "235959"),
        item("UIDREF", UID=planter.uid()), inner,
    ])


def _annotation(dataset: Dataset, planter: _Planter) -> None:
    text = Dataset()
    text.UnformattedTextValue = planter.word()
    shapes = Dataset()
    shapes.GraphicLayer, shapes.TextObjectSequence = "LAYER", Sequence([text])
    dataset.GraphicAnnotationSequence = Sequence([shapes])


def _pixels(dataset: Dataset, planter: _Planter, *, compressed: bool) -> None:
    dataset.Rows, dataset.Columns, dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 16, 16, 1, "MONOCHROME2"
    dataset.PixelRepresentation = 0
    values = np.arange(256, dtype=np.uint16).reshape(16, 16)
    if compressed:
        from PIL import Image

        stream = io.BytesIO()
        Image.fromarray(values.astype(np.uint8)).save(stream, "jpeg", quality=90, comment=planter.word().encode())
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
        dataset.PixelData = encapsulate([stream.getvalue() + planter.word().encode()])
        dataset["PixelData"].is_undefined_length = True
        return
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelData = values.tobytes() + planter.word().encode() + b"\0" * 4


def _file(dataset: Dataset, planter: _Planter, syntax: UID) -> bytes:
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta.ImplementationClassUID = UID(planter.uid())
    dataset.file_meta.ImplementationVersionName = planter.word()
    dataset.file_meta.SourceApplicationEntityTitle = planter.word()
    dataset.file_meta[Tag(0x0002, 0x0100)] = DataElement(Tag(0x0002, 0x0100), "UI", planter.uid())
    dataset.file_meta[Tag(0x0002, 0x0102)] = DataElement(Tag(0x0002, 0x0102), "OB", planter.word().encode())
    dataset.preamble = f"II*\0{planter.word()} {planter.word()}".encode().ljust(128, b"\0")
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()
