import pytest

from cauce.domain.codes import Code
from cauce.domain.errors import IntegrityError, NotFoundError
from cauce.store.records import RecordStore

CODE = Code(scheme="DCM", value="130591", meaning="Focal abnormality")


@pytest.fixture
def store(tmp_path):
    return RecordStore(tmp_path / "workspace" / "records")


def test_what_is_put_comes_back_by_digest_and_by_name(store):
    digest = store.put(CODE, "finding")
    assert store.get(Code, digest) == CODE
    assert store.latest(Code, "finding") == CODE


def test_a_name_remembers_what_it_pointed_to(store):
    other = CODE.model_copy(update={"value": "2"})
    digests = [store.put(CODE, "finding"), store.put(CODE, "finding"), store.put(other, "finding")]
    assert store.history(Code, "finding") == [digests[0], digests[2]]
    assert store.latest(Code, "finding") == other


@pytest.mark.parametrize("edit", [lambda text: text.replace("130591", "130592"), lambda text: text[:-20], lambda _: "{}"])
def test_an_edited_record_is_refused(store, edit):
    path = store.path(Code, store.put(CODE))
    path.write_text(edit(path.read_text()))
    with pytest.raises(IntegrityError, match="changed after it was sealed"):
        store.get(Code, path.stem)


def test_an_unknown_name_lists_the_known_ones(store):
    store.put(CODE, "finding")
    with pytest.raises(NotFoundError, match="Known names: finding"):
        store.latest(Code, "fnding")


@pytest.mark.parametrize("damaged", [b"", b"{", b"{}", b"[1]"])
def test_a_damaged_list_of_a_name_is_refused_with_its_place(store, damaged):
    store.put(CODE, "finding")
    path = store.root / "code" / "by-name" / "finding.json"
    path.write_bytes(damaged)
    with pytest.raises(IntegrityError, match=r"by-name/finding\.json"):
        store.history(Code, "finding")
