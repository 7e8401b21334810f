"""A real edge on a real line to the emulated printer: TCP, a pty as a serial port, a pty as a device file."""

import queue
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self

import msgspec
from PIL import Image

from station.bench.core.devices import PrinterChanged, PrinterEvent, PrinterState
from station.config.printer import FilePrinter, Printer, SerialPrinter, TcpPrinter
from station.devices.printer import PrinterEdge
from station.devices.printer.line import Line
from station.emulator.model import Model
from station.emulator.server import EmulatedPrinter, Settings
from tests.devices.printer.virtual import stripes

Kind = Literal["tcp", "serial", "file"]
PATIENCE_S = 8.0
ANSWER_S = 0.3


@dataclass
class Inbox:
    """What an edge has posted, awaited in order."""

    seen: list[PrinterEvent] = field(default_factory=list)
    _queue: queue.SimpleQueue[PrinterEvent] = field(default_factory=queue.SimpleQueue)

    def post(self, event: PrinterEvent) -> None:
        self._queue.put(event)

    def next(self, wanted: Callable[[PrinterEvent], bool], timeout_s: float = PATIENCE_S) -> PrinterEvent:
        """The next event that is wanted; those before it are only remembered."""
        end_s = time.monotonic() + timeout_s
        while True:
            try:
                event = self._queue.get(timeout=max(0.0, end_s - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"the event did not come; there came {self.seen}") from None
            self.seen.append(event)
            if wanted(event):
                return event

    def state(self, state: PrinterState, timeout_s: float = PATIENCE_S) -> PrinterChanged:
        """The next report of this state."""
        found = self.next(lambda event: isinstance(event, PrinterChanged) and event.state is state, timeout_s)
        assert isinstance(found, PrinterChanged)
        return found

    def outcome(self, timeout_s: float = PATIENCE_S) -> PrinterEvent:
        """The next event that is not a change of state."""
        return self.next(lambda event: not isinstance(event, PrinterChanged), timeout_s)

    def drain(self) -> list[PrinterEvent]:
        """All that has come and was not awaited."""
        events = []
        while not self._queue.empty():
            events.append(self._queue.get())
        self.seen += events
        return events


class Wired:
    """An emulated printer and the edge that owns it."""

    def __init__(self, kind: Kind, directory: Path, *, speed_mm_s: float = 0, model: Model | None = None) -> None:
        link = directory / "printer"
        self.settings = Settings(
            out=directory / "labels",
            tcp=("127.0.0.1", 0) if kind == "tcp" else None,
            pty=None if kind == "tcp" else link,
            speed_mm_s=speed_mm_s,
            model=model or Model(),
        )
        self.printer = EmulatedPrinter(self.settings)
        self._kind = kind
        self.link = link
        self.inbox = Inbox()

    def config(self, *, status_interval_s: float = 0.1) -> Printer:
        """How the edge reaches this printer, with times for a test."""
        host, port = self.printer.address if self._kind == "tcp" else ("", 0)
        configs: dict[Kind, Printer] = {
            "tcp": TcpPrinter(host=host, port=port),
            "serial": SerialPrinter(port=str(self.link)),
            "file": FilePrinter(path=str(self.link)),
        }
        return self.config_of(configs[self._kind], status_interval_s=status_interval_s)

    def config_of(self, config: Printer, *, status_interval_s: float = 0.1) -> Printer:
        """Another configuration, with times for a test."""
        return msgspec.structs.replace(
            config, status_interval_s=status_interval_s, write_timeout_s=0.5, confirm_timeout_s=3.0
        )

    @contextmanager
    def edge(
        self, config: Printer | None = None, *, open_line: Callable[[Printer], Line] | None = None
    ) -> Iterator[PrinterEdge]:
        """A started edge, closed at the end."""
        edge = PrinterEdge(config or self.config(), self.inbox.post, open_line=open_line, answer_s=ANSWER_S)
        edge.start()
        try:
            yield edge
        finally:
            edge.close()

    def papers(self, count: int) -> list[bytes]:
        """The dots of each piece of paper, once there are so many; a set bit is black."""
        return [dots(self.settings.out / str(record.file)) for record in self.printer.wait_for_labels(count)]

    def whole_labels(self, count: int, rows: int) -> list[bool]:
        """Of each piece of paper: whether it is a label of so many rows and nothing else."""
        return [dots.strip(b"\0") == stripes(rows) for dots in self.papers(count)]

    def __enter__(self) -> Self:
        self.printer.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.printer.__exit__()


def dots(picture: Path) -> bytes:
    """The dots of a picture of paper; a set bit is black."""
    with Image.open(picture) as image:
        return bytes(255 - byte for byte in image.convert("1").tobytes())
