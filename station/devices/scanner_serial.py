"""Scanners on a serial line: RS-232, and USB scanners in serial mode (USB-COM, CDC-ACM)."""

import contextlib
import errno
import os
import termios
import time
from collections.abc import Callable

import serial

from station.bench.core.devices import DeviceEvent
from station.config.scanners import SerialScanner
from station.devices.framing import Dropped, Framer
from station.devices.scanner import Scanner, ScannerAbsent, ScannerUnavailable

_PARITY = {"none": serial.PARITY_NONE, "even": serial.PARITY_EVEN, "odd": serial.PARITY_ODD}
_REMEDIES = {
    errno.ENOENT: "no such device: plug the scanner in, or correct port; /dev/serial/by-path lists what is there",
    errno.EACCES: "no permission: the station's user must be in the group dialout",
    errno.EAGAIN: "another program has locked it (a second station, a terminal program): stop that one",
    errno.EBUSY: "another program has it for itself: stop that one (fuser names it)",
}
_CHUNK = 4096  # a tty's buffer


def serial_scanner(config: SerialScanner, post: Callable[[DeviceEvent], None]) -> Scanner:
    """The scanner that the configuration names, not yet started."""
    return Scanner(config.name, lambda: SerialReader(config), post, config.fnc1)


class SerialReader:
    """An open serial port, for itself alone, and the assembling of its bytes."""

    def __init__(self, config: SerialScanner) -> None:
        """Raises ScannerUnavailable."""
        self.framer = Framer(config.end, config.gap_ms / 1000)
        self._port = open_port(config)

    def fileno(self) -> int:
        """The port's descriptor, which pyserial has set to non-blocking."""
        descriptor: int = self._port.fileno()
        return descriptor

    def read(self) -> list[str | Dropped]:
        """The scans in what has come. Raises OSError when the device is gone."""
        try:
            chunk = os.read(self.fileno(), _CHUNK)
        except BlockingIOError:
            return []
        if not chunk:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        found = self.framer.feed(chunk.decode("latin-1"), time.monotonic())
        return [scan if isinstance(scan, Dropped) else _text(scan) for scan in found]

    def close(self) -> None:
        """Close the port, which may be gone already."""
        with contextlib.suppress(OSError):
            self._port.close()


def open_port(config: SerialScanner) -> serial.Serial:
    """Open it, for itself alone and without waiting. Raises ScannerUnavailable."""
    try:
        port = serial.Serial(
            config.port,
            baudrate=config.baud,
            bytesize=config.data_bits,
            parity=_PARITY[config.parity],
            stopbits=config.stop_bits,
            timeout=0,
            exclusive=True,
        )
        if config.parity != "none":
            _check_parity(port.fileno())
    except (OSError, termios.error) as error:
        number, *_ = error.args
        failure = ScannerAbsent if number == errno.ENOENT else ScannerUnavailable
        raise failure(f"{config.port}: {_REMEDIES.get(number) or error}") from error
    with contextlib.suppress(ValueError):  # only some adapters know it: FTDI's otherwise wait 16 ms for more
        port.set_low_latency_mode(True)
    return port


def _check_parity(descriptor: int) -> None:
    """Have the kernel hand over a byte with a parity error as NUL, which spoils its scan.

    pyserial sets parity for sending only: INPCK is off, and a damaged byte would come as if it were good.
    """
    attributes = termios.tcgetattr(descriptor)
    attributes[0] |= termios.INPCK
    termios.tcsetattr(descriptor, termios.TCSANOW, attributes)


def _text(scan: str) -> str:
    """QR codes may hold UTF-8; what is not UTF-8 keeps one character a byte, so that different codes stay so."""
    try:
        return scan.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return scan
