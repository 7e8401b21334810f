import errno
import os
import queue
import re
import string
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from evdev.eventio import EventIO
from hypothesis import given
from hypothesis import strategies as st

from station.bench.core.devices import DeviceEvent, Scanned, ScannerChanged
from station.config.reading import ConfigError
from station.config.scanners import AltCodes, HidScanner
from station.config.scanners import Scanner as ConfiguredScanner
from station.devices import scanner_hid
from station.devices.extras import MissingExtra
from station.devices.framing import Dropped, DropReason
from station.devices.keymap import keymap
from station.devices.scanner import Scanner, ScannerUnavailable
from station.devices.scanner_hid import (
    EV_KEY,
    EV_SYN,
    SYN_DROPPED,
    SYN_REPORT,
    HidDecoder,
    HidReader,
    InputEvent,
    find_keyboard,
    hid_scanner,
)
from tests.devices.typist import as_kernel_bytes, stroke, typed, typed_by_number, typed_on_keypad

STREAMS = Path(__file__).parent / "streams"
GAP_S = 0.2
CONFIG = HidScanner(name="left", device="05f9:2204", gap_ms=100)

_EVENT = re.compile(
    r"Event: time ([\d.]+), (?:type (\d+) \(\w+\), code (\d+) \(\w+\), value ([0-9a-f]+)|[-+ ]+(SYN_\w+))"
)
_SYNS = {"SYN_REPORT": SYN_REPORT, "SYN_DROPPED": SYN_DROPPED}


def stream(name: str) -> Iterator[InputEvent]:
    """The events of a file in evtest's format (which shows MSC_SCAN's value in hexadecimal)."""
    for line in (STREAMS / name).read_text().splitlines():
        if line.startswith("#"):
            continue
        match = _EVENT.match(line)
        assert match, line
        at, kind, code, value, syn = match.groups()
        if syn:
            yield EV_SYN, _SYNS[syn], 0, float(at)
        else:
            yield int(kind), int(code), int(value, 16 if kind == "4" else 10), float(at)


@pytest.mark.parametrize(
    ("name", "layout", "found"),
    [
        ("us-jan13-enter.txt", "us", ["4901234567894"]),
        ("us-aim-mixed-case-tab.txt", "us", ["]C0SLIP-0042/a"]),
        ("jp-slip-symbols-enter.txt", "jp", ["A:2026_11@[42]\\"]),
        ("us-gs1-ctrl-bracket.txt", "us", ["]d2010490123456789410LOT7\x1d21S1"]),
        ("us-gs1-alt-029.txt", "us", ["10A\x1d21B"]),
        ("us-auto-repeat.txt", "us", ["4901234567894"]),
        ("us-syn-dropped.txt", "us", [Dropped(10, DropReason.EVENTS_LOST), "4909876543214"]),
        ("us-caps-lock.txt", "us", ["ABc12", "ABc12"]),
    ],
)
def test_a_scanner_s_event_stream_is_decoded(name: str, layout: str, found: list[str | Dropped]) -> None:
    assert HidDecoder(keymap(layout), GAP_S).feed(stream(name)) == found


def test_a_jp_scanner_read_with_the_us_layout_gives_another_text_but_never_a_shorter_one() -> None:
    [text] = HidDecoder(keymap("us"), GAP_S).feed(stream("jp-slip-symbols-enter.txt"))
    assert isinstance(text, str)
    assert len(text) == len("A:2026_11@[42]\\")
    assert text != "A:2026_11@[42]\\"


def test_a_key_without_a_character_stays_visible_in_the_scan() -> None:
    events = typed("12", "us", 0.0) + stroke(88, 1, 0.02) + stroke(88, 0, 0.02) + typed("34\n", "us", 0.03)
    assert HidDecoder(keymap("us"), GAP_S).feed(events) == ["12\N{REPLACEMENT CHARACTER}34"]


