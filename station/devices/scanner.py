"""One scanner and the thread that owns it: open, read, post, and open again when it comes back.

What kind of device it is, and how its bytes become scans, is the `Reader`'s matter (`scanner_hid`,
`scanner_serial`). An unplugged scanner is normal: its part-scan is dropped, it is reported down once for each
reason, and opening is tried again for as long as the station runs.
"""

import os
import select
import threading
import time
from collections.abc import Callable
from typing import Protocol

from station.bench.core.devices import DeviceEvent, Scanned, ScannerChanged
from station.config.scanners import UNPROVEN
from station.devices.barcode import read_code
from station.devices.framing import Dropped, DropReason, Framer
from station.telemetry.messages import ScanDropped, ScannerDown, ScannerReady
from station.telemetry.telling import tell

FIRST_RETRY_S = 0.25  # udev needs about this long to give a new node its group
LONGEST_RETRY_S = 2.0  # a packer who plugs a scanner in should not have to wait for it
JOIN_S = 2.0
GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL


class ScannerUnavailable(OSError):
    """The device cannot be opened now. The message names it, the reason and the remedy."""


class ScannerAbsent(ScannerUnavailable):
    """There is no such device: no news of a scanner that is known to be down."""


class Reader(Protocol):
    """An open device and the assembling of what it sends."""

    @property
    def framer(self) -> Framer:
        """Holds the part-scan. Its times are those of ``time.monotonic()``."""

    def fileno(self) -> int:
        """What becomes readable when the scanner sends."""

    def read(self) -> list[str | Dropped]:
        """What has come, without waiting. Raises OSError when the device is gone."""

    def close(self) -> None:
        """Give the device back."""


class Scanner:
    """A scanner of the bench, under the name that the configuration gives it."""

    def __init__(
        self,
        name: str,
        open_reader: Callable[[], Reader],
        post: Callable[[DeviceEvent], None],
        fnc1: str = UNPROVEN,
    ) -> None:
        """``open_reader`` raises ScannerUnavailable; ``post`` is called on the scanner's own thread; ``fnc1`` as
        configured."""
        self.name = name
        self._fnc1 = fnc1
        self.drops = 0
        """How often characters were dropped instead of becoming a scan, since the start."""
        self._open_reader = open_reader
        self._post = post
        self._stopping = False
        self._wake_fd = os.eventfd(0, os.EFD_CLOEXEC)
        self._thread = threading.Thread(target=self._run, name=f"scanner-{name}", daemon=True)
        self._reported: ScannerChanged | None = None
        self._retry_s = FIRST_RETRY_S

    @property
    def alive(self) -> bool:
        """Whether the thread runs. An unplugged scanner's does; a dead one ends the daemon."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Open the device, or keep trying, on a thread of its own."""
        self._thread.start()

    def close(self) -> None:
        """End the thread and give the device back. Calling it again does nothing."""
        if self._stopping:
            return
        self._stopping = True
        os.eventfd_write(self._wake_fd, 1)
        if self._thread.ident is not None:
            self._thread.join(JOIN_S)
        if not self._thread.is_alive():
            os.close(self._wake_fd)

    def _run(self) -> None:
        while not self._stopping:
            try:
                reader = self._open_reader()
            except ScannerUnavailable as error:
                if not (isinstance(error, ScannerAbsent) and self._is_known_down):
                    self._report(up=False, detail=str(error))
                self._wait_before_retry()
                continue
            self._report(up=True)
            try:
                self._read_until_gone(reader)
            except OSError as error:
                gone = f"unplugged ({error.strerror or error})"
            else:
                return
            finally:
                self._drop(reader.framer.drop(DropReason.UNPLUGGED))
                reader.close()
            self._report(up=False, detail=gone)
            self._wait_before_retry()

    def _read_until_gone(self, reader: Reader) -> None:
        """Raises OSError when the device is gone; returns when the scanner is closed."""
        poll = select.poll()
        poll.register(self._wake_fd, select.POLLIN)
        poll.register(reader.fileno(), select.POLLIN)
        while not self._stopping:
            ready = dict(poll.poll(_milliseconds_until(reader.framer.deadline_s)))
            happened = ready.get(reader.fileno(), 0)
            if happened & select.POLLIN:
                self._deliver(reader.read())
                self._retry_s = FIRST_RETRY_S
            elif happened & GONE:
                raise OSError("the line hung up")
            else:
                self._drop(reader.framer.expire(time.monotonic()))

    def _deliver(self, found: list[str | Dropped]) -> None:
        for scan in found:
            if isinstance(scan, Dropped):
                self._drop(scan)
            elif (code := read_code(scan, self._fnc1)).text:
                self._post(Scanned(self.name, code))

    def _drop(self, dropped: Dropped | None) -> None:
        if dropped:
            self.drops += 1
            tell(ScanDropped(self.name, dropped.characters, dropped.reason))

    @property
    def _is_known_down(self) -> bool:
        return self._reported is not None and not self._reported.up

    def _report(self, *, up: bool, detail: str = "") -> None:
        change = ScannerChanged(self.name, up, detail)
        if change == self._reported:
            return
        self._reported = change
        if up:
            tell(ScannerReady(self.name))
        else:
            tell(ScannerDown(self.name, detail))
        self._post(change)

    def _wait_before_retry(self) -> None:
        poll = select.poll()
        poll.register(self._wake_fd, select.POLLIN)
        poll.poll(self._retry_s * 1000)
        self._retry_s = min(2 * self._retry_s, LONGEST_RETRY_S)


def _milliseconds_until(deadline_s: float | None) -> int | None:
    """For poll(): rounded up, so that the deadline has passed when it returns."""
    return None if deadline_s is None else max(0, int((deadline_s - time.monotonic()) * 1000) + 1)
