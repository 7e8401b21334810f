"""Follows a station's screen: what a display program does, the shipped one in the terminal among them."""

import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec

from station.bench.core.screen import Screen

_decoder = msgspec.json.Decoder(Screen)


def screens(path: Path) -> Iterator[Screen]:
    """Every screen that is published, the present one first, until the station ends. Raises OSError without one."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
        with connection.makefile("rb") as lines:
            for line in lines:
                yield _decoder.decode(line)
