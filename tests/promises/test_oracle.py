"""The judge can fail: traces in which one promise each is broken, and the same traces without the breach."""

from contextlib import nullcontext

import msgspec
import pytest

from station.protocol.codec import Message, encode
from station.protocol.instruction import Line
from station.protocol.outcome import Outcome, OutcomeKind, Shipment
from station.protocol.reply import Granted
from station.protocol.request import GrantReference
from station.protocol.topics import Address, InboxOf, OutcomeOf, ShipmentOf, Topics
from station.protocol.unit import Unit
from tests.label.orders import order as instruction
from tests.label.orders import pieces
from tests.promises.labels import LabelSet
from tests.promises.oracle import Broken, Oracle

ORDER, BENCH = "A-1001", "bench-1"
TOPICS = Topics("packing/test")
Kind = OutcomeKind


class Site:
    """Says and prints what a test wants, true or not."""

    def __init__(self, count: int = 1) -> None:
        """``count``: pieces of the order."""
        self.oracle = Oracle(TOPICS)
        self.numbers: dict[int, tuple[str, ...]] = {}
        for revision in (1, 2):
            body = instruction(revision=revision, pieces=pieces(count + revision)[revision:])
            self.oracle.instructions[ORDER, revision] = body
            self.numbers[revision] = body.tracking_numbers

    def say(self, address: Address, message: Message) -> None:
        """A word of the desk."""
        self.oracle.hear(TOPICS.of(address), encode(message))

    def answer(self, kind: OutcomeKind, hold: str = "h", epoch: str = "e", late: LabelSet | None = None) -> None:
        """A hold is answered."""
        self._outcome("hold", hold, kind, epoch, late)

    def answer_revision(self, kind: OutcomeKind, revision: int, late: LabelSet | None = None) -> None:
        """A revision is answered."""
        self._outcome("revision", str(revision), kind, "e", late)

    def _outcome(self, of: str, subject: str, kind: OutcomeKind, epoch: str, late: LabelSet | None) -> None:
        told: dict[str, object] = {}
        if late is not None:
            told = {
                "station": late.station,
                "grant": late.grant,
                "tracking_numbers": late.tracking_numbers,
                "printed_revision": late.revision,
            }
        body = Outcome(order=ORDER, of=of, subject=subject, outcome=kind, epoch=epoch, **told)  # type: ignore[arg-type]
        self.say(OutcomeOf(ORDER, f"{of}-{subject}"), body)

    def release(self, hold: str = "h") -> None:
        """The contact center releases a hold."""
        self.oracle.released.add((ORDER, hold))

    def grant(self, name: str = "g1", revision: int = 1, reprint: int = 0) -> LabelSet:
        """The desk permits a set of labels."""
        numbers = self.numbers[revision]
        reference = GrantReference(
            grant=name, order=ORDER, revision=revision, reprint=reprint, tracking_numbers=numbers
        )
        self.say(InboxOf(BENCH), Granted(request=name, grant=reference, epoch="e", decision=1))
        return self.set(name, revision, reprint)

    def set(self, name: str = "g1", revision: int = 1, reprint: int = 0) -> LabelSet:
        """A set of labels, of which none is out."""
        return LabelSet(BENCH, name, ORDER, revision, reprint, self.numbers[revision])

    def print(self, label_set: LabelSet, *numbers: str) -> LabelSet:
        """Labels come out: the whole set, or those with these numbers on them."""
        self.oracle.begin(label_set)
        for number in numbers or label_set.tracking_numbers:
            label_set.out += 1
            self.oracle.see(label_set, number)
        return label_set

    def record(self, label_set: LabelSet, **changes: object) -> Shipment:
        """The shipment record of a set, true but for the changes."""
        told: dict[str, object] = {
            "number": 1,
            "order": ORDER,
            "grant": label_set.grant,
            "station": label_set.station,
            "revision": label_set.revision,
            "tracking_numbers": label_set.tracking_numbers,
            "reprint": label_set.reprint,
            "proof": "process_id",
        }
        return Shipment(**(told | changes))  # type: ignore[arg-type]


@pytest.fixture
def site() -> Site:
    return Site()


def broken(promise: int) -> pytest.RaisesExc[Broken]:
    return pytest.raises(Broken, match=f"^promise {promise}: ")


def test_a_whole_life_without_a_breach_is_accepted(site: Site) -> None:
    site.answer_revision(Kind.ACCEPTED, 1)
    site.answer(Kind.STOPPED)
    site.release()
    site.answer(Kind.FREED)
    site.answer_revision(Kind.ACCEPTED, 2)
    granted = site.grant(revision=2)
    site.answer(Kind.PRINTING, "h2")
    printed = site.print(granted)
    site.answer(Kind.TOO_LATE, "h2", late=printed)
    site.answer_revision(Kind.REFUSED, 1)
    site.oracle.judge_paper([ORDER])
    site.oracle.judge_records([site.record(printed)])
    site.oracle.judge_answer(ORDER, "h2", Kind.TOO_LATE)
    site.oracle.judge_answer(ORDER, "h", Kind.FREED)


