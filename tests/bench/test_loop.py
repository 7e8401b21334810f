"""The order of commitment: what has to be on disk is there before the world hears of it."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import msgspec
import pytest

from station.bench.arrivals import ArrivalReader
from station.bench.core.codes import Code
from station.bench.core.devices import (
    Indication,
    PrintConfirmed,
    PrinterChanged,
    PrinterState,
    Proof,
    Scanned,
    Sound,
)
from station.bench.core.ending import FINISH_S, After
from station.bench.core.events import LabelsDrawn
from station.bench.core.machine import restarted
from station.bench.core.screen import Screen
from station.bench.core.state import Bench, Moment, Rules, ScanBackRule, ScanningBack
from station.bench.journal import Journal
from station.bench.loop import WRITE_WITHIN_S, BenchLoop, StartAnew, Stop
from station.bench.recording import Recording
from station.clock import Clock
from station.feed.mqtt import Arrived, Connected, Receipt
from station.protocol.codec import Message, encode
from station.protocol.hold import Hold
from station.protocol.reply import Granted, JournalBehind, Kept, Opened, Reply, Welcome
from station.protocol.request import AnyRequest, GrantReference, Heard, Hello, Open, Print, Printed, Unknown
from station.protocol.status import DeskStatus
from station.protocol.topics import Address, HoldOn, InboxOf, StatusOfDesk, Topics
from tests.label.orders import PLAIN

TOPICS = Topics("packing/test")
STATION = "station-1"
SLIP, ITEM = PLAIN.slips[0], PLAIN.lines[0].codes[0]


@dataclass
class World:
    """Everything outside the loop. ``looks`` is called at every word to it, as a power cut could come there."""

    looks: Callable[[str], None] = lambda _what: None
    said: list[AnyRequest] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    shown: list[Screen] = field(default_factory=list)
    statuses: list[dict[str, int]] = field(default_factory=list)
    endings: list[str] = field(default_factory=list)

    def say(self, request: AnyRequest) -> None:
        self.looks(type(request).__name__)
        self.said.append(request)

    def acknowledge(self, message: Arrived) -> None:
        self.looks("acknowledge")
        self.acknowledged.append(message.topic)

    def print(self, grant: str, *_labels: object) -> None:
        self.looks("print")
        self.printed.append(grant)

    def prepare(self, order: str, revision: int, reprint: int) -> None: ...
    def clear_printer(self) -> None: ...
    def forget(self, order: str) -> None: ...
    def play(self, sound: Sound) -> None: ...
    def indicate(self, lamps: Indication) -> None: ...
    def check_alive(self) -> None: ...
    def progress(self) -> None: ...

    def ending(self, words: str) -> None:
        self.endings.append(words)

    def show(self, shown: Screen) -> None:
        self.shown.append(shown)

    def tell_status(self, _bench: Bench, rejected: dict[str, int]) -> None:
        self.statuses.append(rejected)


@dataclass
class Station:
    """A loop on a journal file, its world, and its clock."""

    path: Path
    now: float = 0.0
    world: World = field(default_factory=World)
    scan_back: ScanBackRule = ScanBackRule.IN_DOUBT

    def __post_init__(self) -> None:
        rules = Rules(
            station=STATION, software=version("packing-station"), slip_pattern="^A-", scan_back=self.scan_back
        )
        clock = Clock(lambda: self.now, lambda: f"at {self.now}", lambda: int(self.now))
        self.journal = Journal(self.path, clock)
        remembered = self.journal.begin_boot()
        first = restarted(remembered, rules, Moment(self.now, str))
        recording = Recording.begun(rules, remembered, first, self.now)
        reader = ArrivalReader(TOPICS, STATION, self.journal, lambda _instruction: None, lambda code: code)
        self.loop = BenchLoop(first.bench, rules, self.journal, reader, self.world, 10**6, recording, clock=clock)
        self.loop.start(first)

    def hears(self, address: Address, content: Message | bytes) -> None:
        payload = content if isinstance(content, bytes) else encode(content)
        self.loop.take(Arrived(TOPICS.of(address), payload, False, Receipt(1, 1, 1)))

    def answers(self, reply: Reply) -> None:
        """Of the one desk that there is."""
        self.hears(InboxOf(STATION), msgspec.structs.replace(reply, incarnation="i"))

    def last(self, kind: type[AnyRequest]) -> AnyRequest:
        return [request for request in self.world.said if isinstance(request, kind)][-1]

    def connects(self) -> None:
        self.loop.take(Connected())
        welcome = Welcome(
            request=self.last(Hello).request,
            epoch="e",
            incarnation="i",
            decision=0,
            last_sequence=0,
            outstanding=(),
            want_holds=True,
        )
        self.answers(welcome)
        while self.loop.bench.outbox:
            self.answers(Kept(request=self.loop.bench.outbox[0].request))
        self.answers(Kept(request=self.last(Heard).request))

    def packs(self) -> None:
        """Everything matches; the desk is asked."""
        self.loop.take(PrinterChanged(PrinterState.READY))
        self.connects()
        self.loop.take(Scanned("hand", Code(SLIP)))
        self.answers(Opened(request=self.last(Open).request, order=PLAIN.order, instruction=PLAIN))
        self.loop.take(LabelsDrawn(PLAIN.order, 1, 0))
        self.loop.take(Scanned("hand", Code(ITEM)))

    def is_over(self) -> bool:
        """Whether it would end now."""
        return self.loop.is_over

    def granted(self) -> str:
        """The desk's yes."""
        grant = self.last(Print).request
        reference = GrantReference(grant=grant, order=PLAIN.order, revision=1, tracking_numbers=PLAIN.tracking_numbers)
        self.answers(Granted(request=grant, grant=reference, epoch="e", decision=1))
        return grant


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    """A station that has just started."""
    started = Station(tmp_path / "station.db")
    yield started
    started.journal.close()