def test_a_pause_in_mid_scan_drops_the_part() -> None:
    events = typed("49012", "us", 1.0) + typed("4909876543214\n", "us", 2.0)
    assert HidDecoder(keymap("us"), GAP_S).feed(events) == [Dropped(5, DropReason.GAP), "4909876543214"]


def test_shift_that_is_held_until_the_kernel_repeats_it_is_still_held() -> None:
    events = [*stroke(42, 1, 0.0), *stroke(42, 2, 0.1), *stroke(30, 1, 0.11), *stroke(42, 0, 0.12)]
    assert HidDecoder(keymap("us"), GAP_S).feed(events + typed("a\n", "us", 0.13)) == ["Aa"]


def test_shift_that_was_down_when_events_were_lost_is_not_held_for_ever() -> None:
    events = [*stroke(42, 1, 0.0), (EV_SYN, SYN_DROPPED, 0, 0.0), *stroke(42, 0, 0.0)]
    events += typed("12\n", "us", 1.0)
    assert HidDecoder(keymap("us"), GAP_S).feed(events) == [Dropped(0, DropReason.EVENTS_LOST), "12"]


PRINTABLE = string.ascii_letters + string.digits + string.punctuation + " "


@pytest.mark.parametrize("layout", ["us", "jp"])
def test_every_printable_character_comes_through_each_layout_as_itself(layout: str) -> None:
    decoder = HidDecoder(keymap(layout), GAP_S)
    assert decoder.feed(typed(PRINTABLE + "\n", layout, 0.0)) == [PRINTABLE]


@pytest.mark.parametrize("layout", ["us", "jp"])
@pytest.mark.parametrize("form", ["03", "04"])
def test_every_printable_character_comes_as_alt_with_its_number_whatever_the_layout(layout: str, form: str) -> None:
    events = typed_by_number(PRINTABLE, 0.0, form=form) + typed("\n", layout, 0.01)
    assert HidDecoder(keymap(layout), GAP_S).feed(events) == [PRINTABLE]


@pytest.mark.parametrize("layout", ["us", "jp"])
def test_digits_from_the_keypad_are_digits_whatever_num_lock_says(layout: str) -> None:
    events = typed_on_keypad("4901234567894", 0.0) + typed("\n", layout, 0.01)
    assert HidDecoder(keymap(layout), GAP_S).feed(events) == ["4901234567894"]


@pytest.mark.parametrize(("alt_codes", "code_page"), [("cp932", "cp932"), ("unicode", "unicode")])
def test_japanese_comes_as_alt_with_its_number_in_the_code_page_that_is_configured(
    alt_codes: AltCodes, code_page: str
) -> None:
    events = typed_by_number("東京A髙ｱ", 0.0, code_page=code_page) + typed("\n", "jp", 0.01)
    assert HidDecoder(keymap("jp"), GAP_S, alt_codes).feed(events) == ["東京A髙ｱ"]


@pytest.mark.parametrize("layout", ["us", "jp"])
def test_caps_lock_around_capitals_is_no_trick(layout: str) -> None:
    """Some scanners press Caps Lock for a run of capitals instead of Shift for each."""
    begins, ends = ([*stroke(58, 1, at_s), *stroke(58, 0, at_s)] for at_s in (0.0, 0.1))
    events = [*begins, *typed("slip", layout, 0.01), *ends, *typed("-1a\n", layout, 0.11)]
    assert HidDecoder(keymap(layout), GAP_S).feed(events) == ["SLIP-1a"]


@pytest.mark.parametrize("layout", ["us", "jp"])
def test_every_control_letter_is_its_control_character(layout: str) -> None:
    bracket = next(key for key, levels in keymap(layout).keys.items() if levels[0] == "]")
    keys = [*typed("bg", layout, 0.01), *stroke(bracket, 1, 0.04)]
    events = [*stroke(29, 1, 0.0), *keys, *stroke(29, 0, 0.05)]
    assert HidDecoder(keymap(layout), GAP_S).feed(events + typed("1\n", layout, 0.06)) == ["\x02\x07\x1d1"]