# 1. A hold wins until the print


def test_a_label_after_stopped_breaks_promise_1(site: Site) -> None:
    granted = site.grant()
    site.answer(Kind.STOPPED)
    with broken(1):
        site.print(granted)


def test_so_does_one_label_of_a_set_and_a_release_of_another_hold_is_no_excuse() -> None:
    site = Site(2)
    granted = site.grant()
    site.answer(Kind.STOPPED)
    site.release("another")
    with broken(1):
        site.print(granted, granted.tracking_numbers[0])


# 2. Every answer is true


def test_stopped_though_the_label_lies_there_breaks_promise_2(site: Site) -> None:
    site.print(site.grant())
    with broken(2):
        site.answer(Kind.STOPPED)


def test_stopped_while_part_of_a_set_lies_there_is_true() -> None:
    site = Site(2)
    granted = site.grant()
    site.print(granted, granted.tracking_numbers[0])
    site.answer(Kind.STOPPED)


@pytest.mark.parametrize("what", ["station", "grant", "tracking_numbers", "revision"])
def test_too_late_for_another_label_than_lies_there_breaks_promise_2(site: Site, what: str) -> None:
    printed = site.print(site.grant())
    told = LabelSet(BENCH, printed.grant, ORDER, 1, 0, printed.tracking_numbers)
    setattr(told, what, {"revision": 2, "tracking_numbers": ("1",)}.get(what, "another"))
    with broken(2):
        site.answer(Kind.TOO_LATE, late=told)


def test_too_late_before_the_label_is_out_breaks_promise_2(site: Site) -> None:
    with broken(2):
        site.answer(Kind.TOO_LATE, late=site.grant())


def test_too_late_for_a_set_that_was_torn_up_breaks_promise_2(site: Site) -> None:
    printed = site.print(site.grant())
    printed.destroyed = True
    with broken(2):
        site.answer_revision(Kind.TOO_LATE, 2, late=printed)


def test_freed_though_nobody_released_breaks_promise_2(site: Site) -> None:
    site.answer(Kind.STOPPED)
    with broken(2):
        site.answer(Kind.FREED)


def test_accepted_though_an_older_label_lies_there_breaks_promise_2(site: Site) -> None:
    site.print(site.grant())
    with broken(2):
        site.answer_revision(Kind.ACCEPTED, 2)


def test_another_answer_to_the_same_question_breaks_promise_2_where_nothing_explains_it(site: Site) -> None:
    site.answer(Kind.STOPPED)
    with broken(2):
        site.answer(Kind.PRINTING)


def test_a_desk_from_an_old_copy_may_answer_anew(site: Site) -> None:
    site.answer(Kind.STOPPED)
    site.answer(Kind.UNKNOWN, epoch="another")


@pytest.mark.parametrize("answer", [Kind.PRINTING, Kind.UNKNOWN, Kind.TOO_LATE, Kind.FREED, None])
def test_a_last_answer_that_is_not_the_truth_breaks_promise_2(site: Site, answer: OutcomeKind | None) -> None:
    with broken(2):
        site.oracle.judge_answer(ORDER, "h", answer)


# 3. One label


def test_a_second_set_that_nobody_asked_for_breaks_promise_3(site: Site) -> None:
    site.print(site.grant())
    site.print(site.grant("g2", reprint=1))
    with broken(3):
        site.oracle.judge_paper([ORDER])
    site.oracle.reprints_asked[ORDER] += 1
    site.oracle.judge_paper([ORDER])


def test_the_same_mark_on_labels_of_two_sets_breaks_promise_3_though_one_is_not_whole() -> None:
    site = Site(2)
    first = site.grant()
    site.print(first, first.tracking_numbers[0])
    second = site.grant("g2", revision=2)
    site.print(second)
    with broken(3):
        site.oracle.judge_paper([ORDER])


def test_the_same_label_twice_breaks_promise_3() -> None:
    site = Site(2)
    granted = site.grant()
    with broken(3):
        site.print(granted, *[granted.tracking_numbers[0]] * 2)


# 4. No permission, no print; the newest revision


def test_a_label_that_nobody_granted_breaks_promise_4(site: Site) -> None:
    with broken(4):
        site.print(site.set())


def test_a_label_by_the_supervisors_key_breaks_nothing(site: Site) -> None:
    site.answer(Kind.STOPPED)
    site.print(site.set("boot.alone1"))


