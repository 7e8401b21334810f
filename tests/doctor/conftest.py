"""A healthy machine for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.doctor import gpio, scanners
from station.doctor.gpio import Chip
from tests.doctor.tree import Tree

HEADER = Chip("pinctrl-bcm2711", 58, {3: "shutdown_button"})


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tree]:
    """What no pty can be, a keyboard to grab and a GPIO chip, is healthy too."""
    monkeypatch.setattr(scanners, "grab_once", lambda path: path.stat())
    monkeypatch.setattr(gpio, "read_chip", lambda _node: HEADER)
    found = Tree(tmp_path)
    yield found
    found.close()
