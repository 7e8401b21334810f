"""USB printers behind the kernel's driver, bound by serial number or by port, on a tree such as sysfs is."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.bench.core.devices import PrintConfirmed, PrinterState, PrintFailed
from station.config.printer import FilePrinter, Printer
from station.devices.printer.connectors import open_file
from station.devices.printer.line import Line, LineUnavailableError
from station.devices.printer.usblp import find_usblp
from station.emulator.model import Model
from tests.devices.printer.virtual import label
from tests.devices.printer.wires import Wired

READY, DISCONNECTED, WRONG_MODEL = PrinterState.READY, PrinterState.DISCONNECTED, PrinterState.WRONG_MODEL


class Tree:
    """sysfs and /dev/usb, as far as they are looked at."""

    def __init__(self, folder: Path) -> None:
        self.sysfs, self.devices = folder / "sys", folder / "dev"
        self.devices.mkdir()
        (self.sysfs / "class/usbmisc").mkdir(parents=True)

    def plug_in(self, name: str, port: str, serial_number: str | None, terminal: Path | None = None) -> None:
        """A printer at a port; ``terminal``: what stands behind its device file."""
        device = self.sysfs / "devices/usb1" / port
        interface = device / f"{port}:1.0"
        entry = interface / "usbmisc" / name
        entry.mkdir(parents=True)
        (entry / "device").symlink_to(interface)
        if serial_number is not None:
            (device / "serial").write_text(f"{serial_number}\n")
        if terminal is not None:
            number = terminal.stat().st_rdev
            (entry / "dev").write_text(f"{os.major(number)}:{os.minor(number)}\n")
            (self.devices / name).symlink_to(terminal)
        (self.sysfs / "class/usbmisc" / name).symlink_to(entry)

    def unplug(self, name: str) -> None:
        """It is gone from both."""
        (self.sysfs / "class/usbmisc" / name).unlink()
        (self.devices / name).unlink()

    def open(self, config: Printer) -> Line:
        """As the connectors do."""
        assert isinstance(config, FilePrinter)
        return open_file(config, self.sysfs, self.devices)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


@pytest.fixture
def wired(tmp_path: Path) -> Iterator[Wired]:
    with Wired("file", tmp_path) as wired:
        yield wired


@pytest.mark.parametrize(
    ("config", "name"),
    [
        (FilePrinter(port="1-1.2"), "lp1"),
        (FilePrinter(serial_number="J1"), "lp0"),
        (FilePrinter(port="1-1.2", serial_number="J2"), "lp1"),
    ],
)
def test_a_printer_is_found_by_its_port_and_by_its_serial_number(tree: Tree, config: FilePrinter, name: str) -> None:
    tree.plug_in("lp0", "1-1.1", "J1")
    tree.plug_in("lp1", "1-1.2", "J2")
    assert find_usblp(config, tree.sysfs, tree.devices) == tree.devices / name


@pytest.mark.parametrize(
    ("config", "wanted"),
    [
        (FilePrinter(port="1-1.2"), "no printer at USB port 1-1.2:"),
        (FilePrinter(serial_number="J2"), "no printer at serial number J2:"),
        (FilePrinter(port="1-1.1", serial_number="J2"), "no printer at USB port 1-1.1 and serial number J2:"),
    ],
)
def test_another_printer_is_not_taken_for_it_and_what_is_there_is_said(
    tree: Tree, config: FilePrinter, wanted: str
) -> None:
    tree.plug_in("lp0", "1-1.1", "J1")
    tree.plug_in("lp1", "1-1.12", None)
    with pytest.raises(LineUnavailableError) as missing:
        find_usblp(config, tree.sysfs, tree.devices)
    assert wanted in str(missing.value)
    assert "lp0: USB port 1-1.1, serial number J1; lp1: USB port 1-1.12, serial number none" in str(missing.value)


def test_no_printer_at_all_is_said(tree: Tree) -> None:
    with pytest.raises(LineUnavailableError, match="there is: no USB printer"):
        find_usblp(FilePrinter(port="1-1.2"), tree.sysfs, tree.devices)


def test_a_device_that_was_plugged_over_while_it_was_opened_is_not_used(tree: Tree, wired: Wired) -> None:
    tree.plug_in("lp0", "1-1.1", "J1", wired.link)
    (tree.sysfs / "class/usbmisc/lp0/dev").write_text("180:0\n")
    with pytest.raises(LineUnavailableError, match="another one was plugged in"):
        tree.open(FilePrinter(port="1-1.1"))


def test_an_unplugged_printer_is_waited_for_whatever_else_is_plugged_in(tree: Tree, wired: Wired) -> None:
    config = wired.config_of(FilePrinter(serial_number="J1"))
    tree.plug_in("lp0", "1-1.1", "J1", wired.link)
    with wired.edge(config, open_line=tree.open) as edge:
        wired.inbox.state(READY)
        wired.printer.control("unplug")
        tree.unplug("lp0")
        tree.plug_in("lp1", "1-1.2", "OTHER")
        wired.inbox.state(DISCONNECTED)
        wired.inbox.next(lambda event: "lp1: USB port 1-1.2, serial number OTHER" in getattr(event, "detail", ""))
        edge.print("g1", label())
        refused = wired.inbox.outcome()
        assert isinstance(refused, PrintFailed)
        assert not refused.begun
        wired.printer.control("plug in")
        tree.plug_in("lp2", "1-1.4", "J1", wired.link)
        wired.inbox.state(READY)
        edge.print("g2", label())
        assert isinstance(wired.inbox.outcome(), PrintConfirmed)


def test_another_model_at_the_configured_port_is_refused_until_the_right_one_is_back(
    tree: Tree, wired: Wired, tmp_path: Path
) -> None:
    config = wired.config_of(FilePrinter(port="1-1.1", model="tm-l90"))
    (tmp_path / "other").mkdir()
    with Wired("file", tmp_path / "other", model=Model.of("tm-t88v")) as other:
        tree.plug_in("lp0", "1-1.1", "J1", wired.link)
        with wired.edge(config, open_line=tree.open) as edge:
            wired.inbox.state(READY)
            wired.printer.control("unplug")
            tree.unplug("lp0")
            tree.plug_in("lp1", "1-1.1", "J2", other.link)
            assert "it is a TM-T88V" in wired.inbox.state(WRONG_MODEL).detail
            edge.print("g1", label())
            refused = wired.inbox.outcome()
            assert isinstance(refused, PrintFailed)
            assert not refused.begun
            other.printer.control("unplug")
            tree.unplug("lp1")
            wired.inbox.state(DISCONNECTED)
            wired.printer.control("plug in")
            tree.plug_in("lp2", "1-1.1", "J1", wired.link)
            wired.inbox.state(READY)
            edge.print("g2", label())
            assert isinstance(wired.inbox.outcome(), PrintConfirmed)
            assert wired.whole_labels(1, 800) == [True]