@pytest.mark.parametrize("has_heard", [False, True])
def test_beside_a_label_by_the_supervisors_key_an_unmarked_one_is_given_only_by_a_desk_that_has_not_heard_of_it(
    site: Site, has_heard: bool
) -> None:
    alone = site.print(site.set("boot.alone1"))
    if has_heard:
        site.say(ShipmentOf(ORDER), site.record(alone))
    site.oracle.reprints_asked[ORDER] += 1
    with broken(3) if has_heard else nullcontext():
        site.print(site.grant())
        site.oracle.judge_paper([ORDER])


@pytest.mark.parametrize("late", [Kind.TOO_LATE, Kind.SWAP_ORDERED])
def test_another_label_of_one_by_the_supervisors_key_breaks_nothing_once_the_newer_revision_is_late(
    site: Site, late: OutcomeKind
) -> None:
    alone = site.print(site.set("boot.alone1"))
    site.answer_revision(Kind.ACCEPTED, 2)
    with broken(4):
        site.print(site.grant("g2", reprint=1))
    site.answer_revision(late, 2, late=alone)
    site.print(site.grant("g3", reprint=2))


def test_an_older_revision_than_was_accepted_breaks_promise_4(site: Site) -> None:
    granted = site.grant()
    site.answer_revision(Kind.ACCEPTED, 2)
    with broken(4):
        site.print(granted)


def test_a_number_on_a_label_that_its_revision_does_not_have_breaks_promise_4(site: Site) -> None:
    with broken(4):
        site.print(site.grant(), site.numbers[2][0])


# 5. Nothing is lost


def test_a_label_without_a_record_breaks_promise_5(site: Site) -> None:
    site.print(site.grant())
    with broken(5):
        site.oracle.judge_records([])


def test_a_record_without_a_label_breaks_promise_5(site: Site) -> None:
    with broken(5):
        site.oracle.judge_records([site.record(site.set())])


def test_two_records_of_one_label_break_promise_5(site: Site) -> None:
    printed = site.print(site.grant())
    with broken(5):
        site.oracle.judge_records([site.record(printed), site.record(printed, number=2)])


@pytest.mark.parametrize(
    "changes", [{"station": "bench-2"}, {"revision": 2}, {"reprint": 1}, {"tracking_numbers": ("1",)}]
)
def test_a_record_that_says_something_else_than_the_label_breaks_promise_5(
    site: Site, changes: dict[str, object]
) -> None:
    printed = site.print(site.grant())
    with broken(5):
        site.oracle.judge_records([site.record(printed, **changes)])


def test_a_set_of_which_one_label_is_missing_needs_no_record() -> None:
    site = Site(2)
    granted = site.grant()
    site.print(granted, granted.tracking_numbers[0])
    site.oracle.judge_records([])


# Units whose codes are asked for


ASKS = (Line(codes=("4901234567894",), name="x", quantity=2, capture=("lot", "serial")),)


def packed(site: Site, *serials: str, name: str = "g1") -> LabelSet:
    site.oracle.scanned[BENCH] |= {"S1", "S2"}
    label_set = site.grant(name)
    label_set.units = tuple(Unit(line=0, item="04901234567894", lot="L", serial=serial) for serial in serials)
    return label_set


def test_units_as_the_lines_ask_for_them_and_in_the_record_are_no_breach(site: Site) -> None:
    label_set = packed(site, "S1", "S2")
    site.oracle.packs(label_set, ASKS)
    site.print(label_set)
    site.oracle.judge_records([site.record(label_set, units=label_set.units)])


@pytest.mark.parametrize("serials", [(), ("S1",), ("S1", "S2", "S1"), ("S1", ""), ("S1", "never scanned")])
def test_a_parcel_without_the_units_that_its_lines_ask_for_breaks_promise_5(
    site: Site, serials: tuple[str, ...]
) -> None:
    with broken(5):
        site.oracle.packs(packed(site, *serials), ASKS)


def test_a_record_without_its_units_breaks_promise_5(site: Site) -> None:
    label_set = site.print(packed(site, "S1", "S2"))
    with broken(5):
        site.oracle.judge_records([site.record(label_set)])


def another_label(site: Site) -> LabelSet:
    first = packed(site, "S1", "S2")
    site.oracle.packs(first, ASKS)
    site.print(first)
    return site.grant("g2", reprint=1)


def test_another_label_of_a_packed_parcel_needs_no_units(site: Site) -> None:
    second = another_label(site)
    second.closed = True
    site.oracle.packs(second, ASKS)


def test_a_parcel_that_is_packed_anew_needs_them_again(site: Site) -> None:
    second = another_label(site)
    with broken(5):
        site.oracle.packs(second, ASKS)


@pytest.mark.parametrize("quantity", [1, 3])
def test_a_label_of_other_goods_on_a_packed_parcel_breaks_promise_4(site: Site, quantity: int) -> None:
    second = another_label(site)
    second.closed = True
    with broken(4):
        site.oracle.packs(second, (msgspec.structs.replace(ASKS[0], quantity=quantity),))


