"""Scanners that are USB keyboards, read from evdev and grabbed, so that no code is typed into a console."""

import errno
import fcntl
import struct
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol

from station.bench.core.devices import DeviceEvent
from station.config.scanners import AltCodes, HidScanner
from station.devices import keymap
from station.devices.extras import load_extra
from station.devices.framing import Dropped, DropReason, Framer
from station.devices.keymap import Key, Keymap
from station.devices.scanner import Scanner, ScannerAbsent, ScannerUnavailable

# Linux, include/uapi/linux/input.h and input-event-codes.h.
EV_SYN, EV_KEY, EV_LED = 0x00, 0x01, 0x11
SYN_REPORT, SYN_DROPPED = 0, 3
LED_CAPSL = 1
KEY_UP, KEY_DOWN = 0, 1
_EVIOCSCLOCKID = 0x400445A0
_DIGIT_KEYS = frozenset(range(2, 12))  # KEY_1 to KEY_0

_REMEDIES = {
    errno.ENOENT: "no such device: plug the scanner in, or correct device; /dev/input/by-path lists what is there",
    errno.ENODEV: "the device went while it was being opened",
    errno.EACCES: "no permission: the station's user must be in the group input",
    errno.EBUSY: "another program has grabbed it (a second station, a key remapper): stop that one",
}

InputEvent = tuple[int, int, int, float]
"""Type, code, value, and the time in seconds on the monotonic clock."""


class Keyboard:
    """What is held and switched on a keyboard, and which characters its keys come to. Pure."""

    def __init__(self, layout: Keymap, alt_codes: AltCodes = "windows") -> None:
        """With nothing held."""
        self._layout = layout
        self._alt_codes: AltCodes = alt_codes
        self._held: set[int] = set()
        self._alt_digits = ""
        self.caps = False
        """Whether Caps Lock is on."""

    def key(self, key: int, *, down: bool) -> str:
        """The character that a key adds as it goes down or up, or an empty string."""
        if key in keymap.MODIFIERS:
            return self._modifier(key, down=down)
        if not down or key in keymap.SILENT:
            return ""
        if key == Key.CAPS_LOCK:
            self.caps = not self.caps
            return ""
        if self._held & keymap.ALT and key in keymap.KEYPAD_DIGITS:
            self._alt_digits = (self._alt_digits + keymap.KEYPAD_DIGITS[key])[-keymap.MAX_ALT_DIGITS :]
            return ""
        if Key.LEFT_ALT in self._held:
            return keymap.UNKNOWN  # a menu's shortcut, as some scanners type for a function: no character of a code
        return self._layout.character(
            key,
            shift=bool(self._held & keymap.SHIFT),
            caps=self.caps,
            ctrl=bool(self._held & keymap.CTRL),
            alt_gr=Key.RIGHT_ALT in self._held,
        )

    def let_go(self) -> None:
        """Nothing is known to be held any more."""
        self._held.clear()
        self._alt_digits = ""

    def _modifier(self, key: int, *, down: bool) -> str:
        if down:
            self._held.add(key)
            return ""
        self._held.discard(key)
        if key not in keymap.ALT or not self._alt_digits:
            return ""
        digits, self._alt_digits = self._alt_digits, ""
        return keymap.numbered(digits, self._alt_codes)


class HidDecoder:
    """A keyboard's events to scans. Pure: fed with what a device sent, it needs no device."""

    def __init__(self, layout: Keymap, gap_s: float, alt_codes: AltCodes = "windows") -> None:
        """``gap_s`` is the longest pause inside a scan."""
        self.framer = Framer("any", gap_s)
        self._keyboard = Keyboard(layout, alt_codes)
        self._lost = False

    def feed(self, events: Iterable[InputEvent]) -> list[str | Dropped]:
        """The scans that these events complete, and what had to be dropped, in their order."""
        found: list[str | Dropped] = []
        for kind, code, value, at_s in events:
            if kind == EV_SYN:
                self._synchronise(code, at_s)
            elif self._lost:
                continue
            elif kind == EV_KEY and value in (KEY_UP, KEY_DOWN):
                found += self.framer.feed(self._keyboard.key(code, down=value == KEY_DOWN), at_s)
            elif kind == EV_LED and code == LED_CAPSL:
                self._keyboard.caps = bool(value)
        return found

    def _synchronise(self, code: int, at_s: float) -> None:
        """After SYN_DROPPED all up to the next SYN_REPORT is void (Linux, Documentation/input/event-codes)."""
        if code == SYN_DROPPED:
            self._lost = True
            self._keyboard.let_go()
            self.framer.spoil(DropReason.EVENTS_LOST, at_s)
        elif code == SYN_REPORT:
            self._lost = False


