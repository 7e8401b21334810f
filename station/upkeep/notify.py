"""systemd's notification socket (sd_notify(3)): a datagram of a few words, no library needed."""

import os
import socket


class Notifier:
    """Tells systemd how the daemon is. Without systemd it says nothing."""

    def __init__(self) -> None:
        """Find the socket that systemd gave."""
        self._address = os.environ.get("NOTIFY_SOCKET", "").replace("@", "\0", 1)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.setblocking(False)
        interval_us = int(os.environ.get("WATCHDOG_USEC", "0"))
        self.watchdog_interval_s = interval_us / 2_000_000 if interval_us else None
        """Half of what systemd waits; None where it does not watch."""

    def ready(self, status: str) -> None:
        """The daemon does its work from here on."""
        self._say(f"READY=1\nSTATUS={status}")

    def status(self, status: str) -> None:
        """One line of words on what the daemon does."""
        self._say(f"STATUS={status}")

    def progress(self) -> None:
        """Feed the watchdog. Said only after real progress."""
        self._say("WATCHDOG=1")

    def stopping(self, status: str = "stopping") -> None:
        """The daemon ends by intent."""
        self._say(f"STOPPING=1\nSTATUS={status}")

    def _say(self, text: str) -> None:
        if self._address:
            try:
                self._socket.sendto(text.encode(), self._address)
            except OSError:
                return
