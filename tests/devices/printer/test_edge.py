"""The edge on real lines: TCP, and ptys as a serial port and as a device file."""

import gc
import itertools
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.bench.core.devices import (
    BuffersCleared,
    ClearFailed,
    PrintConfirmed,
    PrinterChanged,
    PrinterEvent,
    PrinterState,
    PrintFailed,
    Proof,
)
from station.config.printer import FilePrinter, Printer, SerialPrinter, TcpPrinter
from station.devices.printer import PrinterEdge
from station.devices.printer.line import DescriptorLine, Line, LineUnavailableError
from station.emulator.model import Model
from tests.devices.printer.virtual import label
from tests.devices.printer.wires import Inbox, Kind, Wired

READY, PAPER_OUT, COVER_OPEN = PrinterState.READY, PrinterState.PAPER_OUT, PrinterState.COVER_OPEN
OFFLINE, NO_ANSWER, DISCONNECTED = PrinterState.OFFLINE, PrinterState.NO_ANSWER, PrinterState.DISCONNECTED
SLOW_MM_S = 40.0
KINDS: list[Kind] = ["tcp", "serial", "file"]


@pytest.fixture(params=KINDS)
def wired(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Wired]:
    with Wired(request.param, tmp_path) as wired:
        yield wired


@pytest.fixture(params=KINDS[:2])
def slow(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Wired]:
    """A printer slow enough that something can happen in the middle of a label."""
    with Wired(request.param, tmp_path, speed_mm_s=SLOW_MM_S) as wired:
        yield wired


def failed(event: PrinterEvent) -> tuple[str, bool]:
    assert isinstance(event, PrintFailed)
    return event.grant, event.begun


def test_labels_are_confirmed_by_process_id_and_stand_whole_on_paper(wired: Wired) -> None:
    with wired.edge() as edge:
        wired.inbox.state(READY)
        for grant in ("g1", "g2", "g3"):
            edge.print(grant, label())
            assert wired.inbox.outcome() == PrintConfirmed(grant, Proof.PROCESS_ID)
        assert wired.whole_labels(3, 800) == [True] * 3


def test_without_process_id_labels_are_confirmed_by_status(tmp_path: Path) -> None:
    with Wired("tcp", tmp_path, model=Model(process_id=False)) as wired, wired.edge() as edge:
        wired.inbox.state(READY)
        for grant in ("g1", "g2"):
            edge.print(grant, label())
            assert wired.inbox.outcome() == PrintConfirmed(grant, Proof.STATUS)
        assert wired.whole_labels(2, 800) == [True] * 2


@pytest.mark.parametrize(
    ("fault", "state", "remedy"),
    [
        ("paper out", PAPER_OUT, "paper in"),
        ("cover open", COVER_OPEN, "cover close"),
        ("offline", OFFLINE, "online"),
        ("silent on", NO_ANSWER, "silent off"),
    ],
)
def test_a_fault_before_a_job_is_its_own_state_and_refuses_the_job_as_not_begun(
    wired: Wired, fault: str, state: PrinterState, remedy: str
) -> None:
    with wired.edge() as edge:
        wired.inbox.state(READY)
        wired.printer.control(fault)
        assert wired.inbox.state(state).detail
        edge.print("g1", label())
        assert failed(wired.inbox.outcome()) == ("g1", False)
        wired.printer.control(remedy)
        wired.inbox.state(READY)
        edge.print("g2", label())
        assert wired.inbox.outcome() == PrintConfirmed("g2", Proof.PROCESS_ID)
        assert wired.whole_labels(1, 800) == [True]


@pytest.mark.parametrize(
    ("fault", "state", "remedy"), [("paper out", PAPER_OUT, "paper in"), ("cover open", COVER_OPEN, "cover close")]
)
def test_a_fault_in_a_label_is_waited_for_and_then_confirmed(
    slow: Wired, fault: str, state: PrinterState, remedy: str
) -> None:
    with slow.edge() as edge:
        slow.inbox.state(READY)
        edge.print("g1", label(400))
        slow.printer.wait_until(lambda printer: printer.executed_bytes > 10_000)
        slow.printer.control(fault)
        slow.inbox.state(state)
        # Longer than the write timeout and the answer time: nothing more is said, however long it takes.
        assert not threading.Event().wait(0.9)
        assert slow.inbox.drain() == []
        slow.printer.control("speed 0")
        slow.printer.control(remedy)
        assert slow.inbox.outcome() == PrintConfirmed("g1", Proof.PROCESS_ID)
        slow.printer.wait_for_labels(1)


