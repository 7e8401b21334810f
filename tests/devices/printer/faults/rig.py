"""One emulated printer behind each kind of connector, alike to the one who breaks it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import msgspec

from station.config.printer import FilePrinter, Printer, SerialPrinter, TcpPrinter, UsbPrinter
from station.devices.printer.line import Line
from station.devices.printer.usb_line import open_usb
from station.emulator import printer as emulated
from station.emulator.model import Model
from station.emulator.server import EmulatedPrinter, Settings
from station.emulator.text import Typeface
from tests.devices.printer.usb_bus import PRODUCT, VENDOR, LiveBus
from tests.devices.printer.virtual import stripes
from tests.devices.printer.wires import dots

ROLL_MM, NEAR_END_MM = 4000.0, 1000.0
MODEL = replace(Model.of("tm-l90"), power_on_notice=True)
"""With the memory switch that docs/printers.md asks for on a serial line."""


class Connector(StrEnum):
    """How a printer is attached."""

    TCP = "tcp"
    SERIAL = "serial"
    USB = "usb"
    FILE = "file"


class Rig(Protocol):
    """What a run needs of it."""

    def control(self, words: str) -> str:
        """Does something to the printer."""

    def wait_until(self, condition: Callable[[emulated.Printer], bool]) -> None:
        """Returns when it holds. Raises TimeoutError."""

    def pieces(self) -> list[bytes]:
        """The dots of each piece of paper that came off."""


@contextmanager
def rig(
    connector: Connector, directory: Path, model: Model = MODEL
) -> Iterator[tuple[Rig, Printer, Callable[[Printer], Line] | None]]:
    """The printer, its configuration, and how its line is opened where that is not the connectors' business."""
    if connector is Connector.USB:
        bus = LiveBus(emulated.Printer(model, Typeface.load(), roll_mm=ROLL_MM, near_end_mm=NEAR_END_MM))
        config = _quick(UsbPrinter(vendor_id=VENDOR, product_id=PRODUCT, model="tm-l90"))
        yield _OnBus(bus), config, lambda each: open_usb(_usb(each), bus)
        return
    link = directory / "printer"
    settings = Settings(
        out=directory / "labels",
        tcp=("127.0.0.1", 0) if connector is Connector.TCP else None,
        pty=None if connector is Connector.TCP else link,
        serial=connector is Connector.SERIAL,
        model=model,
        roll_mm=ROLL_MM,
        near_end_mm=NEAR_END_MM,
    )
    with EmulatedPrinter(settings) as printer:
        host, port = printer.address if connector is Connector.TCP else ("", 0)
        configs: dict[Connector, Printer] = {
            Connector.TCP: TcpPrinter(host=host, port=port, model="tm-l90"),
            Connector.SERIAL: SerialPrinter(port=str(link), model="tm-l90"),
            Connector.FILE: FilePrinter(path=str(link), model="tm-l90"),
        }
        yield _OnLine(printer, settings.out), _quick(configs[connector]), None


def is_whole(piece: bytes, rows: int) -> bool:
    """A label of so many rows, and nothing else."""
    return piece.strip(b"\0") == stripes(rows)


class _OnLine:
    def __init__(self, printer: EmulatedPrinter, out: Path) -> None:
        self._printer, self._out = printer, out

    def control(self, words: str) -> str:
        return self._printer.control(words)

    def wait_until(self, condition: Callable[[emulated.Printer], bool]) -> None:
        self._printer.wait_until(condition)

    def pieces(self) -> list[bytes]:
        return [dots(self._out / str(record.file)) for record in self._printer.wait_for_labels(0)]


class _OnBus:
    def __init__(self, bus: LiveBus) -> None:
        self._bus = bus

    def control(self, words: str) -> str:
        return self._bus.control(words)

    def wait_until(self, condition: Callable[[emulated.Printer], bool]) -> None:
        self._bus.wait_until(condition)

    def pieces(self) -> list[bytes]:
        return [label.rows for label in self._bus.papers]


def _usb(config: Printer) -> UsbPrinter:
    assert isinstance(config, UsbPrinter)
    return config


def _quick(config: Printer) -> Printer:
    return msgspec.structs.replace(config, status_interval_s=0.1, write_timeout_s=1.0, confirm_timeout_s=1.0)
