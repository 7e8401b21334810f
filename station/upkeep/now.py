"""What a program does now, for who asks on the same machine: `station status` and `station doctor`.

No personal data: the status that the program publishes on the site's broker, and the words that systemd is told.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from station.clock import elapsed_s
from station.protocol.status import DeskStatus, StationStatus
from station.publication import Publication, published

AGAIN_S = 2.0
"""So often a program says that it is still at it."""
HANGS_S = 10.0
"""A program that has said nothing for so long hangs: the watchdog will act."""
EVERYBODY = 0o666


class _Now(msgspec.Struct, frozen=True, kw_only=True, tag_field="program"):
    at_s: float
    """Of the machine's monotonic clock, when it was said."""
    doing: str
    """In one line of words."""
    broker: bool
    """Whether the connection to the broker stands."""


class StationNow(_Now, frozen=True, kw_only=True, tag="station"):
    """A station."""

    status: StationStatus


class DeskNow(_Now, frozen=True, kw_only=True, tag="desk"):
    """A desk."""

    status: DeskStatus


Now = StationNow | DeskNow
_decoder: msgspec.json.Decoder[Now] = msgspec.json.Decoder(Now)


class Window:
    """Where a program says what it does now. Without a path it says nothing."""

    def __init__(self, path: str | None) -> None:
        """Make the socket; raises OSError."""
        self._publication = None if path is None else Publication(Path(path), "status", mode=EVERYBODY)
        self._now: Now | None = None

    @property
    def alive(self) -> bool:
        """Whether the thread runs, where there is one."""
        return self._publication is None or self._publication.alive

    def start(self) -> None:
        """Begin to publish."""
        if self._publication is not None:
            self._publication.start()

    def show(self, now: Now) -> None:
        """What has changed."""
        self._now = now
        if self._publication is not None:
            self._publication.show(now)

    def progress(self, looked_at: Callable[[Now], Now] = lambda now: now) -> None:
        """After a pass of the program's loop: it is still at it. Said now and then, ``looked_at`` anew."""
        if self._now is not None and elapsed_s() - self._now.at_s >= AGAIN_S:
            self.show(msgspec.structs.replace(looked_at(self._now), at_s=elapsed_s()))

    def close(self) -> None:
        """Take the socket away. Calling it again does nothing."""
        if self._publication is not None:
            self._publication.close()


def read_now(path: Path, silence_s: float | None = HANGS_S) -> Iterator[Now]:
    """What the program says, the present first, until it ends.

    Raises OSError where it does not run, TimeoutError where it says nothing, msgspec.DecodeError for another version.
    """
    for line in published(path, silence_s=silence_s):
        yield _decoder.decode(line)


def silent_s(now: Now) -> float:
    """Seconds since it was said."""
    return elapsed_s() - now.at_s
