import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from cauce.dataset.deidentify.quarantine import risk_of

CT, CR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.1"


def made(**attributes: object) -> Dataset:
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID, dataset.Modality = CT, "1.2.3", "CT"
    dataset.ImageType, dataset.PhotometricInterpretation = ["ORIGINAL", "PRIMARY", "AXIAL"], "MONOCHROME2"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID(str(attributes.pop("syntax", ExplicitVRLittleEndian)))
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


def test_a_plain_slice_is_no_risk() -> None:
    assert risk_of(made()) is None
    assert risk_of(made(BurnedInAnnotation="NO", ImageType=["DERIVED", "SECONDARY", "MPR"])) is None


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({"BurnedInAnnotation": "YES"}, "burned-in-annotation"),
        ({"BurnedInAnnotation": "MAYBE"}, "burned-in-annotation"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}, "secondary-capture"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7.4"}, "secondary-capture"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.6.1"}, "ultrasound"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.3.1"}, "ultrasound"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.104.1"}, "encapsulated-document"),
        ({"EncapsulatedDocument": b"%PDF"}, "encapsulated-document"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.66"}, "unknown-object"),
        ({"SOPClassUID": "1.3.12.2.1107.5.9.1"}, "unknown-object"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.77.1.4"}, "unknown-object"),
        ({"SOPClassUID": "1.2.840.10008.1.3.10"}, "directory"),
        ({"SOPClassUID": ""}, "no-sop-class"),
        ({"SOPInstanceUID": ""}, "no-sop-instance"),
        ({"Modality": "US"}, "modality"),
        ({"Modality": "OT"}, "modality"),
        ({"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]}, "image-type"),
        ({"ImageType": ["DERIVED", "SECONDARY", "OTHER", "CSA REPORT"]}, "image-type"),
        ({"SeriesDescription": "Dose Report"}, "description"),
        ({"ConversionType": "WSD"}, "converted"),
        ({"PhotometricInterpretation": "RGB"}, "colour"),
        ({"RecognizableVisualFeatures": "YES"}, "recognizable-features"),
        ({"PixelDataProviderURL": "http://pacs"}, "external-pixels"),
        ({"syntax": "1.2.840.10008.1.2.4.102"}, "video"),
        ({"syntax": "1.2.840.113619.5.2"}, "transfer-syntax"),
    ],
)
def test_signs_of_text_in_pixels_and_unknown_objects_hold_an_instance_back(attributes: dict[str, object], code: str) -> None:
    risk = risk_of(made(**attributes))
    assert risk is not None
    assert risk.code == code
    assert not any(str(value) in risk.reason for value in attributes.values() if value and value != "YES")


def test_every_admitted_name_is_a_storage_class_of_the_standard() -> None:
    from pydicom._uid_dict import UID_dictionary

    from cauce.dataset.deidentify.quarantine import _ADMITTED

    assert set(_ADMITTED) <= {entry[0] for entry in UID_dictionary.values()}
