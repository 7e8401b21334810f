"""The USB line on a bus made of software: pyusb and python-escpos are real, below them is the emulated printer."""

import pytest

from station.config.printer import UsbPrinter
from station.devices.printer.line import LineLostError, LineUnavailableError
from station.devices.printer.usb_line import open_usb
from tests.devices.printer.usb_bus import PRODUCT, VENDOR, Bus
from tests.devices.printer.virtual import new_printer

CONFIG = UsbPrinter(vendor_id=VENDOR, product_id=PRODUCT)


@pytest.fixture
def bus() -> Bus:
    printer = new_printer(speed_mm_s=0)
    printer.line_opened()
    return Bus(printer)


def test_bytes_go_both_ways_on_the_endpoints_that_the_printer_names(bus: Bus) -> None:
    line = open_usb(CONFIG, bus)
    assert line.fileno() is None
    assert line.write(memoryview(b"\x10\x04\x01")) == 3
    assert line.read() == b"\x12"
    assert line.read() == b""
    line.close(discard=True)
    assert bus.open_handles == 0


def test_a_printer_fresh_from_the_plug_is_configured_first(bus: Bus) -> None:
    bus.configured = 0
    line = open_usb(CONFIG, bus)
    assert bus.configured == 1
    line.close(discard=True)


def test_a_printer_that_takes_nothing_is_told_from_one_that_is_gone(bus: Bus) -> None:
    line = open_usb(CONFIG, bus)
    bus.takes_bytes = False
    assert line.write(memoryview(b"label")) == 0
    bus.plugged = False
    with pytest.raises(LineLostError) as lost:
        line.write(memoryview(b"label"))
    assert lost.value.last_write_uncertain
    with pytest.raises(LineLostError):
        line.read()
    line.close(discard=True)


def test_a_printer_that_is_not_there_is_told_with_its_ids_and_a_remedy(bus: Bus) -> None:
    bus.plugged = False
    with pytest.raises(LineUnavailableError, match=r"USB 04b8:0202: .*plug it in"):
        open_usb(CONFIG, bus)


def test_the_port_tells_two_printers_apart(bus: Bus) -> None:
    line = open_usb(UsbPrinter(vendor_id=VENDOR, product_id=PRODUCT, port="1-1"), bus)
    line.close(discard=True)
    with pytest.raises(LineUnavailableError, match=r"at USB port 1-1\.2: not on the bus"):
        open_usb(UsbPrinter(vendor_id=VENDOR, product_id=PRODUCT, port="1-1.2"), bus)


def test_the_serial_number_tells_two_printers_apart(bus: Bus) -> None:
    with pytest.raises(LineUnavailableError, match="USB 04b8:0202 X123"):
        open_usb(UsbPrinter(vendor_id=VENDOR, product_id=PRODUCT, serial_number="X123"), bus)