def test_alt_with_a_letter_is_a_shortcut_and_no_character() -> None:
    events = [*stroke(56, 1, 0.0), *typed("f", "us", 0.0), *stroke(56, 0, 0.0), *typed("1\n", "us", 0.01)]
    assert HidDecoder(keymap("us"), GAP_S).feed(events) == ["\N{REPLACEMENT CHARACTER}1"]


EVENT = st.tuples(
    st.sampled_from([EV_SYN, EV_KEY, EV_KEY, EV_KEY, 0x04, 0x11]),
    st.integers(0, 130) | st.integers(0, 0x2FF),
    st.integers(-1, 2),
    st.floats(0, 3, allow_nan=False),
)


@given(st.sampled_from(["us", "jp"]), st.lists(EVENT, max_size=80))
def test_whatever_events_come_the_decoder_lives(layout: str, events: list[InputEvent]) -> None:
    for scan in HidDecoder(keymap(layout), GAP_S).feed(events):
        assert isinstance(scan, Dropped) or scan


@given(st.lists(st.lists(st.booleans(), min_size=81, max_size=81), max_size=5))
def test_whatever_events_are_missing_two_scans_are_never_joined(kept: list[list[bool]]) -> None:
    """Each scan is typed with a digit of its own; any of its events can be missing; then the packer moves."""
    events: list[InputEvent] = []
    for number, keeps in enumerate(kept):
        sent = typed(str(number + 1) * 12 + "\n", "us", float(number))
        events += [event for event, keep in zip(sent, keeps, strict=False) if keep]
    for scan in HidDecoder(keymap("us"), GAP_S).feed(events):
        assert isinstance(scan, Dropped) or len(set(scan)) == 1


class Plugged(EventIO):
    """An event node with a pipe behind it: the library's own reading, real bytes, a real descriptor."""

    def __init__(self) -> None:
        self.fd, self.other_end = os.pipe2(os.O_NONBLOCK)

    def send(self, events: list[InputEvent]) -> None:
        os.write(self.other_end, as_kernel_bytes(events))

    def unplug(self) -> None:
        os.close(self.other_end)

    def close(self) -> None:
        os.close(self.fd)


@pytest.fixture
def inbox() -> "queue.SimpleQueue[DeviceEvent]":
    return queue.SimpleQueue()


@pytest.fixture
def scanner(
    inbox: "queue.SimpleQueue[DeviceEvent]",
) -> Iterator[Callable[[list[Plugged]], Scanner]]:
    """Starts a scanner that finds these devices one after the other, and then none."""
    started: list[Scanner] = []

    def start(devices: list[Plugged]) -> Scanner:
        waiting = iter(devices)

        def plugged() -> HidReader:
            device = next(waiting, None)
            if device is None:
                raise ScannerUnavailable("none is plugged in")
            return HidReader(device, CONFIG)

        started.append(Scanner("left", plugged, inbox.put))
        started[-1].start()
        return started[-1]

    yield start
    for each in started:
        each.close()


def test_a_scan_is_posted_as_the_code_that_it_is(
    inbox: "queue.SimpleQueue[DeviceEvent]", scanner: Callable[[list[Plugged]], Scanner]
) -> None:
    device = Plugged()
    scanner([device])
    assert inbox.get(timeout=2) == ScannerChanged("left", up=True)
    device.send(typed("]E04901234567894\n", "us", time.monotonic(), pace_s=0))
    scanned = inbox.get(timeout=2)
    assert isinstance(scanned, Scanned)
    assert (scanned.scanner, scanned.code.gtin) == ("left", "04901234567894")