class EventDevice(Protocol):
    """What is used of an ``evdev.InputDevice`` once it is open."""

    def fileno(self) -> int: ...
    def read(self) -> Iterable[Any]: ...
    def close(self) -> None: ...


class HidReader:
    """An open, grabbed device and the decoding of its events."""

    def __init__(self, device: EventDevice, config: HidScanner) -> None:
        """Takes the device over, and closes it. Raises ConfigError for a layout that cannot be used."""
        self._device = device
        self._decoder = HidDecoder(keymap.keymap(config.layout), config.gap_ms / 1000, config.alt_codes)

    @property
    def framer(self) -> Framer:
        """Holds the part-scan."""
        return self._decoder.framer

    def fileno(self) -> int:
        """The event node's descriptor."""
        return self._device.fileno()

    def read(self) -> list[str | Dropped]:
        """The scans in what has come. Raises OSError (ENODEV) when the device is gone."""
        try:
            return self._decoder.feed((e.type, e.code, e.value, e.timestamp()) for e in self._device.read())
        except BlockingIOError:
            return []

    def close(self) -> None:
        """Close the device, which ends the grab."""
        self._device.close()


def hid_scanner(config: HidScanner, post: Callable[[DeviceEvent], None]) -> Scanner:
    """The scanner that the configuration names, not yet started.

    Raises MissingExtra where the library is not installed, ConfigError where the layout cannot be used.
    """
    keymap.keymap(config.layout)
    evdev = load_extra("evdev", extra="hid", device=f"scanner {config.name} (kind hid)")
    return Scanner(config.name, lambda: HidReader(open_keyboard(evdev, config.device), config), post, config.fnc1)


def open_keyboard(evdev: Any, device: str) -> EventDevice:
    """Open and grab. Raises ScannerUnavailable."""
    path = device if device.startswith("/") else find_keyboard(device)
    try:
        opened = evdev.InputDevice(path)
        try:
            _prepare(opened)
        except BaseException:
            opened.close()
            raise
    except ScannerUnavailable:
        raise
    except OSError as error:
        failure = ScannerAbsent if error.errno == errno.ENOENT else ScannerUnavailable
        raise failure(f"{path}: {_REMEDIES.get(error.errno or 0) or error}") from error
    event_device: EventDevice = opened
    return event_device


def _prepare(opened: Any) -> None:
    if not set(opened.capabilities().get(EV_KEY, ())) >= _DIGIT_KEYS:
        raise ScannerUnavailable(
            f"{opened.path} ({opened.name}) has no digit keys, so it is not the scanner's keyboard: "
            f"set device to the entry of /dev/input/by-path that ends in -event-kbd"
        )
    opened.grab()
    # Events are stamped with the time of day otherwise, which jumps when a Pi without a clock gets the time.
    fcntl.ioctl(opened.fd, _EVIOCSCLOCKID, struct.pack("i", time.CLOCK_MONOTONIC))


def find_keyboard(
    vendor_product: str,
    *,
    sysfs: Path = Path("/sys/class/input"),
    by_path: Path = Path("/dev/input/by-path"),
) -> str:
    """The event node of the one keyboard with this USB vendor and product (``05f9:2204``).

    A scanner's other interfaces (consumer control, mouse) have no digit keys and are not meant. Raises
    ScannerAbsent where there is none, and ScannerUnavailable where there are two: they would swap at a boot.
    """
    nodes = sorted(node.name for node in sysfs.glob("event*") if _is_keyboard(node / "device", vendor_product))
    if len(nodes) == 1:
        return f"/dev/input/{nodes[0]}"
    if not nodes:
        raise ScannerAbsent(
            f"no keyboard with the USB id {vendor_product} is plugged in: plug the scanner in, set it to "
            f"keyboard mode, or correct device (lsusb lists the ids)"
        )
    links = {link.resolve().name: str(link) for link in by_path.glob("*")} if by_path.is_dir() else {}
    both = " and ".join(links.get(node, f"/dev/input/{node}") for node in nodes)
    raise ScannerUnavailable(
        f"{len(nodes)} keyboards have the USB id {vendor_product}: {both}. "
        f"Set device of each scanner to its own path under {by_path}"
    )


def _is_keyboard(device: Path, vendor_product: str) -> bool:
    try:
        ids = [(device / "id" / part).read_text().strip() for part in ("vendor", "product")]
    except OSError:  # it went while it was looked at
        return False
    return ":".join(ids) == vendor_product.lower() and types_digits(device)


def types_digits(device: Path) -> bool:
    """Whether an input device, by its folder in sysfs, is a keyboard."""
    try:
        keys = int((device / "capabilities" / "key").read_text().split()[-1], 16)
    except (OSError, ValueError, IndexError):  # it went while it was looked at
        return False
    return all(keys >> key & 1 for key in _DIGIT_KEYS)
