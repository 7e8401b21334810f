"""Follows a station's screen: what a display program does, the shipped one in the terminal among them."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from station.bench.core.screen import Screen
from station.publication import published

_decoder = msgspec.json.Decoder(Screen)


def screens(path: Path) -> Iterator[Screen]:
    """Every screen that is published, the present one first, until the station ends. Raises OSError without one."""
    for line in published(path):
        yield _decoder.decode(line)
