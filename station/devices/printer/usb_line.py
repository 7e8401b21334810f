"""A printer on USB by libusb: for a machine without the kernel's printer driver.

A USB device has no descriptor to wait on, so the owner tries to read now and then, and writes in short slices.
"""

from typing import Any

import usb.core
import usb.util
from escpos.exceptions import DeviceNotFoundError
from escpos.printer import Usb

from station.config.printer import UsbPrinter
from station.devices.printer.line import READ_SIZE, Line, LineLostError, LineUnavailableError

_READ_MS = 1
_WRITE_MS = 100
_WRITE_SIZE = 4096
_PRINTER_CLASS = 7


class _Connector(Usb):  # type: ignore[misc]  # python-escpos has no types
    """python-escpos' connector, without the reset.

    Its own version selects the configuration and resets the device each time it opens it. A label that is being
    printed, by a station process that has just been restarted, would be cut off.
    """

    def _configure_usb(self) -> None:
        try:
            self.device.get_active_configuration()
        except usb.core.USBError:  # not configured yet: fresh from the plug
            self.device.set_configuration()


class UsbLine:
    """A line on the bulk endpoints of a USB printer."""

    def __init__(self, device: Any, endpoint_in: int, endpoint_out: int) -> None:
        self._device = device
        self._in = endpoint_in
        self._out = endpoint_out

    def fileno(self) -> int | None:
        return None

    def read(self) -> bytes:
        try:
            return bytes(self._device.read(self._in, READ_SIZE, _READ_MS))
        except usb.core.USBTimeoutError:
            return b""
        except usb.core.USBError as error:
            raise LineLostError(f"reading failed: {error}") from error

    def write(self, data: memoryview) -> int:
        try:
            return int(self._device.write(self._out, bytes(data[:_WRITE_SIZE]), _WRITE_MS))
        except usb.core.USBTimeoutError:  # pyusb raises it only when not one byte has gone
            return 0
        except usb.core.USBError as error:
            raise LineLostError(f"writing failed: {error}", last_write_uncertain=True) from error

    def close(self, *, discard: bool) -> None:  # noqa: ARG002 - nothing is underway after a write has returned
        usb.util.dispose_resources(self._device)


def open_usb(config: UsbPrinter, backend: Any = None) -> Line:
    """The printer with the configured ids. Raises LineUnavailableError.

    ``backend``: pyusb's way to the bus; by default libusb.
    """
    place = f"USB {config.vendor_id:04x}:{config.product_id:04x}"
    wanted: dict[str, object] = {"backend": backend} if backend else {}
    if config.serial_number is not None:
        place = f"{place} {config.serial_number}"
        wanted["serial_number"] = config.serial_number
    if config.port is not None:
        place = f"{place} at USB port {config.port}"
        wanted["custom_match"] = lambda device: port_of(device) == config.port
    connector = _Connector(config.vendor_id, config.product_id, usb_args=wanted)
    try:
        connector.open()
        device, connector.device = connector.device, None
        return UsbLine(device, *_endpoints(device))
    except DeviceNotFoundError as error:
        cause = error.__context__ if isinstance(error.__context__, usb.core.USBError) else "not on the bus"
        raise LineUnavailableError(
            f"printer at {place}: {cause}: switch it on and plug it in, and let the station's user use it (udev)"
        ) from error
    except usb.core.NoBackendError as error:
        raise LineUnavailableError(f"printer at {place}: libusb is missing: install libusb-1.0-0") from error
    except (usb.core.USBError, StopIteration) as error:
        raise LineUnavailableError(
            f"printer at {place}: no printer interface ({error}): correct vendor_id and product_id"
        ) from error


def port_of(device: Any) -> str:
    """Where a device is plugged in, as sysfs names it: the bus, then the ports of the hubs."""
    return f"{device.bus}-{'.'.join(str(port) for port in device.port_numbers or ())}"


def _endpoints(device: Any) -> tuple[int, int]:
    """The bulk endpoints of the printer interface: Epson's are 82 and 01, others' are not."""
    interface = next(i for i in device.get_active_configuration() if i.bInterfaceClass == _PRINTER_CLASS)
    directions = (usb.util.ENDPOINT_IN, usb.util.ENDPOINT_OUT)
    addresses = [endpoint.bEndpointAddress for endpoint in interface]
    read, write = (next(a for a in addresses if usb.util.endpoint_direction(a) == way) for way in directions)
    return read, write
