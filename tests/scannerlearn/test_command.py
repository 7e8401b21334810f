"""``station scanner``: the sheet that decoders of others read, and learning from a line and from a keyboard."""

import os
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zxingcpp
from evdev.eventio import EventIO
from PIL import Image

from station.cli import main
from station.devices.scanner import ScannerUnavailable
from station.emulator.lines import PtyLine
from station.scannerlearn import listening
from station.scannerlearn.command import learn_keys, learn_line
from station.scannerlearn.findings import Line
from station.scannerlearn.heard import Chunk
from station.scannerlearn.listening import Skipped, devices, wait_for_new
from station.scannerlearn.patterns import Pattern
from tests.devices.typist import as_kernel_bytes
from tests.scannerlearn.made_up import Settings, with_parity

GOOD = Settings()


@pytest.mark.parametrize("kind", ["png", "pdf"])
def test_the_sheet_is_written_as_its_name_says(tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / f"patterns.{kind}"
    assert main(["scanner", "patterns", str(file)]) == 0
    assert file.read_bytes().startswith({"png": b"\x89PNG", "pdf": b"%PDF"}[kind])
    assert "print it at 100 %" in capsys.readouterr().out


def test_a_decoder_of_others_reads_the_three_patterns_with_fnc1_start_and_stop(tmp_path: Path) -> None:
    file = tmp_path / "patterns.png"
    main(["scanner", "patterns", str(file)])
    read = zxingcpp.read_barcodes(Image.open(file).convert("L"), text_mode=zxingcpp.TextMode.Plain)
    found = {each.symbology_identifier: each.text for each in read}
    assert found == {
        "]C0": GOOD.text(Pattern.LAYOUT)[3:],
        "]C1": GOOD.text(Pattern.GS1)[3:],
        "]F0": GOOD.text(Pattern.NW7)[3:],
    }


def test_another_kind_of_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scanner", "patterns", str(tmp_path / "x.svg")]) == 1
    assert "name it FILE.pdf or FILE.png" in capsys.readouterr().err


@pytest.fixture
def line(tmp_path: Path) -> Iterator[PtyLine]:
    """A serial scanner's device node."""
    pty = PtyLine(tmp_path / "scanner")
    pty.open()
    yield pty
    pty.close()


def scan_when(asked: Callable[[], bool], scan: Callable[[], None]) -> threading.Thread:
    """A person who scans when the screen says so."""

    def wait_and_scan() -> None:
        until_s = time.monotonic() + 10
        while not asked() and time.monotonic() < until_s:
            time.sleep(0.01)
        time.sleep(0.05)
        scan()

    thread = threading.Thread(target=wait_and_scan, daemon=True)
    thread.start()
    return thread


def test_a_scanner_on_a_real_line_is_learnt_and_its_block_printed(
    line: PtyLine, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "QUIET_S", 0.15)
    said: list[str] = []
    monkeypatch.setattr("station.scannerlearn.command._aside", said.append)
    skip_read, skip_write = os.pipe()
    monkeypatch.setattr(listening.Port.__init__, "__defaults__", (skip_read,))
    people = [
        scan_when(
            lambda pattern=number: any(f"Scan pattern {pattern}" in each for each in said),  # type: ignore[misc]
            lambda pattern=pattern: line.write(b"".join(chunk for chunk, _ in GOOD.chunks(pattern))),  # type: ignore[misc]
        )
        for number, pattern in enumerate((Pattern.LAYOUT, Pattern.GS1), start=1)
    ]
    people.append(
        scan_when(lambda: any("Scan pattern 3" in each for each in said), lambda: void(os.write(skip_write, b"\n")))
    )
    assert main(["scanner", "learn", "--device", str(tmp_path / "scanner"), "--name", "fixed"]) == 0
    for person in people:
        person.join()
    [table] = tomllib.loads(capsys.readouterr().out)["scanners"]
    assert table == {
        "kind": "serial",
        "name": "fixed",
        "port": str(tmp_path / "scanner"),
        "baud": 9600,
        "end": "cr",
        "fnc1": "gs",
    }
    assert any("enable NW-7" in each for each in said)
    os.close(skip_read)
    os.close(skip_write)


def void(_: object) -> None:
    """Nothing."""


class LineAt:
    """A serial scanner that is set to one speed and form; at others it is gibberish."""

    def __init__(self, baud: int, parity: str) -> None:
        self.baud, self.parity = baud, parity
        self.order = [Pattern.LAYOUT, Pattern.NW7, Pattern.GS1]
        self.lines: list[Line] = []

    def scan(self, line: Line) -> list[Chunk]:
        self.lines.append(line)
        pattern = self.order[0]
        content = b"".join(chunk for chunk, _ in GOOD.chunks(pattern))
        if line.baud != self.baud:
            return [(bytes(each ^ 0x3C for each in content), 0.0)]
        self.order.pop(0)
        read_rightly = line.parity == self.parity
        return [(content if read_rightly else with_parity(content, self.parity), 0.0)]


def test_speeds_are_tried_one_after_the_other_and_patterns_taken_in_any_order() -> None:
    scanner = LineAt(38400, "even")
    said: list[str] = []
    findings = learn_line("/dev/serial/x", scanner, said.append)
    assert findings.line == Line(38400, 7, "even")
    assert [each.baud for each in scanner.lines] == [9600, 115200, 38400, 38400, 38400]
    assert (findings.fnc1, findings.end, findings.advice) == ("gs", "cr", ())


class Keyboard(EventIO):
    """An event node with a pipe behind it."""

    def __init__(self) -> None:
        self.fd, self.other_end = os.pipe2(os.O_NONBLOCK)

    def close(self) -> None:
        os.close(self.fd)


def test_a_keyboard_is_learnt_from_the_bytes_of_its_events(monkeypatch: pytest.MonkeyPatch) -> None:
    device = Keyboard()
    monkeypatch.setattr(listening, "open_keyboard", lambda _evdev, _path: device)
    monkeypatch.setattr(listening, "QUIET_S", 0.05)
    ear = listening.Keys("/dev/input/by-path/x-event-kbd", skip=None)

    def say(words: str) -> None:
        if words.startswith("Scan pattern"):
            pattern = list(Pattern)[int(words[13]) - 1]
            os.write(device.other_end, as_kernel_bytes(GOOD.keys(pattern)))

    findings = learn_keys("/dev/input/by-path/x-event-kbd", ear, say)
    ear.close()
    assert (findings.layout, findings.fnc1, findings.advice) == ("jp", "gs", ())


def test_an_unplugged_keyboard_ends_it_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    device = Keyboard()
    os.close(device.other_end)
    monkeypatch.setattr(listening, "open_keyboard", lambda _evdev, _path: device)
    with pytest.raises(OSError, match="unplugged"):
        listening.Keys("/dev/input/by-path/x-event-kbd", skip=None).scan()


def test_enter_instead_of_a_scan_passes_a_pattern_over_and_asks_for_the_first_again() -> None:
    answers: list[object] = [Skipped(), GOOD.keys(Pattern.LAYOUT), Skipped(), GOOD.keys(Pattern.NW7)]

    class Ear:
        def scan(self) -> list[tuple[int, int, int, float]]:
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer  # type: ignore[return-value]

    said: list[str] = []
    findings = learn_keys("/dev/input/x", Ear(), said.append)
    assert "Pattern 1 is needed." in said
    assert findings.layout == "jp"
    assert any("pattern 2 was not read" in each for each in findings.advice)


def test_a_device_that_is_not_there_is_said_with_the_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scanner", "learn", "--device", "/dev/serial/by-path/nowhere"]) == 1
    assert "no such device: plug the scanner in" in capsys.readouterr().err


def test_the_device_that_is_plugged_in_is_found_by_its_best_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "LOOK_AGAIN_S", 0.02)
    keyboards, ports, ids = (tmp_path / each for each in ("input/by-path", "serial/by-path", "serial/by-id"))
    for folder in (keyboards, ports, ids):
        folder.mkdir(parents=True)
    (keyboards / "builtin-event-kbd").touch()
    assert devices(tmp_path) == [str(keyboards / "builtin-event-kbd")]
    found: list[str] = []
    waiting = threading.Thread(target=lambda: found.append(wait_for_new(void, tmp_path)), daemon=True)
    waiting.start()
    time.sleep(0.06)
    (ids / "usb-Maker").touch()
    (ports / "usb-0:1.3").touch()
    waiting.join(5)
    assert found == [str(ports / "usb-0:1.3")]


def test_learning_needs_the_library_only_for_a_keyboard(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_evdev: object, path: str) -> None:
        raise ScannerUnavailable(f"{path}: another program has grabbed it")

    monkeypatch.setattr(listening, "open_keyboard", refused)
    assert main(["scanner", "learn", "--device", "/dev/input/by-path/x-event-kbd"]) == 1