def test_a_fault_after_a_label_leaves_its_confirmation_alone(wired: Wired) -> None:
    with wired.edge() as edge:
        wired.inbox.state(READY)
        edge.print("g1", label())
        assert wired.inbox.outcome() == PrintConfirmed("g1", Proof.PROCESS_ID)
        wired.printer.control("paper out")
        wired.inbox.state(PAPER_OUT)
        wired.printer.control("paper in")
        wired.inbox.state(READY)
        assert wired.inbox.drain() == []


def test_after_the_line_drops_in_a_raster_the_next_label_is_whole(wired: Wired) -> None:
    with wired.edge() as edge:
        wired.inbox.state(READY)
        wired.printer.control("drop line after 20000")
        edge.print("g1", label())
        assert failed(wired.inbox.outcome()) == ("g1", True)
        wired.inbox.state(DISCONNECTED)
        wired.inbox.state(READY)
        edge.print("g2", label())
        assert wired.inbox.outcome() == PrintConfirmed("g2", Proof.PROCESS_ID)
        assert wired.whole_labels(2, 800) == [False, True]  # what was on paper of the first is cut off for itself


def test_power_lost_in_a_label_is_told_as_begun_and_the_printer_is_ready_again_with_power(wired: Wired) -> None:
    with wired.edge() as edge:
        wired.inbox.state(READY)
        wired.printer.control("power off after 20000")
        edge.print("g1", label())
        assert failed(wired.inbox.outcome()) == ("g1", True)
        wired.inbox.state(DISCONNECTED)
        wired.printer.control("power on")
        wired.inbox.state(READY)
        edge.print("g2", label())
        assert wired.inbox.outcome() == PrintConfirmed("g2", Proof.PROCESS_ID)


def test_a_job_without_a_connection_is_refused_as_not_begun_at_once(wired: Wired) -> None:
    with wired.edge() as edge:
        wired.inbox.state(READY)
        wired.printer.control("power off")
        wired.inbox.state(DISCONNECTED)
        edge.print("g1", label())
        edge.clear()
        assert failed(wired.inbox.outcome(3)) == ("g1", False)
        assert isinstance(wired.inbox.outcome(3), ClearFailed)


def test_a_label_that_waits_for_paper_is_dropped_by_clearing_and_never_comes_out(tmp_path: Path) -> None:
    """On TCP: what the line has taken stands before the clearing, so it is opened anew."""
    with Wired("tcp", tmp_path, speed_mm_s=SLOW_MM_S) as wired, wired.edge() as edge:
        wired.inbox.state(READY)
        edge.print("g1", label())
        wired.printer.wait_until(lambda printer: printer.executed_bytes > 10_000)
        wired.printer.control("paper out")
        wired.inbox.state(PAPER_OUT)
        edge.clear()
        assert failed(wired.inbox.outcome()) == ("g1", True)
        assert wired.inbox.outcome() == BuffersCleared()
        wired.printer.wait_until(lambda printer: printer.buffered_bytes < 1000 and not printer.buffered_rows)
        assert not threading.Event().wait(0.5)  # and the same state is not told again on the new line
        wired.printer.control("paper in")
        wired.inbox.state(READY)
        edge.print("g2", label(100))
        assert wired.inbox.outcome() == PrintConfirmed("g2", Proof.PROCESS_ID)
        states = [event.state for event in wired.inbox.seen if isinstance(event, PrinterChanged)]
        assert states == [READY, PAPER_OUT, READY]


def test_an_idle_printer_is_cleared(wired: Wired) -> None:
    with wired.edge() as edge:
        wired.inbox.state(READY)
        edge.clear()
        assert wired.inbox.outcome() == BuffersCleared()


def test_a_line_that_stops_taking_bytes_is_given_up_within_the_write_timeout(slow: Wired) -> None:
    with slow.edge() as edge:
        slow.inbox.state(READY)
        slow.printer.control("speed 0.01")  # and so its buffer stays full, while its status is without fault
        began_s = time.monotonic()
        edge.print("g1", label(60_000))
        assert failed(slow.inbox.outcome()) == ("g1", True)
        assert time.monotonic() - began_s < 4


def test_nothing_of_a_job_that_was_given_up_follows_from_the_kernels_buffers(tmp_path: Path) -> None:
    with Wired("tcp", tmp_path, speed_mm_s=0.01) as wired, wired.edge() as edge:
        wired.inbox.state(READY)
        edge.print("g1", label(60_000))
        assert failed(wired.inbox.outcome()) == ("g1", True)
        wired.printer.control("speed 0")
        wired.inbox.state(READY)
        edge.print("g2", label(100))
        assert wired.inbox.outcome() == PrintConfirmed("g2", Proof.PROCESS_ID)
        # The printer's own buffers hold some 15 KB; the kernel had taken 3 MB.
        wired.printer.wait_until(lambda printer: not printer.buffered_bytes)
        wired.printer.wait_until(lambda printer: printer.received_bytes < 100_000)


