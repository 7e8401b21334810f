"""In the place of the daemon: a station with an order open, until /run/packing-station/done is there."""

import os
import signal
import socket
import sys
import time
from pathlib import Path

DONE = Path("/run/packing-station/done")


def say(words: str) -> None:
    """To systemd."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(words.encode(), os.environ["NOTIFY_SOCKET"].replace("@", "\0", 1))


told = False


def retire(*_: object) -> None:
    """SIGUSR1."""
    global told  # noqa: PLW0603  # a script of a page
    told = True


signal.signal(signal.SIGUSR1, retire)
say("READY=1\nSTATUS=packing: Scan the items")
while not (told and DONE.exists()):
    say("WATCHDOG=1")
    time.sleep(0.1)
sys.exit(0)
