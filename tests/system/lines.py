"""The lines between a warehouse's programs and its broker, and what can be done to them: see `wire.py`."""

import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.system import wire
from tests.system.processes import Process, wait_for
from tests.system.tap import Word, words


class Lines:
    """One program's each, by its name."""

    def __init__(self, folder: Path, targets: Mapping[str, int]) -> None:
        """``targets``: the broker's port, by the name of the program that wants to reach it. Runs at once."""
        self._names = tuple(targets)
        self._socket, self._record = folder / "wire", folder / "wire.record"
        lines = (f"{name}:{target}" for name, target in targets.items())
        options = ("--words", str(self._socket), "--record", str(self._record))
        self.process = Process("wire", (sys.executable, wire.__file__, *options, *lines), folder)
        self.process.start()
        wait_for("the lines are there", lambda: self.process.said("\n"), seen=self.process.last_words)
        ports = (each.split(":") for each in self.process.log.read_text().split())
        self._ports = {name: int(port) for name, port in ports}

    def port_of(self, name: str) -> int:
        """Where a program reaches the broker through its line."""
        return self._ports[name]

    def make(self, name: str, kind: str, *, up: bool = True, down: bool = True) -> None:
        """Let a program's line be like this from now on: one of ``wire.KINDS``, on the way to the broker or back."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10)
            connection.connect(str(self._socket))
            connection.sendall(f"{name} {kind} {up:d} {down:d}\n".encode())
            answer = connection.makefile().readline().strip()
        assert answer == "ok", f"{name} {kind}: {answer}"

    def words(self, name: str) -> list[Word]:
        """All that a program has said, in the order in which it was said."""
        return words(self._record, self._names.index(name))
