"""One data set, all levels: each attribute gets the action that table and options say, and what is unknown goes."""

from collections import Counter

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag

from cauce.dataset.deidentify.admissible import fits, is_admissible, written
from cauce.dataset.deidentify.ages import top_coded
from cauce.dataset.deidentify.coded import clean_coded_entry, is_coded_entry
from cauce.dataset.deidentify.dates import clean_time, shift_date, shift_datetime
from cauce.dataset.deidentify.dummy import REMOVED, dummy
from cauce.dataset.deidentify.graphics import keep_shapes
from cauce.dataset.deidentify.identifiers import Identifiers
from cauce.dataset.deidentify.policy import Clean, Policy, Retain
from cauce.dataset.deidentify.private import creator_tag, safe_vr
from cauce.dataset.deidentify.rules import TEXT_VRS, TIME_VRS, Act, Decision, known
from cauce.dataset.deidentify.table import load_table
from cauce.dataset.deidentify.uids import UidMap
from cauce.dataset.deidentify.vocabulary import clean_text

Change = tuple[str, str, str, str]
"""(tag, keyword, what was done, why); no value."""

_REMOVED_GROUPS = frozenset((0x0000, 0x0002, 0x0004, 0xFFFA, 0xFFFC))
_WORD_VRS = frozenset(("CS", "SH", "LO", *TEXT_VRS))


