"""The devices themselves: which one is new, and what comes from it for one scan."""

import os
import select
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from station.config.scanners import SerialScanner
from station.devices.extras import load_extra
from station.devices.scanner_hid import InputEvent, open_keyboard
from station.devices.scanner_serial import open_port
from station.scannerlearn.findings import Line
from station.scannerlearn.heard import Chunk

QUIET_S = 0.4
"""So long nothing comes after a scan; no scanner pauses so long inside one."""
LOOK_AGAIN_S = 0.25
_CHUNK = 4096
_T = TypeVar("_T")

_STABLE = ("input/by-path/*-event-kbd", "serial/by-path/*", "serial/by-id/*")
"""Names that outlive a boot, the better ones first: one place on the machine, whichever scanner is plugged in there."""


class Skipped(Exception):
    """The person pressed Enter instead of scanning."""


def devices(dev: Path = Path("/dev")) -> list[str]:
    """Every keyboard and serial port by a name that outlives a boot."""
    return [str(path) for pattern in _STABLE for path in sorted(dev.glob(pattern))]


def wait_for_new(say: Callable[[str], None], dev: Path = Path("/dev")) -> str:
    """The device that is plugged in from now on."""
    before = set(devices(dev))
    say("Plug the scanner in now; where it is in, unplug it first. (Or name it: --device PATH)")
    while True:
        found = devices(dev)
        if new := [device for device in found if device not in before]:
            time.sleep(LOOK_AGAIN_S)  # udev makes the others of its names, and gives the node its group
            return next((device for device in devices(dev) if device not in before), new[0])
        before &= set(found)
        time.sleep(LOOK_AGAIN_S)


class Keys:
    """A scanner that is a keyboard: grabbed as long as it is open, so that no scan is typed into this terminal."""

    def __init__(self, device: str, skip: int | None = 0) -> None:
        """``skip``: what the person presses Enter on; None where there is nobody. Raises ScannerUnavailable."""
        self._opened = open_keyboard(load_extra("evdev", extra="hid", device=f"scanner {device}"), device)
        self._skip = skip

    def scan(self) -> list[InputEvent]:
        """The events of one scan. Raises OSError when the device goes, and Skipped."""
        return _gathered(self._opened.fileno(), self._read, self._skip)

    def close(self) -> None:
        """Give it back."""
        self._opened.close()

    def _read(self) -> list[InputEvent]:
        return [(each.type, each.code, each.value, each.timestamp()) for each in self._opened.read()]


class Port:
    """A scanner on a serial line, which is set as each scan wants it."""

    def __init__(self, device: str, skip: int | None = 0) -> None:
        """As of ``Keys``; opened by the first scan."""
        self._device = device
        self._skip = skip
        self._line: Line | None = None
        self._port: Any = None

    def scan(self, line: Line) -> list[Chunk]:
        """The bytes of one scan. Raises ScannerUnavailable, OSError when the device goes, and Skipped."""
        if line != self._line:
            self.close()
            self._port, self._line = open_port(_config(self._device, line)), line
        descriptor: int = self._port.fileno()
        return _gathered(descriptor, lambda: [(os.read(descriptor, _CHUNK), time.monotonic())], self._skip)

    def close(self) -> None:
        """Give it back."""
        if self._port is not None:
            self._port.close()


def _config(device: str, line: Line) -> SerialScanner:
    settings = {"baud": line.baud, "data_bits": line.data_bits, "parity": line.parity}
    return msgspec.convert({"kind": "serial", "name": "learn", "port": device, **settings}, SerialScanner)


def _gathered(descriptor: int, read: Callable[[], list[_T]], skip: int | None) -> list[_T]:
    """What comes until nothing more does."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    if skip is not None:
        poll.register(skip, select.POLLIN)
    found: list[_T] = []
    while ready := dict(poll.poll(None if not found else QUIET_S * 1000)):
        if descriptor in ready:
            if not ready[descriptor] & select.POLLIN:
                raise OSError("the scanner was unplugged")
            found += read()
        elif skip is not None and skip in ready:
            if os.read(skip, _CHUNK):
                raise Skipped
            poll.unregister(skip)  # nobody is there to press anything
    return found
