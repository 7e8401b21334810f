"""systemd's native journal protocol: fields, not only a line (https://systemd.io/JOURNAL_NATIVE_PROTOCOL).

Own code, for there is little of it, and it must never make a program that decides wait: a datagram that journald does
not take at once is lost and counted. systemd-python has to be compiled against libsystemd and cysystemd brings it
along, and both wait; logging-journald waits too, makes MESSAGE_ID= from the line's text, so that no catalog can know
it, and sends all that a record holds, arguments and exceptions' texts among it. The protocol's way for large entries
(a memfd) is not needed: no entry is longer than MAX_ENTRY_BYTES, which a socket's buffer has room for.
"""

import os
import socket
from collections.abc import Mapping
from pathlib import Path

SOCKET = Path("/run/systemd/journal/socket")
MAX_VALUE_CHARACTERS = 8_000
MAX_ENTRY_BYTES = 100_000
"""net.core.wmem_default, 212,992 on Linux, bounds a datagram."""


def encoded(fields: Mapping[str, str]) -> bytes:
    """An entry as journald reads it: a value of several lines has its length before it."""
    entry = bytearray()
    for name, value in fields.items():
        said = value[:MAX_VALUE_CHARACTERS].encode(errors="replace")
        if b"\n" in said:
            entry += name.encode() + b"\n" + len(said).to_bytes(8, "little") + said + b"\n"
        else:
            entry += name.encode() + b"=" + said + b"\n"
    if len(entry) > MAX_ENTRY_BYTES:
        raise ValueError(f"an entry of {len(entry)} bytes is none of ours")
    return bytes(entry)


def stderr_is_the_journal() -> bool:
    """Whether systemd connected standard error with the journal, and nobody has redirected it (systemd.exec(5))."""
    try:
        stderr = os.fstat(2)
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM", "") == f"{stderr.st_dev}:{stderr.st_ino}"


class JournalSocket:
    """Sends entries. Not connected: the address is looked up each time, so journald may be started anew."""

    def __init__(self, path: Path = SOCKET) -> None:
        """Raises OSError where there is no journald."""
        self._path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
        self._socket.sendto(b"", self._path)  # journald passes over an entry without fields

    def send(self, fields: Mapping[str, str]) -> bool:
        """Whether journald took it. Never waits."""
        try:
            self._socket.sendto(encoded(fields), self._path)
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
