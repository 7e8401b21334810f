"""What goes to journald, byte by byte, against a socket that stands in its place."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.telemetry.native import (
    MAX_ENTRY_BYTES,
    MAX_VALUE_CHARACTERS,
    PATIENCE_S,
    JournalSocket,
    encoded,
    stderr_is_the_journal,
)


@pytest.fixture
def journald(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as there:
        there.bind(str(tmp_path / "socket"))
        there.settimeout(5)
        yield there


def read(entry: bytes) -> dict[str, str]:
    """As journald reads an entry: NAME=value, or NAME, the length in 8 bytes, and a value of several lines."""
    fields, at = {}, 0
    while at < len(entry):
        end = entry.index(b"\n", at)
        name, equals, value = entry[at:end].partition(b"=")
        if not equals:
            length = int.from_bytes(entry[end + 1 : end + 9], "little")
            value = entry[end + 9 : end + 9 + length]
            end += 9 + length
            assert entry[end : end + 1] == b"\n"
        fields[name.decode()] = value.decode()
        at = end + 1
    return fields


def test_an_entry_arrives_with_its_fields_those_of_several_lines_too(journald: socket.socket) -> None:
    sender = JournalSocket(Path(journald.getsockname()))
    said = {"MESSAGE": "printed, order A-1001", "ORDER": "A-1001", "TRACE": "one\n two=2\n", "DETAIL": "髙橋=\t"}

    assert journald.recv(100) == b""
    assert sender.send(said)
    assert read(journald.recv(MAX_ENTRY_BYTES)) == said
    sender.close()


def test_the_largest_entry_fits_a_datagram(journald: socket.socket) -> None:
    sender = JournalSocket(Path(journald.getsockname()))
    most = {f"FIELD_{number}": "𠮷" * (2 * MAX_VALUE_CHARACTERS) for number in range(3)}
    journald.recv(100)

    assert sender.send(most)
    assert read(journald.recv(MAX_ENTRY_BYTES)) == dict.fromkeys(most, "𠮷" * MAX_VALUE_CHARACTERS)
    with pytest.raises(ValueError, match="none of ours"):
        encoded({f"FIELD_{number}": "𠮷" * MAX_VALUE_CHARACTERS for number in range(4)})
    sender.close()


def test_a_journald_that_takes_nothing_is_waited_for_once_and_not_long(journald: socket.socket) -> None:
    sender = JournalSocket(Path(journald.getsockname()))
    began_s = time.monotonic()
    taken = [sender.send({"MESSAGE": "x" * 1000}) for _ in range(3000)]  # nobody reads

    assert taken[0]
    assert not taken[-1]
    assert time.monotonic() - began_s < 3000 * PATIENCE_S / 10
    while len(journald.recv(MAX_ENTRY_BYTES)) < 1000:
        pass
    assert sender.send({"MESSAGE": "y"})
    sender.close()


def test_without_a_journald_there_is_no_socket(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        JournalSocket(tmp_path / "socket")


_ASK = "from station.telemetry.native import stderr_is_the_journal; raise SystemExit(stderr_is_the_journal())"


def test_standard_error_is_the_journal_only_as_long_as_nobody_redirected_it(tmp_path: Path) -> None:
    with (tmp_path / "stream").open("wb") as stream, (tmp_path / "elsewhere").open("wb") as elsewhere:
        named = os.fstat(stream.fileno())
        environment = os.environ | {"JOURNAL_STREAM": f"{named.st_dev}:{named.st_ino}"}
        answers = [
            subprocess.run([sys.executable, "-c", _ASK], stderr=stderr, env=environment, check=False).returncode
            for stderr in (stream, elsewhere)
        ]
    assert answers == [1, 0]
    assert not stderr_is_the_journal()