def on_disk(path: Path, sql: str) -> list[tuple[object, ...]]:
    """What another process would find after a power cut."""
    with sqlite3.connect(path) as other:
        found = other.execute(sql).fetchall()
    other.close()
    return found


def seen(station: Station, at: str, sql: str) -> list[list[tuple[object, ...]]]:
    """What is on disk whenever the loop says this to the world; filled as it goes on."""
    found: list[list[tuple[object, ...]]] = []

    def look(what: str) -> None:
        if what == at:
            found.append(on_disk(station.path, sql))

    station.world.looks = look
    return found


def test_the_point_of_no_return_is_on_disk_when_the_printer_gets_the_label(station: Station) -> None:
    station.packs()
    found = seen(station, "print", "SELECT grant_id, fate FROM grants")
    grant = station.granted()
    assert station.world.printed == [grant]
    assert found == [[(grant, None)]]


def test_a_record_is_on_disk_when_it_is_said(station: Station) -> None:
    station.packs()
    grant = station.granted()
    found = seen(station, "Printed", "SELECT sequence, kept FROM records")
    station.loop.take(PrintConfirmed(grant, Proof.STATUS))
    assert isinstance(station.last(Printed), Printed)
    assert found == [[(1, 0)]]


def test_a_hold_is_on_disk_when_its_message_is_acknowledged(station: Station) -> None:
    found = seen(station, "acknowledge", "SELECT order_id, hold_id, active FROM holds")
    station.hears(HoldOn("A-1", "h/1"), Hold(hold="h/1", kind="cancel", state="active"))
    assert found == [[("A-1", "h/1", 1)]]


def test_the_audit_trail_is_on_disk_within_a_tenth_of_a_second(station: Station) -> None:
    trail = "SELECT what FROM audit WHERE code = 'A-2'"
    station.loop.take(Scanned("hand", Code("A-1")))
    station.loop.take(Scanned("hand", Code("A-2")))
    assert on_disk(station.path, trail) == []
    assert station.loop.due_s <= station.now + WRITE_WITHIN_S
    station.now += WRITE_WITHIN_S
    station.loop.take(None)
    assert on_disk(station.path, trail) == [("scan while opening",)]


def test_after_a_power_cut_in_the_label_the_grant_is_in_doubt(station: Station) -> None:
    station.packs()
    grant = station.granted()
    station.journal.close()
    again = Station(station.path)
    again.connects()
    unknown = again.last(Unknown)
    assert isinstance(unknown, Unknown)
    assert unknown.grant.grant == grant
    station.journal = again.journal


def test_a_journal_that_is_an_old_copy_is_begun_anew_and_the_process_ends(station: Station) -> None:
    station.loop.take(Connected())
    before = on_disk(station.path, "SELECT journal_id FROM journal")
    with pytest.raises(StartAnew):
        station.answers(JournalBehind(request=station.last(Hello).request, last_sequence=9, boot_number=3))
    assert on_disk(station.path, "SELECT journal_id FROM journal") != before


def test_a_desk_that_started_anew_is_greeted(station: Station) -> None:
    station.connects()
    greeted = len([each for each in station.world.said if isinstance(each, Hello)])
    for status in (DeskStatus(up=True, incarnation="i"), DeskStatus(up=False)):
        station.hears(StatusOfDesk(), status)
        assert len([each for each in station.world.said if isinstance(each, Hello)]) == greeted
    for _ in range(2):
        station.hears(StatusOfDesk(), DeskStatus(up=True, incarnation="another"))
        assert len([each for each in station.world.said if isinstance(each, Hello)]) == greeted + 1


