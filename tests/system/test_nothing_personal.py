"""A day with marked customers, and then everything that was written is searched for them.

Promise 6 of the hold protocol, and more: the system's journal, the databases once their time is over, what is said to
systemd, to the broker and to Prometheus, and what a crash leaves. Packers and supervisors are people, too: the system's
journal does not name them.
"""

import random
import re
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.request import urlopen

import msgspec
import pytest

from station.desk.store import SCHEMA
from station.protocol.codec import encode
from station.protocol.instruction import Instruction
from station.protocol.outcome import OutcomeKind
from station.protocol.topics import HoldOn, InstructionOf, RequestFrom, Topics
from station.sqlite import open_read_only
from tests.system.bench import Bench, free_port
from tests.system.defective import CRASH, DRAWN
from tests.system.goods import PERSONAL, Merchant
from tests.system.journald import ROOT, Journald, why_not
from tests.system.processes import Process, wait_for
from tests.system.shift import Shift
from tests.system.warehouse import PREFIX, Warehouse

pytestmark = pytest.mark.full
TOPICS = Topics(PREFIX)
ORDERS = 4
PACKER = "WATANABE7"
LETTER = "TEL 03-5555-1234"
"""What a packer can hold before a scanner, beside goods: a customer's letter."""

WRONG = ("revision", "ship_to", "lines", "pieces", "slips", "delivery_date", "time_slot", "version")
"""Where in an instruction no name can stand."""


class Said:
    """What the daemons tell systemd."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = b""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            self.text += self._socket.recv(8192) + b"\n"


class Day:
    """A warehouse whose programs are services of a journald of our own, with figures on and defects in."""

    def __init__(self, folder: Path, journald: Journald) -> None:
        self.journald = journald
        self.warehouse = Warehouse(folder)
        self.ports = {"desk": free_port(), "station": free_port()}
        self.said = Said(folder / "notify")
        figures = '\n[metrics]\nlisten = "127.0.0.1:{}"\n'
        desk, station = self.warehouse.desk_config, self.bench.config
        desk.write_text(desk.read_text() + figures.format(self.ports["desk"]) + "[keep]\npersonal_data_days = 0\n")
        station.write_text(station.read_text() + figures.format(self.ports["station"]))
        for process in (self.warehouse.desk, self.bench.station):
            program = (sys.executable, "-m", "tests.system.defective", *process._words[3:])
            process._words = journald.under(*program)
            process._environment |= {"PYTHONPATH": str(ROOT), "NOTIFY_SOCKET": str(self.said.path)}
            process.may_give_up = True
        self.merchant = Merchant(random.Random(8), prefix="M")
        self.metrics: dict[str, str] = {}
        self.shift = Shift(self.warehouse, 7, eventful=False)

    @property
    def bench(self) -> Bench:
        """The one."""
        return self.warehouse.benches[0]

    def order(self, **changes: object) -> Instruction:
        """One more order, known at the desk; with ``changes`` that it cannot print, refused there."""
        instruction = msgspec.structs.replace(self.merchant.order(), **changes)
        question = self.shift.contact.ship(instruction)
        wanted = OutcomeKind.REFUSED if changes else OutcomeKind.ACCEPTED
        wait_for("the answer", lambda: question.newest is wanted, seen=lambda: str(question.answers))
        return instruction

    def kept_at_the_desk(self) -> int:
        """Instructions whose personal data are still there."""
        with closing(open_read_only(self.warehouse.database, SCHEMA.version)) as database:
            (kept,) = database.execute("SELECT count(*) FROM editions WHERE instruction IS NOT NULL").fetchone()
        return int(kept)

    def figures(self, program: str) -> str:
        """What Prometheus reads."""
        with urlopen(f"http://127.0.0.1:{self.ports[program]}/metrics", timeout=10) as answer:
            text: str = answer.read().decode()
        return text

    def open(self, order: Instruction) -> None:
        """Scan its slip."""
        self.bench.scan(order.slips[0])
        self.bench.view.wait_for("it is open", lambda screen: screen.order == order.order)


@pytest.fixture(scope="module")
def day(module_folder: Path) -> Iterator[Day]:
    if reason := why_not():
        pytest.skip(reason)
    (module_folder / "journald").mkdir()
    with Journald(module_folder / "journald") as journald:
        day = Day(module_folder, journald)
        with day.shift:
            _spend(day)
            day.metrics = {program: day.figures(program) for program in day.ports}
            # The day is over, and so is the time that the desk keeps personal data for.
            wait_for("the desk has dropped them", lambda: not day.kept_at_the_desk())
        yield day


def _spend(day: Day) -> None:
    shift, bench = day.shift, day.bench
    shift.packers[0].resting = True
    bench.view.wait_for("idle", lambda screen: screen.session == "idle")
    bench.scan(f"PS-PACKER-{PACKER}")
    bench.view.wait_for("the packer", lambda screen: screen.packer == PACKER)
    bench.scan(LETTER)
    bench.view.wait_for("some answer", lambda screen: screen.session == "idle")
    _refuse(day)
    _hold_and_cancel(day)
    _crash(day)
    shift.packers[0].resting = False
    shift.feed(ORDERS)
    shift.work_off()


def _refuse(day: Day) -> None:
    """What cannot be taken, with somebody's name where it does not belong."""
    contact = day.shift.contact
    good = day.merchant.order()
    name = good.ship_to.name
    whole = msgspec.json.decode(encode(msgspec.structs.replace(good, order="R-1")))
    for field in WRONG:
        contact.publish(TOPICS.of(InstructionOf("R-1")), msgspec.json.encode(whole | {field: name}))
    contact.publish(TOPICS.of(HoldOn("R-1", "h")), f'{{"version":1,"hold":"{name}","kind":"{name}"}}'.encode())
    contact.publish(TOPICS.of(RequestFrom("bench-1")), f'{{"version":1,"type":"{name}"}}'.encode())
    day.order(gift_note=DRAWN)
    day.order(gift_note="\U00013000")

    def refused() -> list[str]:
        return [line["MESSAGE"] for line in day.journald.lines("EVENT=message refused")]

    # The hold by both programs, one request, two labels.
    wait_for("all of it is refused", lambda: len(refused()) == len(WRONG) + 5, seen=lambda: "\n".join(refused()))


