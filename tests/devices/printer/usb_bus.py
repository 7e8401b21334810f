"""A USB bus made of software: pyusb and python-escpos are real, below them is the emulated printer."""

import threading
import time
from array import array
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import ClassVar, cast

import usb.backend
import usb.core

from station.emulator.lines import Line
from station.emulator.paper import Label
from station.emulator.printer import Printer
from station.emulator.records import LabelRecorder
from station.emulator.words import execute

VENDOR, PRODUCT = 0x04B8, 0x0202
IN, OUT = 0x81, 0x03  # not Epson's, which are the connector's defaults


class Bus(usb.backend.IBackend):  # type: ignore[misc]  # pyusb has no types
    """One printer on a bus. What the line must not do raises NotImplementedError, as IBackend does: a reset."""

    def __init__(self, printer: Printer) -> None:
        self.printer = printer
        self.plugged = True
        self.takes_bytes = True
        self.configured = 1
        self.open_handles = 0
        self._replies = bytearray()

    @property
    def present(self) -> bool:
        """It is on the bus."""
        return self.plugged

    def enumerate_devices(self) -> Iterator[str]:
        return iter(["printer"] if self.present else [])

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


class LiveBus(Bus):
    """The bus in real time, with a printer to which the emulator's words can be said. For any thread."""

    line = cast(Line, SimpleNamespace(connected=True, address="usb"))
    recorder = cast(LabelRecorder, SimpleNamespace(count=0))
    drop_after_bytes: int | None = None
    _PATIENCE_S: ClassVar[float] = 8.0

    def __init__(self, printer: Printer) -> None:
        super().__init__(printer)
        self.papers: list[Label] = []
        self._lock = threading.RLock()
        self._unplugged = False
        self._gone = False
        """It has left the bus since it was opened: it comes back as another device."""

    @property
    def present(self) -> bool:
        """It is on the bus, perhaps again."""
        return self.printer.powered and not self._unplugged

    def control(self, line: str) -> str:
        """Does what a line of words says."""
        with self._lock:
            answer = execute(self, line, time.monotonic())
            self._settle()
        if answer.startswith("error"):
            raise ValueError(answer)
        return answer

    def wait_until(self, condition: Callable[[Printer], bool]) -> None:
        """Returns when the condition holds."""
        end_s = time.monotonic() + self._PATIENCE_S
        while time.monotonic() < end_s:
            with self._lock:
                self._advance()
                if condition(self.printer):
                    return
            time.sleep(0.005)
        raise TimeoutError

    def drop_line(self) -> None:
        """The device is gone from the bus, and there again with another number."""
        self._gone = True
        self._settle()

    def unplug(self) -> None:
        """The cable is out."""
        self._unplugged = True
        self._settle()

    def plug_in(self) -> None:
        """The cable is in again."""
        self._unplugged = False
        self._settle()

    def open_device(self, dev: str) -> str:
        with self._lock:
            self._gone = False
            self._settle()
            self.printer.line_opened()
            return super().open_device(dev)

    def close_device(self, handle: str) -> None:
        with self._lock:
            self.printer.line_closed()
            super().close_device(handle)

    def bulk_write(self, _handle: str, _endpoint: int, _interface: int, data: "array[int]", _timeout: int) -> int:
        with self._lock:
            self._advance()
            room = self.printer.receivable_bytes()
            if self.plugged and not room:
                raise usb.core.USBTimeoutError("timed out")
            if not self.plugged:
                raise usb.core.USBError("no such device")
            piece = data[:room].tobytes()
            self.printer.receive(piece, time.monotonic())
            self._advance()
            return len(piece)

    def bulk_read(self, handle: str, endpoint: int, interface: int, buffer: "array[int]", timeout: int) -> int:
        with self._lock:
            self._advance()
            return super().bulk_read(handle, endpoint, interface, buffer, timeout)

    def _advance(self) -> None:
        self.printer.advance(time.monotonic())
        self._settle()

    def _settle(self) -> None:
        self._gone |= not self.present
        self.plugged = not self._gone
        self.papers += self.printer.take_labels()
        if self.plugged:
            self._replies += self.printer.take_replies()
        else:
            self._replies.clear()
            self.printer.line_closed()
