"""What a source offers: files to read, and what its tables say of them.

Everything that a table gets wrong stops here, before anything is written.
"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from cauce.dataset.csv_table import CsvTable, read_csv
from cauce.dataset.table_readings import Said, list_readings
from cauce.dicom.vendors import unify_vendor
from cauce.domain.cohort import ColumnMap, TableSource, VendorSpelling
from cauce.domain.errors import InputError
from cauce.domain.mask_source import SegmentSpelling
from cauce.domain.reference import ReferenceStandard
from cauce.domain.split import Partition
from cauce.domain.study import InstanceRow, Sex

PARTITION_NAMES = {
    "train": Partition.TRAIN, "training": Partition.TRAIN, "entrenamiento": Partition.TRAIN,
    "tune": Partition.TUNE, "val": Partition.TUNE, "valid": Partition.TUNE, "validation": Partition.TUNE,
    "validación": Partition.TUNE, "validacion": Partition.TUNE, "dev": Partition.TUNE,
    "test": Partition.TEST, "testing": Partition.TEST, "prueba": Partition.TEST,
    "external": Partition.EXTERNAL, "externo": Partition.EXTERNAL, "externa": Partition.EXTERNAL,
}
"""How sources name their partitions; a name that is not here stays as it is."""

_SEX = {"f": Sex.FEMALE, "female": Sex.FEMALE, "m": Sex.MALE, "male": Sex.MALE, "o": Sex.OTHER, "other": Sex.OTHER}
_OLDEST_YEARS = 130


@dataclass(frozen=True)
class Stated:
    """What a table says of one image; None and missing keys mean that it says nothing.

    Attributes:
        patient_id: in memory only; never written.
        acquisition: fields of Acquisition.
        labels: all findings of a cell that may name several.
    """

    label: str | None = None
    patient_id: str | None = None
    source_partition: str | None = None
    acquisition: dict[str, object] = field(default_factory=dict)
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Listing:
    """Files of a source, relative to `root` with forward slashes and sorted, and the statements on them.

    Attributes:
        stated: by file for image tables; by UID, PatientKey or folder for DICOM.
        stated_key: "path", an attribute of a row, or "folder": what `stated` is keyed by.
        has_labels: False when the source names no label at all.
        said: what readers say, by file, where `source.readings` names them.
        vendor_spellings, segment_spellings: of the table and of the masks, see `Cohort`.
    """

    root: Path
    names: tuple[str, ...]
    stated: dict[str, Stated]
    stated_key: str
    has_labels: bool
    vendor_spellings: tuple[VendorSpelling, ...] = ()
    segment_spellings: tuple[SegmentSpelling, ...] = ()
    said: dict[str, Said] = field(default_factory=dict)

    def keys_of(self, row: InstanceRow) -> tuple[str, ...]:
        """What `stated` may know a row by: of folders the innermost comes first."""
        if self.stated_key == "folder":
            return folders_of(row.path)
        return (str(getattr(row, self.stated_key)),)

    def stated_of(self, row: InstanceRow) -> Stated:
        """What the source's table says of a row; an empty statement where it says nothing."""
        return next((self.stated[key] for key in self.keys_of(row) if key in self.stated), Stated())


def folders_of(name: str) -> tuple[str, ...]:
    """Folders that a file lies in, relative to the data root, the innermost first."""
    return tuple(folder.as_posix() for folder in PurePosixPath(name).parents)