def _hold_and_cancel(day: Day) -> None:
    """An order that is opened, held, released and packed."""
    contact, order = day.shift.contact, day.order()
    day.open(order)
    contact.wait_until_settled([contact.hold(order.order, "h", kind="address_change")])
    day.bench.view.wait_for("the hold", lambda screen: screen.tone == "stop")
    contact.wait_until_settled([contact.release(order.order, "h", kind="address_change")])
    day.bench.scan(LETTER)
    day.shift.trolley.add(order)


def _crash(day: Day) -> None:
    """With the address of the open order in hand: by a defect, and by the watchdog's signal."""
    day.bench.scan(CRASH)
    wait_for("it crashed", lambda: day.journald.lines("EVENT=crashed"))
    day.bench.view.wait_for("it is back", lambda screen: screen.desk and screen.session == "idle")
    order = day.order()
    day.open(order)
    _abort(day.bench.station)
    wait_for("its threads are told", lambda: b"Fatal Python error: Aborted" in day.journald.export())
    day.bench.view.wait_for("it is back", lambda screen: screen.desk and screen.session == "idle")
    day.shift.trolley.add(order)


def _abort(process: Process) -> None:
    running = process._running
    assert running is not None
    running.send_signal(signal.SIGABRT)


def _found(data: bytes) -> list[bytes]:
    return sorted({match.group() for match in re.finditer(PERSONAL, data)})


def test_the_systems_journal_tells_all_of_it_and_names_nobody(day: Day) -> None:
    journal = day.journald.export()
    told = {line["EVENT"] for line in day.journald.lines("SITE=osaka")}

    assert _found(journal) == []
    assert PACKER.encode() not in journal
    assert {"opened", "item", "hold active", "print begins", "printed", "granted", "revision refused"} <= told
    assert {"crashed", "label check met a defect", "message refused"} <= told


def test_an_orders_story_is_in_the_journal_from_both_programs(day: Day) -> None:
    (order,) = {line["ORDER"] for line in day.journald.lines("EVENT=hold active", "STATION=bench-1")}
    story = day.journald.lines(f"ORDER={order}")

    assert {line["SYSLOG_IDENTIFIER"] for line in story} == {"packing-station", "packing-desk"}
    events = [line["EVENT"] for line in story]
    assert events.index("revision accepted") < events.index("hold active") < events.index("print begins")
    assert {line["STATION"] for line in story if "STATION" in line} == {"bench-1"}


def test_no_disk_holds_a_customer_once_the_time_is_over(day: Day) -> None:
    for disk in day.warehouse.disks:
        for path in disk.folder.iterdir():
            assert _found(path.read_bytes()) == [], path


def test_systemd_is_told_no_names(day: Day) -> None:
    assert b"READY=1" in day.said.text
    assert b"STATUS=" in day.said.text
    assert _found(day.said.text) == []


def test_the_broker_hears_names_only_in_instructions_and_inboxes(day: Day) -> None:
    assert day.warehouse.lines is not None
    others = [
        word
        for name in ("desk", "bench-1")
        for word in day.warehouse.lines.words(name)
        if not word.topic.endswith(("/instruction", "/inbox"))
    ]
    assert any(word.topic.endswith("/status") for word in others)
    assert [word for word in others if _found(word.payload) or _found(word.topic.encode())] == []


def counted(figures: str, name: str) -> float:
    found = re.search(rf"^{name} (\S+)$", figures, re.MULTILINE)
    assert found, name
    return float(found[1])


def test_prometheus_reads_figures_and_no_names(day: Day) -> None:
    desk, station = day.metrics["desk"], day.metrics["station"]

    assert _found((desk + station).encode()) == []
    assert PACKER not in desk + station
    assert 'packing_hold_answers_total{outcome="stopped"} ' in desk
    assert counted(desk, "packing_hold_answer_seconds_count") >= 2  # the hold and its release
    assert 'packing_station_up{station="bench-1"} 1.0' in desk
    assert 'packing_order_events_total{event="printed"}' in station
    assert 'packing_printer_state{state="ready"} 1.0' in station
    assert "packing_unsent_records 0.0" in station
    assert counted(station, "packing_scan_to_first_byte_seconds_count") == ORDERS + 2
    assert counted(station, "packing_commit_seconds_count") > ORDERS < counted(desk, "packing_commit_seconds_count")