class Cleaner:
    """Applies a policy to the data sets of one patient's instance; `changes` counts what was done."""

    def __init__(self, policy: Policy, *, uids: UidMap, pseudonym: str, days: int, identifiers: Identifiers) -> None:
        """`pseudonym` replaces the patient's identifier and name; dates move by `days`."""
        self._policy, self._uids, self._pseudonym, self._days = policy, uids, pseudonym, days
        self._identifiers = identifiers
        self._table = load_table()
        self.changes: Counter[Change] = Counter()

    def clean(self, dataset: Dataset, *, strict: bool = False) -> None:
        """Change `dataset` in place, and the items of its sequences."""
        if is_coded_entry(dataset):
            clean_coded_entry(dataset, keep_local=not strict)
            strict = False  # what is left of it are words of the standard
        kept_creators: set[int] = set()
        for tag in sorted(dataset.keys(), reverse=True):  # private creators come after the attributes of their block
            if tag.is_private:
                self._private(dataset, tag, kept_creators)
            else:
                self._standard(dataset, tag, strict)

    def _private(self, dataset: Dataset, tag: BaseTag, kept_creators: set[int]) -> None:
        if tag in kept_creators:
            return
        try:
            safe = Retain.SAFE_PRIVATE in self._policy.retain and safe_vr(dataset, tag) is not None
        except Exception:  # a private value whose bytes do not fit its VR
            safe = False
        if safe:
            kept_creators.add(creator_tag(tag))
            self._count(tag, "", Act.KEEP, "safe private")
        else:
            self._remove(dataset, tag, "", "private")

    def _standard(self, dataset: Dataset, tag: BaseTag, strict: bool) -> None:
        if tag.element == 0 or tag.group in _REMOVED_GROUPS or tag.group >> 8 in (0x50, 0x60):
            row = self._table.row(tag)
            self._remove(dataset, tag, row.keyword if row else "", f"basic {row.basic}" if row else "group")
            return
        about = known(int(tag), self._policy, strict)
        if about is None:
            self._remove(dataset, tag, "", "unknown attribute")
            return
        if about.decision.act is Act.REMOVE:
            self._remove(dataset, tag, about.keyword, about.decision.why)
            return
        try:
            element = dataset[tag]
            matches = fits(element.VR, about.vr)
        except Exception:  # a value whose bytes do not fit its VR
            matches = False
        if matches:
            self._apply(dataset, element, about.keyword, about.decision)
        else:
            self._remove(dataset, tag, about.keyword, "value does not fit the VR of the data dictionary")

    def _apply(self, dataset: Dataset, element: DataElement, keyword: str, decision: Decision) -> None:
        if element.VR == "SQ":
            self._sequence(dataset, element, keyword, decision)
        elif element.is_empty or decision.act is Act.EMPTY:
            element.clear()
            self._count(element.tag, keyword, Act.EMPTY, decision.why)
        elif decision.act is Act.KEEP:
            self._keep(dataset, element, keyword, decision)
        else:
            value = self._replacement(element, keyword, decision)
            if value is None and element.VR in TIME_VRS:
                element.clear()  # such attributes are often required, and may be empty
                self._count(element.tag, keyword, Act.EMPTY, f"{decision.why}; no date or time stood in it")
            elif value is None:
                self._remove(dataset, element.tag, keyword, f"{decision.why}; no dummy for VR {element.VR}")
            else:
                self._count(element.tag, keyword, decision.act, decision.why)
                dataset[element.tag] = DataElement(element.tag, element.VR, value)

    def _sequence(self, dataset: Dataset, element: DataElement, keyword: str, decision: Decision) -> None:
        if not isinstance(element.value, Sequence):
            self._remove(dataset, element.tag, keyword, "not a sequence")
            return
        self._count(element.tag, keyword, decision.act, decision.why)
        if decision.act is Act.EMPTY:
            element.value = Sequence()
            return
        if keyword == "GraphicAnnotationSequence" and Clean.GRAPHICS in self._policy.clean:
            keep_shapes(element.value)
        for item in element.value:
            self.clean(item, strict=decision.act is Act.ENTER_STRICTLY)

    def _keep(self, dataset: Dataset, element: DataElement, keyword: str, decision: Decision) -> None:
        if element.VR == "AS":
            ages = [top_coded(text) for text in written(element)]
            if None in ages:
                self._remove(dataset, element.tag, keyword, "not an age")
                return
            dataset[element.tag] = DataElement(element.tag, "AS", ages if len(ages) > 1 else ages[0])
        elif not is_admissible(element):
            self._remove(dataset, element.tag, keyword, "value does not fit its VR")
        elif element.VR in _WORD_VRS and any(self._identifiers.occur_in(text) for text in written(element)):
            self._count(element.tag, keyword, Act.DUMMY, "an identifier of this instance stood in it")
            if element.VR == "CS":
                del dataset[element.tag]
            else:
                dataset[element.tag] = DataElement(element.tag, element.VR, REMOVED)
        elif element.VR == "IS" and any(text in self._identifiers.numbers for text in written(element)):
            self._count(element.tag, keyword, Act.DUMMY, "an identifier of this instance stood in it")
            dataset[element.tag] = DataElement(element.tag, "IS", dummy("IS"))
        elif decision.why.startswith("basic") or " K" in decision.why:
            self._count(element.tag, keyword, Act.KEEP, decision.why)

    def _replacement(self, element: DataElement, keyword: str, decision: Decision) -> object | None:
        if decision.act is Act.MAP_UID:
            mapped = [self._uids(text) for text in written(element)]
            return mapped if len(mapped) > 1 else mapped[0]
        if decision.act is Act.SHIFT:
            return self._shifted(element)
        if decision.act is Act.CLEAN:
            return self._cleaned(element)
        if keyword in ("PatientID", "PatientName"):
            return self._pseudonym
        return dummy(element.VR)

    def _shifted(self, element: DataElement) -> object | None:
        texts = [text for text in written(element) if text]
        if element.VR == "TM":
            moved = [clean_time(text) for text in texts]
        elif element.VR == "DA":
            moved = [shift_date(text, self._days) for text in texts]
        else:
            moved = [shift_datetime(text, self._days) for text in texts]
        if None in moved or not moved:
            return None
        return moved if len(moved) > 1 else moved[0]

    def _cleaned(self, element: DataElement) -> str:
        if Clean.DESCRIPTORS not in self._policy.clean or element.VR in ("PN", "AE", "UR"):
            return str(dummy(element.VR))
        value = element.value
        text = " ".join(str(item) for item in value) if isinstance(value, MultiValue) else str(value)
        limit = {"SH": 16, "LO": 64, "ST": 1024}.get(element.VR, 10240)
        return clean_text(text, self._identifiers.names)[:limit].strip() or REMOVED

    def _remove(self, dataset: Dataset, tag: BaseTag, keyword: str, why: str) -> None:
        del dataset[tag]
        self._count(tag, keyword, Act.REMOVE, why)

    def _count(self, tag: BaseTag, keyword: str, act: Act, why: str) -> None:
        self.changes[(f"{tag.group:04X},{tag.element:04X}", keyword, act.value, why)] += 1
