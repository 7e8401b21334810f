"""A disk with a write cache that forgets: an NBD server, for what a power cut does to a real disk.

What the guest has flushed (or written with FUA) is in the file. The rest is in memory alone, as in the cache of a disk
or a memory card, and at the cut some or all of it is gone. A machine that is merely killed loses nothing, for its
writes are with the system outside by then: tests on such a disk pass whatever the guest does.

The protocol: https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md, fixed newstyle, simple replies.
"""

import contextlib
import os
import random
import socket
import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

SECTOR = 512
"""What a disk writes whole or not at all."""

_MAGIC, _OPTION_MAGIC, _REPLY_MAGIC = 0x4E42444D41474943, 0x49484156454F5054, 0x3E889045565A9
_REQUEST_MAGIC, _SIMPLE_REPLY_MAGIC = 0x25609513, 0x67446698
_FIXED_NEWSTYLE, _NO_ZEROES = 1, 2
_HAS_FLAGS, _SEND_FLUSH, _SEND_FUA = 1, 4, 8
_EXPORT_NAME, _ABORT, _INFO, _GO = 1, 2, 6, 7
_ACKNOWLEDGED, _INFORMATION, _UNSUPPORTED = 1, 3, 0x80000001
_READ, _WRITE, _DISCONNECT, _FLUSH = 0, 1, 2, 3
_FUA = 1
_EINVAL = 22

Write = tuple[int, bytes]
"""Where, and what."""


class Loss(StrEnum):
    """What becomes of writes that were not flushed."""

    DROP = "dropped"
    """All are gone."""
    TEAR = "torn"
    """They were under way in their order: some are there, the next in part, the rest is gone."""
    REORDER = "reordered"
    """The disk had its own order: any of them are there, some in part."""


def survivors(writes: Sequence[Write], loss: Loss, chance: random.Random) -> list[Write]:
    """Of writes that were not flushed, what is on the disk after the cut, in the order in which it got there."""
    match loss:
        case Loss.DROP:
            return []
        case Loss.TEAR:
            whole = chance.randint(0, len(writes))
            return [*writes[:whole], *(part for write in writes[whole : whole + 1] for part in _begin(write, chance))]
        case Loss.REORDER:
            return [part for write in writes for part in _some(write, chance)]


def _sectors(write: Write) -> list[Write]:
    at, data = write
    return [(at + start, data[start : start + SECTOR]) for start in range(0, len(data), SECTOR)]


def _begin(write: Write, chance: random.Random) -> list[Write]:
    sectors = _sectors(write)
    return sectors[: chance.randrange(len(sectors))]


def _some(write: Write, chance: random.Random) -> list[Write]:
    """The whole, nothing, or some of its sectors."""
    match chance.randrange(5):
        case 0 | 1:
            return [write]
        case 2 | 3:
            return []
        case _:
            return [sector for sector in _sectors(write) if chance.random() < 0.5]


@dataclass(frozen=True, slots=True)
class Cut:
    """What a power cut took."""

    unflushed: int
    """Writes that were in memory alone."""
    flushes: int
    """How often the guest had flushed since it was given the disk."""