def test_an_unplugged_scanner_loses_its_part_scan_is_reported_once_and_comes_back(
    inbox: "queue.SimpleQueue[DeviceEvent]", scanner: Callable[[list[Plugged]], Scanner]
) -> None:
    first, second = Plugged(), Plugged()
    thread = scanner([first, second])
    assert inbox.get(timeout=2) == ScannerChanged("left", up=True)
    first.send(typed("49012", "us", time.monotonic(), pace_s=0))
    first.unplug()
    down = inbox.get(timeout=2)
    assert isinstance(down, ScannerChanged)
    assert not down.up
    assert thread.drops == 1
    assert inbox.get(timeout=2) == ScannerChanged("left", up=True)
    second.send(typed("34567894\n", "us", time.monotonic(), pace_s=0))
    scanned = inbox.get(timeout=2)
    assert isinstance(scanned, Scanned)
    assert scanned.code.text == "34567894"
    assert thread.alive


def test_a_part_scan_is_dropped_when_its_gap_has_passed_without_waiting_for_the_next(
    inbox: "queue.SimpleQueue[DeviceEvent]",
    scanner: Callable[[list[Plugged]], Scanner],
    caplog: pytest.LogCaptureFixture,
) -> None:
    device = Plugged()
    thread = scanner([device])
    inbox.get(timeout=2)
    device.send(typed("49012", "us", time.monotonic(), pace_s=0))
    deadline = time.monotonic() + 2
    while not thread.drops and time.monotonic() < deadline:
        time.sleep(0.005)
    assert thread.drops == 1
    assert "5 characters dropped (gap)" in caplog.text
    assert "49012" not in caplog.text


def test_a_scanner_that_stays_away_is_said_once_and_closes_at_once(
    inbox: "queue.SimpleQueue[DeviceEvent]", scanner: Callable[[list[Plugged]], Scanner]
) -> None:
    thread = scanner([])
    assert inbox.get(timeout=2) == ScannerChanged("left", up=False, detail="none is plugged in")
    with pytest.raises(queue.Empty):
        inbox.get(timeout=0.6)
    begun = time.monotonic()
    thread.close()
    thread.close()
    assert time.monotonic() - begun < 0.2
    assert not thread.alive


def keyboard(
    sysfs: Path, event: str, usb_id: str, keys: str = "1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe"
) -> None:
    device = sysfs / event / "device"
    (device / "id").mkdir(parents=True)
    (device / "capabilities").mkdir()
    vendor, product = usb_id.split(":")
    (device / "id" / "vendor").write_text(vendor + "\n")
    (device / "id" / "product").write_text(product + "\n")
    (device / "capabilities" / "key").write_text(keys + "\n")


def test_a_scanner_is_found_by_its_usb_id_among_other_devices_and_its_own_other_interfaces(tmp_path: Path) -> None:
    keyboard(tmp_path, "event0", "046d:c31c")
    keyboard(tmp_path, "event3", "05f9:2204")
    keyboard(
        tmp_path,
        "event4",
        "05f9:2204",
        keys="3f000301ff 0 0 0 0 483ffff17aff32d bfd4444600000000 1 130ff38b17d000 10000000",
    )
    keyboard(tmp_path, "event5", "05f9:2204", keys="0")
    assert find_keyboard("05F9:2204", sysfs=tmp_path) == "/dev/input/event3"


def test_no_such_usb_id_is_said_with_the_remedy(tmp_path: Path) -> None:
    keyboard(tmp_path, "event0", "046d:c31c")
    with pytest.raises(ScannerUnavailable, match=r"05f9:2204 is plugged in: plug the scanner in"):
        find_keyboard("05f9:2204", sysfs=tmp_path)


def test_two_identical_scanners_are_refused_by_name_of_both_and_with_the_remedy(tmp_path: Path) -> None:
    sysfs, by_path, nodes = tmp_path / "sys", tmp_path / "by-path", tmp_path / "nodes"
    by_path.mkdir()
    nodes.mkdir()
    for event, port in (("event3", "usb-0:1.1:1.0"), ("event7", "usb-0:1.2:1.0")):
        keyboard(sysfs, event, "05f9:2204")
        (nodes / event).touch()
        (by_path / f"platform-{port}-event-kbd").symlink_to(nodes / event)
    with pytest.raises(ScannerUnavailable) as refused:
        find_keyboard("05f9:2204", sysfs=sysfs, by_path=by_path)
    message = str(refused.value)
    assert f"{by_path}/platform-usb-0:1.1:1.0-event-kbd and {by_path}/platform-usb-0:1.2:1.0-event-kbd" in message
    assert "Set device of each scanner to its own path" in message


