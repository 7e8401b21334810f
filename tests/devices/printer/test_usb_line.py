"""The USB line on a bus made of software: pyusb and python-escpos are real, below them is the emulated printer."""

from array import array
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
import usb.backend
import usb.core

from station.config.printer import UsbPrinter
from station.devices.printer.line import LineLostError, LineUnavailableError
from station.devices.printer.usb_line import open_usb
from station.emulator.printer import Printer
from tests.devices.printer.virtual import new_printer

VENDOR, PRODUCT = 0x04B8, 0x0202
IN, OUT = 0x81, 0x03  # not Epson's, which are the connector's defaults
CONFIG = UsbPrinter(vendor_id=VENDOR, product_id=PRODUCT)


class Bus(usb.backend.IBackend):  # type: ignore[misc]  # pyusb has no types
    """One printer on a bus. What the line must not do raises NotImplementedError, as IBackend does: a reset."""

    def __init__(self, printer: Printer) -> None:
        self.printer = printer
        self.plugged = True
        self.takes_bytes = True
        self.configured = 1
        self.open_handles = 0
        self._replies = bytearray()

    def enumerate_devices(self) -> Iterator[str]:
        return iter(["printer"] if self.plugged else [])

    def get_device_descriptor(self, _dev: str) -> SimpleNamespace:
        return SimpleNamespace(
            bLength=18,
            bDescriptorType=1,
            bcdUSB=0x0200,
            bDeviceClass=0,
            bDeviceSubClass=0,
            bDeviceProtocol=0,
            bMaxPacketSize0=64,
            idVendor=VENDOR,
            idProduct=PRODUCT,
            bcdDevice=0x0100,
            iManufacturer=0,
            iProduct=0,
            iSerialNumber=0,
            bNumConfigurations=1,
            address=5,
            bus=1,
            port_number=1,
            port_numbers=(1,),
            speed=3,
        )

    def get_configuration_descriptor(self, _dev: str, index: int) -> SimpleNamespace:
        if index:
            raise IndexError
        return SimpleNamespace(
            bLength=9,
            bDescriptorType=2,
            wTotalLength=32,
            bNumInterfaces=1,
            bConfigurationValue=1,
            iConfiguration=0,
            bmAttributes=0xC0,
            bMaxPower=1,
            extra_descriptors=[],
        )

    def get_interface_descriptor(self, _dev: str, interface: int, alternate: int, _config: int) -> SimpleNamespace:
        if interface or alternate:
            raise IndexError
        return SimpleNamespace(
            bLength=9,
            bDescriptorType=4,
            bInterfaceNumber=0,
            bAlternateSetting=0,
            bNumEndpoints=2,
            bInterfaceClass=7,
            bInterfaceSubClass=1,
            bInterfaceProtocol=2,
            iInterface=0,
            extra_descriptors=[],
        )

    def get_endpoint_descriptor(self, _dev: str, endpoint: int, *_place: int) -> SimpleNamespace:
        return SimpleNamespace(
            bLength=7,
            bDescriptorType=5,
            bEndpointAddress=(IN, OUT)[endpoint],
            bmAttributes=2,
            wMaxPacketSize=64,
            bInterval=0,
            bRefresh=0,
            bSynchAddress=0,
            extra_descriptors=[],
        )

    def open_device(self, dev: str) -> str:
        self.open_handles += 1
        return dev

    def close_device(self, _handle: str) -> None:
        self.open_handles -= 1

    def get_configuration(self, _handle: str) -> int:
        if not self.configured:
            raise usb.core.USBError("not configured")
        return self.configured

    def set_configuration(self, _handle: str, value: int) -> None:
        self.configured = value

    def claim_interface(self, _handle: str, _interface: int) -> None:
        pass

    def release_interface(self, _handle: str, _interface: int) -> None:
        pass

    def bulk_write(self, _handle: str, endpoint: int, _interface: int, data: "array[int]", _timeout: int) -> int:
        assert endpoint == OUT
        if not self.plugged:
            raise usb.core.USBError("no such device")
        if not self.takes_bytes:
            raise usb.core.USBTimeoutError("timed out")
        self.printer.receive(data.tobytes(), 0)
        self._replies += self.printer.take_replies()
        return len(data)

    def bulk_read(self, _handle: str, endpoint: int, _interface: int, buffer: "array[int]", _timeout: int) -> int:
        assert endpoint == IN
        if not self.plugged:
            raise usb.core.USBError("no such device")
        if not self._replies:
            raise usb.core.USBTimeoutError("timed out")
        count = min(len(buffer), len(self._replies))
        buffer[:count] = array("B", self._replies[:count])
        del self._replies[:count]
        return count


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