def test_the_printer_is_found_when_it_comes_after_the_station(wired: Wired) -> None:
    wired.printer.control("power off")
    with wired.edge() as edge:
        assert wired.inbox.state(DISCONNECTED).detail
        wired.printer.control("power on")
        wired.inbox.state(READY)
        assert edge.alive


def test_each_change_of_state_and_each_reason_for_it_is_told_once(wired: Wired) -> None:
    with wired.edge():
        wired.inbox.state(READY)
        wired.printer.control("power off")
        wired.inbox.state(DISCONNECTED)
        assert not threading.Event().wait(0.6)  # a second attempt to connect
        [why] = wired.inbox.drain()
        assert isinstance(why, PrinterChanged)
        assert why.state is DISCONNECTED
        assert why.detail
        assert not threading.Event().wait(0.8)  # and a third
        assert wired.inbox.drain() == []


def test_a_job_is_sent_at_once_and_not_at_the_next_status(wired: Wired) -> None:
    with wired.edge(wired.config(status_interval_s=60)) as edge:
        wired.inbox.state(READY)
        # Until all that follows a connection is said: 4 DLE EOT, GS a and GS r, process ID and GS r.
        wired.printer.wait_until(lambda printer: printer.received_bytes >= 12 + 6 + 14)
        assert not threading.Event().wait(0.2)
        edge.print("g1", label(100))
        assert wired.inbox.outcome(5) == PrintConfirmed("g1", Proof.PROCESS_ID)


def test_closing_ends_the_thread_and_gives_back_every_descriptor(wired: Wired) -> None:
    with wired.edge():  # python-escpos is imported
        wired.inbox.state(READY)
    _await_hang_up(wired)
    gc.collect()  # what earlier tests left closes now, and not in between
    before, descriptors = set(threading.enumerate()), _descriptors()
    with wired.edge(wired.config(status_interval_s=60)) as edge:
        wired.inbox.state(READY)
        assert not threading.Event().wait(0.2)
        began_s = time.monotonic()
    assert time.monotonic() - began_s < 1
    edge.close()
    assert not edge.alive
    _await_hang_up(wired)
    assert set(threading.enumerate()) == before
    assert _descriptors() == descriptors


def test_a_line_stays_open_when_the_connector_that_opened_it_is_collected(wired: Wired) -> None:
    with wired.edge() as edge:
        wired.inbox.state(READY)
        gc.collect()
        edge.print("g1", label(100))
        assert wired.inbox.outcome() == PrintConfirmed("g1", Proof.PROCESS_ID)


def test_a_device_that_hangs_up_and_reads_as_empty_is_gone() -> None:
    """So does a serial port whose adapter was pulled out."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    line = DescriptorLine(ours.fileno(), lambda _discard: ours.close(), empty_read_is_end=False)
    inbox = Inbox()
    edge = PrinterEdge(FilePrinter(path="/dev/usb/lp0"), inbox.post, open_line=lambda _: line)
    edge.start()
    assert theirs.recv(3) == b"\x10\x04\x01"
    theirs.close()
    assert inbox.state(DISCONNECTED).detail == "the device is gone"
    edge.close()


def test_opening_is_tried_again_at_growing_intervals_and_told_once() -> None:
    attempts: list[float] = []
    enough = threading.Event()

    def refuse(_config: Printer) -> Line:
        attempts.append(time.monotonic())
        if len(attempts) == 4:
            enough.set()
        raise LineUnavailableError("not there")

    inbox = Inbox()
    edge = PrinterEdge(TcpPrinter(host="127.0.0.1"), inbox.post, open_line=refuse)
    edge.start()
    assert enough.wait(5)
    edge.close()
    gaps = [after - before for before, after in itertools.pairwise(attempts)]
    assert gaps == sorted(gaps)
    assert gaps[-1] > 0.9
    assert len(inbox.drain()) == 1


@pytest.mark.parametrize(
    ("config", "remedy"),
    [
        (TcpPrinter(host="127.0.0.1", port=1), "raw printing"),
        (SerialPrinter(port="/dev/no-such-printer"), "plug it in"),
        (FilePrinter(path="/dev/no-such-printer"), "plug it in"),
        (FilePrinter(path=__file__), "not a device"),
    ],
)
def test_a_printer_that_cannot_be_opened_is_told_with_place_and_remedy(config: Printer, remedy: str) -> None:
    inbox = Inbox()
    edge = PrinterEdge(config, inbox.post)
    edge.start()
    detail = inbox.state(DISCONNECTED).detail
    edge.close()
    assert detail.startswith("printer at ")
    assert remedy in detail


def _await_hang_up(wired: Wired) -> None:
    """A network printer has closed its end, too; of a pty it cannot know."""
    if isinstance(wired.config(), TcpPrinter):
        wired.printer.wait_until(lambda printer: not printer._line_open)


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
