"""The public sets that `cauce dataset fetch` knows.

Sources of the facts. MedMNIST: `medmnist/info.py` 3.0.2 of github.com/MedMNIST/MedMNIST (addresses, MD5, licences). Medical
Segmentation Decathlon: `monai/apps/datasets.py` (addresses, MD5), medicaldecathlon.com (licence). NIH ChestX-ray14: batch
download script and FAQ_CHESTXRAY.pdf (Q04 terms, Q07 MD5) at nihcc.app.box.com/v/ChestXray-NIHCC. Publishers give MD5 only: it
finds a damaged download, and the SHA-256 that is printed names the file from then on. `md5` None: nobody published one, and
the file is not accepted until the user pins it.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What is done with the files."""

    MEDMNIST = "medmnist"
    DECATHLON = "decathlon"
    CHEST14 = "chest14"


@dataclass(frozen=True)
class RemoteFile:
    """One file to download.

    Attributes:
        address: https address.
        name: what it is called here.
        md5: as the publisher gives it; None when there is none.
        size_bytes: None when it is not stated.
    """

    address: str
    name: str
    md5: str | None
    size_bytes: int | None = None


@dataclass(frozen=True)
class PublicSet:
    """One set.

    Attributes:
        hosts: other hosts that its addresses may lead on to.
        classes: label values by code, for sets of two classes: those that a cohort.yaml can describe.
    """

    name: str
    title: str
    kind: Kind
    files: tuple[RemoteFile, ...]
    licence: str
    citation: str
    source: str
    hosts: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()


_MEDMNIST_CITATION = "Yang et al., MedMNIST v2, Scientific Data 10:41, 2023, doi 10.1038/s41597-022-01721-8"
_MEDMNIST = (
    ("pathmnist", 224, "2c51a510bcdc9cf8ddb2af93af1eadec"), ("chestmnist", 224, "45bd33e6f06c3e8cdb481c74a89152aa"),
    ("dermamnist", 224, "8974907d8e169bef5f5b96bc506ae45d"), ("octmnist", 224, "abc493b6d529d5de7569faaef2773ba3"),
    ("pneumoniamnist", 224, "d6a3c71de1b945ea11211b03746c1fe1"), ("retinamnist", 224, "eae7e3b6f3fcbda4ae613ebdcbe35348"),
    ("breastmnist", 224, "b56378a6eefa9fed602bb16d192d4c8b"), ("bloodmnist", 224, "b718ff6835fcbdb22ba9eacccd7b2601"),
    ("tissuemnist", 224, "b077128c4a949f0a4eb01517f9037b9c"), ("organamnist", 224, "50747347e05c87dd3aaf92c49f9f3170"),
    ("organcmnist", 224, "050f5e875dc056f6768abf94ec9995d1"), ("organsmnist", 224, "b354719e553fbbb2513d5533f52a4cb1"),
    ("organmnist3d", 64, "58a2205adf14a9d0a189cb06dc78bf10"), ("nodulemnist3d", 64, "c47c5b7d457bf6332200d2ea6d64ecd8"),
    ("adrenalmnist3d", 64, "17721accfe9fb005146a47d33bc54b2f"), ("fracturemnist3d", 64, "f01d7e6316aedf4210da0da5b7437b42"),
    ("vesselmnist3d", 64, "6bb274a8846e1097066dcd64e2c4520f"), ("synapsemnist3d", 64, "43bd14ebf3af9d3dd072446fedc14d5e"),
)
_MEDMNIST_CLASSES = {"pneumoniamnist": ("normal", "pneumonia"), "breastmnist": ("malignant", "normal, benign")}

_DECATHLON = (
    ("Task01_BrainTumour", "240a19d752f0d9e9101544901065d872"), ("Task02_Heart", "06ee59366e1e5124267b774dbd654057"),
    ("Task03_Liver", "a90ec6c4aa7f6a3d087205e23d4e6397"), ("Task04_Hippocampus", "9d24dba78a72977dbd1d2e110310f31b"),
    ("Task05_Prostate", "35138f08b1efaef89d7424d2bcc928db"), ("Task06_Lung", "8afd997733c7fc0432f71255ba4e52dc"),
    ("Task07_Pancreas", "4f7080cfca169fa8066d17ce6eb061e4"), ("Task08_HepaticVessel", "641d79e80ec66453921d997fbf12a29c"),
    ("Task09_Spleen", "410d4a301da4e5b2f6f86ec3ddba524e"), ("Task10_Colon", "bad7a188931dc2f6acf72b08eb6202d0"),
)