@pytest.mark.parametrize("is_let_pass", [False, True])
def test_a_serial_number_in_two_orders_parcels_is_a_breach_unless_a_supervisor_let_it_pass(
    site: Site, is_let_pass: bool
) -> None:
    first = site.print(packed(site, "S1", "S2"))
    other = LabelSet(BENCH, "g2", "A-2", 1, 0, first.tracking_numbers, first.units, out=1)
    site.oracle.sets.append(other)
    records = [site.record(first, units=first.units), site.record(other, order="A-2", grant="g2", units=first.units)]
    if is_let_pass:
        site.oracle.let_pass.add("g2")
        site.oracle.judge_records(records)
    else:
        with pytest.raises(Broken, match="serial S1 went out with A-1001 and"):
            site.oracle.judge_records(records)


# After the print


def scan_to_void(site: Site, label_set: LabelSet, *numbers: str) -> None:
    """A person scans a set, or these labels of it, where it is called back."""
    for number in numbers or label_set.tracking_numbers:
        site.oracle.scan_to_void(ORDER, number)


def void(site: Site, label_set: LabelSet) -> Shipment:
    """The desk has it that a set is void, and says so."""
    record = site.record(label_set, number=2, kind="void")
    site.say(ShipmentOf(ORDER), record)
    return record


def test_a_label_that_was_scanned_to_void_it_is_recalled_and_counts_no_more(site: Site) -> None:
    printed = site.print(site.grant())
    site.answer(Kind.RECALLING, late=printed)
    scan_to_void(site, printed)
    records = [site.record(printed), void(site, printed)]
    site.answer(Kind.RECALLED, late=printed)
    site.oracle.judge_answer(ORDER, "h", Kind.RECALLED)
    site.oracle.judge_records(records)
    site.release()
    site.answer(Kind.FREED)
    site.print(site.grant("g2", revision=2, reprint=1))
    site.oracle.judge_paper([ORDER])


def test_recalled_of_a_label_that_nobody_scanned_breaks_promise_2() -> None:
    site = Site(2)
    printed = site.print(site.grant())
    scan_to_void(site, printed, printed.tracking_numbers[0])
    with broken(2):
        site.answer(Kind.RECALLED, late=printed)


def test_too_late_of_a_label_that_is_void_breaks_promise_2(site: Site) -> None:
    printed = site.print(site.grant())
    scan_to_void(site, printed)
    site.answer(Kind.TOO_LATE, late=printed)
    void(site, printed)
    with broken(2):
        site.answer(Kind.TOO_LATE, hold="h2", late=printed)


def test_a_label_after_recalled_breaks_promise_1(site: Site) -> None:
    printed = site.print(site.grant())
    scan_to_void(site, printed)
    void(site, printed)
    site.answer(Kind.RECALLED, late=printed)
    with broken(1):
        site.print(site.grant("g2", revision=2, reprint=1))


def test_a_void_number_that_is_granted_again_breaks_promise_3(site: Site) -> None:
    printed = site.print(site.grant())
    scan_to_void(site, printed)
    void(site, printed)
    site.grant()  # the same step, heard again: the same answer
    with broken(3):
        site.grant("g2", reprint=1)


def test_a_void_that_nobody_scanned_breaks_promise_5(site: Site) -> None:
    printed = site.print(site.grant())
    with broken(5):
        void(site, printed)


@pytest.mark.parametrize("count", [0, 2])
def test_a_void_without_its_one_record_breaks_promise_5(site: Site, count: int) -> None:
    printed = site.print(site.grant())
    scan_to_void(site, printed)
    record = void(site, printed)
    with broken(5):
        site.oracle.judge_records([site.record(printed), *[record] * count])


def test_the_last_answer_may_not_be_that_the_label_is_looked_for(site: Site) -> None:
    printed = site.print(site.grant())
    site.answer(Kind.RECALLING, late=printed)
    with broken(2):
        site.oracle.judge_answer(ORDER, "h", Kind.RECALLING)


@pytest.mark.parametrize("kind", [Kind.RECALLING, Kind.SWAP_ORDERED])
def test_what_is_called_back_or_swapped_has_to_lie_there(site: Site, kind: OutcomeKind) -> None:
    with broken(2):
        site.answer_revision(kind, 2, late=site.set())


def test_a_void_whose_record_was_lost_on_its_way_is_known_by_the_answer(site: Site) -> None:
    first = site.print(site.grant())
    site.oracle.reprints_asked[ORDER] += 1
    second = site.print(site.grant("g2", reprint=1))
    scan_to_void(site, second)
    site.answer(Kind.RECALLED, late=second)
    assert (first.void, second.void) == (True, True)
