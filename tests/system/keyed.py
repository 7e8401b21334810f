"""``station``, with a panel of software: a GPIO line is the one thing at a bench that no socket or file stands for.

    python -m tests.system.keyed SOCKET WORDS...

On the Unix socket SOCKET it is told ``on`` or ``off``, a line each: the supervisor's key. WORDS are ``station``'s own.
"""

import socket
import sys
import threading
from pathlib import Path
from unittest.mock import patch

from gpiozero.pins.mock import MockFactory

from station.cli import main

KEY_PIN = 17


def _obey(listener: socket.socket, pins: MockFactory) -> None:
    while True:
        connection, _ = listener.accept()
        with connection:
            pin = pins.pin(KEY_PIN)
            (pin.drive_low if connection.makefile().readline() == "on\n" else pin.drive_high)()
            connection.sendall(b"ok\n")


def run(path: str, words: list[str]) -> int:
    """The station's exit status."""
    pins = MockFactory()
    Path(path).unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        threading.Thread(target=_obey, args=(listener, pins), daemon=True).start()
        with patch("station.devices.panel._lgpio_factory", lambda _chip: pins):
            return main(words)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1], sys.argv[2:]))