@pytest.mark.parametrize(
    ("address", "payload", "kind"),
    [
        (InboxOf(STATION), b"\xff", "message"),
        (InboxOf(STATION), b'{"version":2}', "message"),
        (InboxOf("station-2"), b"{}", "topic"),
        (HoldOn("A-1", "h"), b"", "hold"),
        (HoldOn("A-1", "h"), b"[" * 70_000, "hold"),
        (StatusOfDesk(), b"{}", "message"),
    ],
)
def test_a_message_that_cannot_be_read_stops_nothing_and_is_counted(
    station: Station, address: Address, payload: bytes, kind: str
) -> None:
    station.hears(address, payload)
    assert station.loop.rejected == {kind: 1}
    assert station.world.acknowledged == [TOPICS.of(address)]
    station.now += 1.0
    station.loop.take(None)
    assert station.world.statuses[-1] == {kind: 1}


def test_a_hold_that_cannot_be_read_holds_and_an_empty_one_does_not(station: Station) -> None:
    station.packs()
    station.hears(HoldOn(PLAIN.order, "h-empty"), b"")
    assert station.loop.bench.session.__class__.__name__ == "Asking"
    station.hears(HoldOn(PLAIN.order, "h-broken"), b"rubbish")
    assert station.loop.bench.session.__class__.__name__ == "Withdrawing"


def test_screen_and_lamps_are_told_once_for_each_change(station: Station) -> None:
    station.packs()
    station.now += 1.0
    station.loop.take(None)
    count = len(station.world.shown)
    station.now += 1.0
    station.loop.take(None)
    assert len(station.world.shown) == count
    assert station.world.shown[-1].session == "asking"


def test_a_kill_at_any_word_after_the_confirmation_leaves_the_label_to_be_scanned_back(tmp_path: Path) -> None:
    station = Station(tmp_path / "station.db", scan_back=ScanBackRule.ALWAYS)
    station.packs()
    grant = station.granted()
    seen = []
    station.world.looks = lambda what: seen.append(
        (what, on_disk(station.path, "SELECT count(*) FROM scan_backs"), on_disk(station.path, _PRINTED))
    )
    station.loop.take(PrintConfirmed(grant, Proof.PROCESS_ID))
    assert seen[0] == ("Printed", [(1,)], [(1,)])

    again = Station(station.path, now=station.now, scan_back=ScanBackRule.ALWAYS)

    assert isinstance(again.loop.bench.session, ScanningBack)
    again.loop.take(Scanned("hand", Code(PLAIN.tracking_numbers[0])))
    again.now += WRITE_WITHIN_S
    again.loop.take(None)
    assert on_disk(station.path, "SELECT count(*) FROM scan_backs") == [(0,)]


_PRINTED = "SELECT count(*) FROM grants WHERE fate = 'printed'"


def test_told_to_stop_it_ends_at_once_where_no_label_is_in_hand(station: Station) -> None:
    station.packs()
    station.loop.take(Stop())
    assert station.is_over()
    assert station.world.endings == []


def test_told_to_stop_it_finishes_the_label_in_hand_and_says_so(station: Station) -> None:
    station.packs()
    grant = station.granted()
    station.loop.take(Stop())
    assert not station.is_over()
    assert station.world.endings == ["stopping: the label in hand is finished first"]
    station.loop.take(PrintConfirmed(grant, Proof.STATUS))
    assert station.is_over()


def test_a_printer_that_confirms_nothing_holds_up_a_stop_for_a_set_time_only(station: Station) -> None:
    station.packs()
    station.granted()
    station.loop.take(Stop())
    station.now += FINISH_S - 0.1
    assert not station.is_over()
    station.now += 0.1
    assert station.is_over()


def test_told_to_stop_twice_it_ends_with_the_label_in_hand(station: Station) -> None:
    station.packs()
    station.granted()
    station.loop.take(Stop())
    station.loop.take(Stop())
    assert station.is_over()


def test_told_to_retire_it_ends_when_no_order_is_open(station: Station) -> None:
    station.packs()
    station.loop.take(Stop(After.ORDER))
    assert not station.is_over()
    grant = station.granted()
    assert not station.is_over()
    station.loop.take(PrintConfirmed(grant, Proof.STATUS))
    assert station.is_over()
    assert station.world.endings == []  # systemd would count its time for stopping from then on


def test_a_station_that_waits_to_retire_can_still_be_stopped(station: Station) -> None:
    station.packs()
    station.loop.take(Stop(After.ORDER))
    station.loop.take(Stop())
    assert station.is_over()
    station.loop.take(Stop(After.ORDER))
    assert station.is_over()