class _Cache:
    """The file, and what was written since it was flushed."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR)
        self.size = os.fstat(self._file).st_size
        self.unflushed: list[Write] = []
        self.flushes = 0

    def read(self, at: int, length: int) -> bytes:
        found = bytearray(os.pread(self._file, length, at))
        for start, data in self.unflushed:
            first, end = max(at, start), min(at + length, start + len(data))
            if first < end:
                found[first - at : end - at] = data[first - start : end - start]
        return bytes(found)

    def write(self, at: int, data: bytes, *, through: bool) -> None:
        if through:  # what was written there before is older, whenever that is flushed
            self.keep([*self._under(at, data), (at, data)])
        else:
            self.unflushed.append((at, data))

    def _under(self, at: int, data: bytes) -> list[Write]:
        """Of what is not flushed, what this covers in part: taken along, so that no older data follow newer."""
        covered = [write for write in self.unflushed if write[0] < at + len(data) and at < write[0] + len(write[1])]
        self.unflushed = [write for write in self.unflushed if write not in covered]
        return covered

    def flush(self) -> None:
        self.flushes += 1
        self.keep(self.unflushed)
        self.unflushed = []

    def keep(self, writes: Sequence[Write]) -> None:
        for at, data in writes:
            os.pwrite(self._file, data, at)

    def close(self) -> None:
        os.close(self._file)


class LossyDisk:
    """Serves a file as a disk on a Unix socket, to one guest, until the power is cut."""

    def __init__(self, path: Path, server: Path) -> None:
        """``path``: the file. ``server``: the socket."""
        self._cache = _Cache(path)
        self._lock = threading.Condition()
        self._cut: Cut | None = None
        server.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(server))
        self._listener.listen()
        self._thread = threading.Thread(target=self._accept, name="lossy disk", daemon=True)
        self._thread.start()

    def power_cut(self, loss: Loss, chance: random.Random, *, aimed_s: float = 0.0) -> Cut:
        """From now on nothing is written; of what was not flushed only what survives is there. Again: the same.

        ``aimed_s``: so long at most it waits for a moment in which something is not flushed.
        """
        with self._lock:
            if self._cut is None:
                self._lock.wait_for(lambda: self._cache.unflushed, aimed_s)
                self._cache.keep(survivors(self._cache.unflushed, loss, chance))
                self._cut = Cut(len(self._cache.unflushed), self._cache.flushes)
                self._cache.close()
                self._listener.shutdown(socket.SHUT_RDWR)
                self._listener.close()
            return self._cut

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # until it is closed
            while True:
                connection, _ = self._listener.accept()
                with connection, contextlib.suppress(OSError, EOFError):
                    if self._agree(connection):
                        self._serve(connection)

    def _agree(self, connection: socket.socket) -> bool:
        """The handshake; whether a guest uses the disk now."""
        transmission = _HAS_FLAGS | _SEND_FLUSH | _SEND_FUA
        connection.sendall(struct.pack(">QQH", _MAGIC, _OPTION_MAGIC, _FIXED_NEWSTYLE | _NO_ZEROES))
        flags = _read(connection, ">I")[0]
        while True:
            _, option, length = _read(connection, ">QII")
            _exactly(connection, length)
            match option:
                case _ if option == _EXPORT_NAME:
                    zeroes = b"" if flags & _NO_ZEROES else bytes(124)
                    connection.sendall(struct.pack(">QH", self._cache.size, transmission) + zeroes)
                    return True
                case _ if option in (_INFO, _GO):
                    export = struct.pack(">HQH", 0, self._cache.size, transmission)
                    _answer(connection, option, _INFORMATION, export)
                    _answer(connection, option, _ACKNOWLEDGED)
                    if option == _GO:
                        return True
                case _ if option == _ABORT:
                    _answer(connection, option, _ACKNOWLEDGED)
                    return False
                case _:
                    _answer(connection, option, _UNSUPPORTED)

    def _serve(self, connection: socket.socket) -> None:
        while True:
            _, flags, kind, handle, at, length = _read(connection, ">IHHQQI")
            data = _exactly(connection, length) if kind == _WRITE else b""
            with self._lock:
                if self._cut is not None or kind == _DISCONNECT:
                    return
                error, answer = self._carry_out(kind, at, length, data, through=bool(flags & _FUA))
            connection.sendall(struct.pack(">IIQ", _SIMPLE_REPLY_MAGIC, error, handle) + answer)

    def _carry_out(self, kind: int, at: int, length: int, data: bytes, *, through: bool) -> tuple[int, bytes]:
        if kind == _READ:
            return 0, self._cache.read(at, length)
        if kind == _WRITE:
            self._cache.write(at, data, through=through)
            self._lock.notify_all()
        elif kind == _FLUSH:
            self._cache.flush()
        else:
            return _EINVAL, b""
        return 0, b""


def _answer(connection: socket.socket, option: int, kind: int, data: bytes = b"") -> None:
    connection.sendall(struct.pack(">QIII", _REPLY_MAGIC, option, kind, len(data)) + data)


def _read(connection: socket.socket, form: str) -> tuple[int, ...]:
    return struct.unpack(form, _exactly(connection, struct.calcsize(form)))


def _exactly(connection: socket.socket, length: int) -> bytes:
    found = bytearray()
    while len(found) < length:
        more = connection.recv(length - len(found))
        if not more:
            raise EOFError
        found += more
    return bytes(found)
