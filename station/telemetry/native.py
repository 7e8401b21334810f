"""systemd's native journal protocol: fields, not only a line (https://systemd.io/JOURNAL_NATIVE_PROTOCOL).

Own code, for there is little of it, and it must not make a program that decides wait: a datagram that journald does
not take within PATIENCE_S is lost and counted, and from then on it waits for none until journald takes one again.
systemd-python has to be compiled against libsystemd and cysystemd brings it along, and both wait; logging-journald
waits too, makes MESSAGE_ID= from the line's text, so that no catalog can know it, and sends all that a record holds,
arguments and exceptions' texts among it. The protocol's way for large entries (a memfd) is not needed: no entry is
longer than MAX_ENTRY_BYTES, which a socket's buffer has room for.
"""

import os
import socket
import struct
from collections.abc import Mapping
from pathlib import Path

SOCKET = Path("/run/systemd/journal/socket")
MAX_VALUE_CHARACTERS = 8_000
PATIENCE_S = 0.05
"""For a queue that is full for a moment: it holds 10 datagrams where nobody set net.unix.max_dgram_qlen (systemd does).
Lines are told after printer and desk were served."""
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
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.setsockopt(
            socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("@ll", 0, round(PATIENCE_S * 1_000_000))
        )
        self._is_patient = True
        self._socket.sendto(b"", self._path)  # journald passes over an entry without fields

    def send(self, fields: Mapping[str, str]) -> bool:
        """Whether journald took it. Waits for PATIENCE_S at most, and once."""
        flags = 0 if self._is_patient else socket.MSG_DONTWAIT
        try:
            self._socket.sendto(encoded(fields), flags, self._path)
        except OSError:
            self._is_patient = False
        else:
            self._is_patient = True
        return self._is_patient

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