_CHEST14 = (
    ("vfk49d74nhbxq3nqjg0900w5nvkorp5c", "fe8ed0a6961412fddcbb3603c11b3698", 2008470987),
    ("i28rlmbvmfjbl8p2n3ril0pptcmcu9d1", "ab07a2d7cbe6f65ddd97b4ed7bde10bf", 3952623504),
    ("f1t00wrtdk94satdfb9olcolqx20z2jp", "2301d03bde4c246388bad3876965d574", 3929234850),
    ("0aowwzs5lhjrceb3qp67ahp0rd1l1etg", "9f1b7f5aae01b13f4bc8e2c44a4b8ef6", 3838903983),
    ("v5e3goj22zr6h8tzualxfsqlqaygfbsn", "1861f3cd0ef7734df8104f2b0309023b", 3935496531),
    ("asi7ikud9jwnkrnkj99jnpfkjdes7l6l", "456b53a8b351afd92a35bc41444c58c8", 3986301172),
    ("jn1b4mw4n6lnh74ovmcjb8y48h8xj07n", "1075121ea20a137b87f290d6a4a5965e", 4016328426),
    ("tvpxmn7qyrgl0w8wfh9kqfjskv6nmm1j", "b61f34cec3aa69f295fbb593cbd9d443", 4018347353),
    ("upyy3ml7qdumlgk2rfcvlb9k6gvqq2pj", "442a3caa61ae9b64e61c561294d1e183", 4111327929),
    ("l6nilvfa9cg3s28tqv1qc1olm3gnz54p", "09ec81c4c31e32858ad8cf965c494b74", 4181556296),
    ("hhq8fkdgvcari67vfhs7ppg2w6ni4jze", "499aefc67207a5a97692424cf5dbeed5", 4187084020),
    ("ioqwiy20ihqwyr8pf4c24eazhh281pbu", "dc9fda1757c2de0032b63347a7d2895c", 2914187733),
)
CHEST14_TABLE = "Data_Entry_2017_v2020.csv"
_CHEST14_TABLE_ADDRESS = (
    "https://nihcc.app.box.com/index.php?rm=box_download_shared_file&vanity_name=ChestXray-NIHCC&file_id=f_219760887468"
)


def _medmnist(name: str, size: int, md5: str) -> PublicSet:
    file = f"{name}_{size}.npz"
    return PublicSet(
        name=name, title=f"MedMNIST+ {name}, {size} pixels", kind=Kind.MEDMNIST,
        files=(RemoteFile(f"https://zenodo.org/records/10519652/files/{file}?download=1", file, md5),),
        licence="CC BY-NC 4.0" if name == "dermamnist" else "CC BY 4.0", citation=_MEDMNIST_CITATION,
        source="https://doi.org/10.5281/zenodo.10519652", classes=_MEDMNIST_CLASSES.get(name, ()),
    )


def _decathlon(task: str, md5: str) -> PublicSet:
    address = f"https://msd-for-monai.s3-us-west-2.amazonaws.com/{task}.tar"
    return PublicSet(
        name=task, title=f"Medical Segmentation Decathlon, {task}", kind=Kind.DECATHLON,
        files=(RemoteFile(address, f"{task}.tar", md5),), licence="CC BY-SA 4.0",
        citation="Antonelli et al., The Medical Segmentation Decathlon, Nature Communications 13:4128, 2022, "
        "doi 10.1038/s41467-022-30695-9",
        source="http://medicaldecathlon.com",
    )


def _chest14() -> PublicSet:
    images = tuple(
        RemoteFile(f"https://nihcc.box.com/shared/static/{key}.gz", f"images_{number:03d}.tar.gz", md5, size)
        for number, (key, md5, size) in enumerate(_CHEST14, start=1)
    )
    return PublicSet(
        name="chestxray14", title="NIH ChestX-ray14", kind=Kind.CHEST14,
        files=(RemoteFile(_CHEST14_TABLE_ADDRESS, CHEST14_TABLE, None, 9003496), *images),
        licence="Use is unrestricted; give the link to the download site, acknowledge the NIH Clinical Center, cite the paper "
        "(FAQ_CHESTXRAY.pdf, Q04)",
        citation="Wang et al., ChestX-ray8, CVPR 2017, pp. 3462-3471", source="https://nihcc.app.box.com/v/ChestXray-NIHCC",
        hosts=("nihcc.app.box.com", "public.boxcloud.com", "dl.boxcloud.com"), classes=("No Finding", "finding"),
    )


CATALOGUE: dict[str, PublicSet] = {
    each.name: each
    for each in (*(_medmnist(*row) for row in _MEDMNIST), *(_decathlon(*row) for row in _DECATHLON), _chest14())
}
