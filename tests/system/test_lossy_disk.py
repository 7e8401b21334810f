"""The disk that forgets: what was flushed is there after the cut, and what was not is lost, torn or reordered."""

import random
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.lossy_disk import SECTOR, Loss, LossyDisk, survivors

SIZE = 1 << 20
READ, WRITE, FLUSH = 0, 1, 3
FUA = 1


class Guest:
    """A client of the disk, as QEMU is one."""

    def __init__(self, server: Path) -> None:
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(str(server))
        assert self._exactly(18)[:8] == b"NBDMAGIC"
        self._line.sendall(struct.pack(">I", 3))
        self._line.sendall(struct.pack(">QII", 0x49484156454F5054, 8, 0))  # structured replies: not here
        assert struct.unpack(">QIII", self._exactly(20))[2] == 0x80000001
        self._line.sendall(struct.pack(">QIIIH", 0x49484156454F5054, 7, 6, 0, 0))
        export = struct.unpack(">HQH", self._exactly(20 + 12)[20:])
        assert export[:2] == (0, SIZE)
        self._exactly(20)

    def ask(self, kind: int, at: int = 0, length: int = 0, data: bytes = b"", flags: int = 0) -> bytes:
        self._line.sendall(struct.pack(">IHHQQI", 0x25609513, flags, kind, 7, at, length or len(data)) + data)
        magic, error, handle = struct.unpack(">IIQ", self._exactly(16))
        assert (magic, error, handle) == (0x67446698, 0, 7)
        return self._exactly(length) if kind == READ else b""

    def close(self) -> None:
        self._line.close()

    def _exactly(self, length: int) -> bytes:
        found = b""
        while len(found) < length:
            more = self._line.recv(length - len(found))
            assert more, "the disk has ended"
            found += more
        return found


@pytest.fixture
def disk(tmp_path: Path) -> LossyDisk:
    (tmp_path / "image").write_bytes(bytes(SIZE))
    return LossyDisk(tmp_path / "image", tmp_path / "nbd")


@pytest.fixture
def guest(disk: LossyDisk, tmp_path: Path) -> Iterator[Guest]:
    found = Guest(tmp_path / "nbd")
    yield found
    found.close()
    disk.power_cut(Loss.DROP, random.Random(0))


def _sector(letter: bytes) -> bytes:
    return letter * SECTOR


def test_a_guest_reads_what_it_has_written_though_none_of_it_is_flushed(guest: Guest) -> None:
    guest.ask(WRITE, at=4096, data=_sector(b"a") * 2)
    guest.ask(WRITE, at=4096 + SECTOR, data=_sector(b"b"))
    assert guest.ask(READ, at=4096, length=3 * SECTOR) == _sector(b"a") + _sector(b"b") + bytes(SECTOR)


@pytest.mark.parametrize("loss", Loss)
def test_what_was_flushed_or_written_through_survives_every_cut(
    disk: LossyDisk, guest: Guest, tmp_path: Path, loss: Loss
) -> None:
    guest.ask(WRITE, at=0, data=_sector(b"a"))
    guest.ask(FLUSH)
    guest.ask(WRITE, at=SECTOR, data=_sector(b"b"), flags=FUA)
    guest.ask(WRITE, at=2 * SECTOR, data=_sector(b"c"))
    cut = disk.power_cut(loss, random.Random(1))
    assert (tmp_path / "image").read_bytes()[: 2 * SECTOR] == _sector(b"a") + _sector(b"b")
    assert (cut.unflushed, cut.flushes) == (1, 1)


def test_what_was_not_flushed_is_gone_when_it_is_dropped(disk: LossyDisk, guest: Guest, tmp_path: Path) -> None:
    guest.ask(WRITE, at=0, data=_sector(b"a"))
    disk.power_cut(Loss.DROP, random.Random(1))
    assert (tmp_path / "image").read_bytes() == bytes(SIZE)


def test_a_write_through_over_older_data_is_not_overtaken_by_them(
    disk: LossyDisk, guest: Guest, tmp_path: Path
) -> None:
    guest.ask(WRITE, at=0, data=_sector(b"a") * 2)
    guest.ask(WRITE, at=0, data=_sector(b"b"), flags=FUA)
    guest.ask(FLUSH)
    disk.power_cut(Loss.DROP, random.Random(1))
    assert (tmp_path / "image").read_bytes()[: 2 * SECTOR] == _sector(b"b") + _sector(b"a")


def test_nothing_is_written_after_the_cut(disk: LossyDisk, guest: Guest, tmp_path: Path) -> None:
    disk.power_cut(Loss.DROP, random.Random(1))
    with pytest.raises((AssertionError, OSError)):
        guest.ask(WRITE, at=0, data=_sector(b"a"), flags=FUA)
    assert (tmp_path / "image").read_bytes() == bytes(SIZE)


def test_a_cut_that_is_aimed_comes_when_something_is_not_flushed(disk: LossyDisk, guest: Guest) -> None:
    guest.ask(WRITE, at=0, data=_sector(b"a"))
    guest.ask(FLUSH)
    later = threading.Timer(0.2, guest.ask, (WRITE, SECTOR, 0, _sector(b"b")))
    later.start()
    assert disk.power_cut(Loss.DROP, random.Random(1), aimed_s=30).unflushed == 1
    later.join()


def test_torn_writes_are_the_first_of_them_and_a_part_of_the_next() -> None:
    writes = [(place * 8 * SECTOR, _sector(b"%d" % place) * 8) for place in range(4)]
    lengths = set()
    for seed in range(200):
        kept = survivors(writes, Loss.TEAR, random.Random(seed))
        image = b"".join(data for _, data in kept)
        assert b"".join(data for _, data in writes).startswith(image)
        lengths.add(len(image) // SECTOR)
    assert {0, 8, 16, 24, 32} < lengths, "whole writes, and parts of one"


def test_reordered_writes_are_any_of_them_without_those_before() -> None:
    writes = [(place * SECTOR, _sector(b"%d" % place)) for place in range(3)]
    kept = {
        tuple(at // SECTOR for at, _ in survivors(writes, Loss.REORDER, random.Random(seed))) for seed in range(200)
    }
    assert len(kept) == 8, "every choice of the three"