def list_table(source: TableSource, root: Path, reference: ReferenceStandard) -> Listing:
    """Images that a table names, and what it and its companions say of them.

    Raises:
        InputError: a column, an image or a patient is missing, or an image stands in two rows; the row is named.
    """
    table = read_csv(root / source.table)
    table.need_columns(tuple(source.columns.model_dump().values()))
    stated: dict[str, Stated] = {}
    for index, row in enumerate(table.rows):
        name = _image_name(table, index, source)
        if name in stated:
            raise InputError("an image stands in two rows", where=table.where(index), got=name, remedy="Keep one of them.")
        if not row[source.columns.patient]:
            raise InputError("a row names no patient", where=table.where(index), expected=f"'{source.columns.patient}' filled",
                             remedy="Without the patient an image cannot be kept in one partition.")
        stated[name] = statement_of(row, source)
    missing = [index for index, name in enumerate(stated) if not (root / name).is_file()]
    if missing:
        raise InputError(
            "the table names an image that is missing", where=table.where(missing[0]), expected=list(stated)[missing[0]],
            got=f"no such file ({len(missing)} of {len(stated)} images missing)", remedy="Restore it, or remove the row.",
        )
    has_labels, spellings = source.columns.label is not None, vendor_spellings(table, source)
    said = list_readings(source, reference, root, table, list(stated))
    return Listing(root, tuple(sorted(stated)), stated, "path", has_labels, spellings, said=said)


def vendor_spellings(table: CsvTable, source: TableSource) -> tuple[VendorSpelling, ...]:
    """Each manufacturer as the table writes it, with its one spelling and how many rows have it."""
    column = source.columns.vendor
    counts = Counter(row[column] for row in table.rows if row[column]) if column else Counter()
    return tuple(
        VendorSpelling(written=written, unified=unify_vendor(written), instances=count)
        for written, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )


def _image_name(table: CsvTable, index: int, source: TableSource) -> str:
    cell = table.rows[index][source.columns.image or ""]
    name = PurePosixPath(source.images or ".", cell.replace("\\", "/"))
    if not cell or name.is_absolute() or ".." in name.parts:
        raise InputError("not a path below the data root", where=table.where(index), got=cell or "an empty cell",
                         remedy="Name images relative to the folder with images.")
    return name.as_posix()


def statement_of(row: dict[str, str], source: TableSource) -> Stated:
    """What one row of an image table says."""
    columns = source.columns
    label = _cell(row, columns.label)
    several = tuple(part.strip() for part in label.split(source.label_separator)) if label and source.label_separator else ()
    return Stated(
        labels=tuple(part for part in several if part), label=label, patient_id=row[columns.patient],
        source_partition=partition_of(_cell(row, columns.source_partition) or ""),
        acquisition=_acquisition(row, columns, source),
    )


def _acquisition(row: dict[str, str], columns: ColumnMap, source: TableSource) -> dict[str, object]:
    stated: dict[str, object] = {
        "modality": source.modality, "body_part": source.body_part, "origin": _cell(row, columns.origin) or source.origin,
        "vendor": unify_vendor(_cell(row, columns.vendor) or source.vendor),
    }
    view = _cell(row, columns.view)
    if view:
        stated["view"] = view.upper()
    return stated | person_of(row, sex=columns.sex, age_years=columns.age_years)


def partition_of(written: str) -> str | None:
    """A partition by its one name; as it is written where it is none of those known, None where nothing is."""
    return str(PARTITION_NAMES.get(written.lower(), written)) if written else None


def person_of(row: dict[str, str], *, sex: str | None, age_years: str | None) -> dict[str, object]:
    """Fields of Acquisition from the columns that say something of the person."""
    stated: dict[str, object] = {}
    written_sex, age = _cell(row, sex), _cell(row, age_years)
    if written_sex:
        stated["sex"] = _SEX.get(written_sex.lower(), Sex.UNKNOWN)
    if age:
        stated["age_years"] = _age_years(age)
    return stated


def _age_years(text: str) -> float | None:
    """A plausible age, else None: some public tables hold patients of 400 years."""
    try:
        age = float(text.upper().removesuffix("Y"))
    except ValueError:
        return None
    return age if 0 <= age <= _OLDEST_YEARS else None


def _cell(row: dict[str, str], column: str | None) -> str | None:
    return (row[column] or None) if column else None