def test_a_path_without_a_device_is_said_with_the_remedy(inbox: "queue.SimpleQueue[DeviceEvent]") -> None:
    path = "/dev/input/by-path/platform-nowhere-event-kbd"
    scanner = hid_scanner(HidScanner(name="left", device=path), inbox.put)
    scanner.start()
    down = inbox.get(timeout=2)
    scanner.close()
    assert isinstance(down, ScannerChanged)
    assert not down.up
    assert down.detail.startswith(f"{path}: no such device: plug the scanner in")


def test_a_device_that_another_program_has_grabbed_is_said_as_what_it_is() -> None:
    closed = []

    def grab() -> None:
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))

    opened = SimpleNamespace(
        path="/dev/input/scanner",
        name="a scanner",
        capabilities=lambda: {EV_KEY: list(range(1, 100))},
        grab=grab,
        close=lambda: closed.append(True),
    )
    with pytest.raises(ScannerUnavailable, match="/dev/input/scanner: another program has grabbed it"):
        scanner_hid.open_keyboard(SimpleNamespace(InputDevice=lambda _: opened), "/dev/input/scanner")
    assert closed


def test_an_interface_without_digit_keys_is_not_taken_for_the_scanner() -> None:
    opened = SimpleNamespace(
        path="/dev/input/x", name="consumer control", capabilities=lambda: {EV_KEY: [113, 114]}, close=lambda: None
    )
    with pytest.raises(ScannerUnavailable, match=r"consumer control\) has no digit keys"):
        scanner_hid.open_keyboard(SimpleNamespace(InputDevice=lambda _: opened), "/dev/input/x")


@pytest.mark.parametrize(
    "device",
    ["/dev/input/by-path/pci-0-event-kbd", "/dev/input/by-id/usb-X-event-kbd", "/dev/scanner-left", "05F9:2204"],
)
def test_a_device_is_configured_by_what_survives_a_boot(device: str) -> None:
    scanner = msgspec.convert({"kind": "hid", "name": "left", "device": device}, ConfiguredScanner)
    assert scanner == HidScanner(name="left", device=device)


@pytest.mark.parametrize("device", ["/dev/input/event3", "event3", "05f9", "05f9:22041", "/dev/a b", ""])
def test_an_event_number_is_refused_as_a_device(device: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=r"\$\.device"):
        msgspec.convert({"kind": "hid", "name": "left", "device": device}, ConfiguredScanner)


@pytest.mark.parametrize("layout", ["us", "jp", "/etc/packing-station/de.toml"])
def test_a_layout_is_one_of_ours_or_a_file(layout: str) -> None:
    scanner = msgspec.convert({"kind": "hid", "name": "a", "device": "05f9:2204", "layout": layout}, ConfiguredScanner)
    assert isinstance(scanner, HidScanner)
    assert scanner.layout == layout


@pytest.mark.parametrize("layout", ["de", "JP", "de.toml", "/etc/x"])
def test_any_other_layout_is_refused(layout: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=r"\$\.layout"):
        msgspec.convert({"kind": "hid", "name": "a", "device": "05f9:2204", "layout": layout}, ConfiguredScanner)


def test_a_map_that_is_not_there_is_said_before_anything_is_opened() -> None:
    with pytest.raises(ConfigError, match=r"/nowhere/de\.toml: cannot be read"):
        hid_scanner(HidScanner(name="left", device="05f9:2204", layout="/nowhere/de.toml"), lambda _: None)


def test_a_missing_library_is_said_with_the_extra_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "evdev", None)
    with pytest.raises(MissingExtra, match=r"scanner left \(kind hid\).*packing-station\[hid\]"):
        hid_scanner(CONFIG, lambda _: None)
