import os
import queue
import random
import termios
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from station.bench.core.devices import DeviceEvent, Scanned, ScannerChanged
from station.config.scanners import SerialScanner
from station.devices.scanner import Scanner
from station.devices.scanner_serial import serial_scanner

Inbox = queue.SimpleQueue[DeviceEvent]
GAP_S = 0.1


class Line:
    """A scanner on a pty, under a path of its own that survives unplugging, as udev's links do."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.plug()

    def plug(self) -> None:
        self.scanner_end, self.station_end = os.openpty()
        self.path.symlink_to(os.ttyname(self.station_end))

    def send(self, characters: bytes) -> None:
        os.write(self.scanner_end, characters)

    def unplug(self) -> None:
        self.path.unlink()
        os.close(self.station_end)
        os.close(self.scanner_end)


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    line = Line(tmp_path / "scanner")
    yield line
    if line.path.is_symlink():
        line.unplug()


@pytest.fixture
def inbox() -> Inbox:
    return queue.SimpleQueue()


@pytest.fixture
def started(line: Line, inbox: Inbox) -> Iterator[Callable[..., Scanner]]:
    """Starts a scanner on the line and waits until it is up."""
    scanners: list[Scanner] = []

    def start(**settings: object) -> Scanner:
        scanner = serial_scanner(_config(line, **settings), inbox.put)
        scanners.append(scanner)
        scanner.start()
        assert inbox.get(timeout=2) == ScannerChanged("right", up=True)
        return scanner

    yield start
    for scanner in scanners:
        scanner.close()


def _config(line: Line, **settings: object) -> SerialScanner:
    # The path is a temporary one, which the pattern of the configuration would not let an operator set.
    return SerialScanner(**{"name": "right", "port": str(line.path), "gap_ms": int(GAP_S * 1000), **settings})  # type: ignore[arg-type]


def next_scan(inbox: Inbox) -> str:
    event = inbox.get(timeout=2)
    assert isinstance(event, Scanned), event
    return event.code.text


@pytest.mark.parametrize(("end", "sent"), [("cr", b"\r"), ("lf", b"\n"), ("crlf", b"\r\n"), ("any", b"\r\n")])
def test_scans_end_as_the_scanner_is_set(
    line: Line, inbox: Inbox, started: Callable[..., Scanner], end: str, sent: bytes
) -> None:
    started(end=end)
    line.send(b"4901234567894" + sent + b"A1234A" + sent)
    assert [next_scan(inbox), next_scan(inbox)] == ["4901234567894", "A1234A"]
    assert inbox.empty()


def test_a_scan_that_comes_one_byte_at_a_time_is_one_scan(
    line: Line, inbox: Inbox, started: Callable[..., Scanner]
) -> None:
    started(end="crlf", gap_ms=2000)
    for byte in b"]C1010490123456789410A\x1d21B\r\n":
        line.send(bytes([byte]))
        time.sleep(0.001)
    event = inbox.get(timeout=2)
    assert isinstance(event, Scanned)
    assert event.code.text == "010490123456789410A\x1d21B"
    assert event.code.gtin == "04901234567894"


@pytest.mark.parametrize("parity", ["none", "even", "odd"])
def test_parity_data_and_stop_bits_are_set_on_the_port(
    line: Line, inbox: Inbox, started: Callable[..., Scanner], parity: str
) -> None:
    started(parity=parity, data_bits=7 if parity != "none" else 8, stop_bits=2, baud=19200)
    line.send(b"4901234567894\r")
    assert next_scan(inbox) == "4901234567894"
    attributes = termios.tcgetattr(line.station_end)
    assert bool(attributes[0] & termios.INPCK) == (parity != "none"), "damaged bytes must not pass for good ones"
    assert attributes[2] & termios.CSTOPB
    assert attributes[4] == termios.B19200


def test_a_scan_of_blanks_is_nothing(line: Line, inbox: Inbox, started: Callable[..., Scanner]) -> None:
    started()
    line.send(b"  \r\x02\x03\rA1\r")
    assert next_scan(inbox) == "A1"


def test_utf8_in_a_qr_code_is_read_and_other_bytes_keep_codes_apart(
    line: Line, inbox: Inbox, started: Callable[..., Scanner]
) -> None:
    started()
    line.send("髙島屋-1\r".encode())
    line.send(b"\xff1\r\xfe1\r")
    assert next_scan(inbox) == "髙島屋-1"
    assert next_scan(inbox) != next_scan(inbox)


def test_a_byte_damaged_on_the_line_takes_its_scan_with_it(
    line: Line, inbox: Inbox, started: Callable[..., Scanner]
) -> None:
    scanner = started(parity="even")
    line.send(b"49012\x0034567894\r49123456\r")
    assert next_scan(inbox) == "49123456"
    assert scanner.drops == 1


def test_a_line_that_goes_in_mid_scan_is_reported_once_and_comes_back_without_the_part(
    line: Line, inbox: Inbox, started: Callable[..., Scanner]
) -> None:
    scanner = started(gap_ms=5000)
    line.send(b"A1\r49012")
    assert next_scan(inbox) == "A1"
    line.unplug()
    down = inbox.get(timeout=2)
    assert isinstance(down, ScannerChanged)
    assert not down.up
    assert down.detail.startswith("unplugged (")
    time.sleep(0.4)  # long enough for a retry that finds nothing
    line.plug()
    assert inbox.get(timeout=4) == ScannerChanged("right", up=True)
    assert scanner.drops == 1
    line.send(b"34567894\r")
    assert next_scan(inbox) == "34567894"


def test_a_port_that_is_not_there_is_said_once_with_the_remedy_and_taken_when_it_comes(
    line: Line, inbox: Inbox
) -> None:
    line.unplug()
    scanner = serial_scanner(_config(line), inbox.put)
    scanner.start()
    down = inbox.get(timeout=2)
    assert isinstance(down, ScannerChanged)
    assert down.detail.startswith(f"{line.path}: no such device: plug the scanner in")
    line.plug()
    assert inbox.get(timeout=4) == ScannerChanged("right", up=True)
    scanner.close()


def test_a_port_that_another_station_has_is_said_as_that(
    line: Line, inbox: Inbox, started: Callable[..., Scanner]
) -> None:
    started()
    second = serial_scanner(_config(line, name="second"), inbox.put)
    second.start()
    down = inbox.get(timeout=2)
    second.close()
    assert isinstance(down, ScannerChanged)
    assert down.detail.startswith(f"{line.path}: another program has locked it")
    line.send(b"4901234567894\r")
    assert next_scan(inbox) == "4901234567894"


def test_a_waiting_scanner_closes_at_once_and_twice_and_gives_the_port_back(
    started: Callable[..., Scanner],
) -> None:
    scanner = started()
    assert scanner.alive
    begun = time.monotonic()
    scanner.close()
    scanner.close()
    assert time.monotonic() - begun < 0.2
    assert [thread for thread in threading.enumerate() if thread.name == "scanner-right"] == []
    started()


def test_a_scanner_that_was_never_started_can_be_closed(line: Line, inbox: Inbox) -> None:
    scanner = serial_scanner(_config(line), inbox.put)
    scanner.close()
    assert not scanner.alive


def test_on_a_line_that_loses_bytes_two_scans_are_never_joined(
    line: Line, inbox: Inbox, started: Callable[..., Scanner]
) -> None:
    """Each scan is in a letter of its own, so a joined one shows. A packer takes longer than the gap."""
    started(gap_ms=20)
    lossy = random.Random(2026)
    for letter in b"ABCDEFGHIJKLMNOPQRST":
        line.send(bytes(byte for byte in bytes([letter]) * 12 + b"\r" if lossy.random() > 0.2))
        time.sleep(0.04)
    line.send(b"END\r")
    scans = []
    while (scan := next_scan(inbox)) != "END":
        scans.append(scan)
    assert 5 < len(scans) < 20
    assert all(len(set(scan)) == 1 for scan in scans)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(noise=st.binary(max_size=300))
def test_whatever_bytes_come_the_scanner_lives_and_reads_the_next_code(
    line: Line, inbox: Inbox, started: Callable[..., Scanner], noise: bytes
) -> None:
    scanner = started()
    line.send(noise + b"\r4901234567894\r")
    while next_scan(inbox) != "4901234567894":
        pass
    assert scanner.alive
    scanner.close()
