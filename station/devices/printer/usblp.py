"""Finds the kernel's printer device (usblp) of one USB printer: by its serial number, or by where it is plugged in.

/dev/usb/lp0 is whichever came first. sysfs says which USB device stands behind it: its folder's name is the port
(bus, then the ports of the hubs: 1-1.2), its file `serial` the serial number (Linux, Documentation/ABI, sysfs-bus-usb).
"""

import os
from dataclasses import dataclass
from pathlib import Path

from station.config.printer import FilePrinter
from station.devices.printer.line import LineUnavailableError

SYSFS = Path("/sys")
DEVICES = Path("/dev/usb")


@dataclass(frozen=True, slots=True)
class UsbIdentity:
    """What tells one USB printer from another."""

    port: str
    serial_number: str

    def fits(self, port: str | None, serial_number: str | None) -> bool:
        """Whether it is the one that is meant; None means any."""
        return port in (None, self.port) and serial_number in (None, self.serial_number)

    def __str__(self) -> str:
        """In words."""
        return f"USB port {self.port}, serial number {self.serial_number or 'none'}"


def wanted(port: str | None, serial_number: str | None) -> str:
    """What is configured, in words."""
    named = [f"USB port {port}"] if port is not None else []
    return " and ".join(named + ([f"serial number {serial_number}"] if serial_number is not None else []))


def find_usblp(config: FilePrinter, sysfs: Path = SYSFS, devices: Path = DEVICES) -> Path:
    """The device file of the printer that is meant. Raises LineUnavailableError, which names those that are there."""
    there: list[str] = []
    for folder in sorted((sysfs / "class/usbmisc").glob("lp*")):
        try:
            identity = _identity(folder)
        except OSError:  # unplugged in this moment
            continue
        if identity.fits(config.port, config.serial_number):
            return devices / folder.name
        there.append(f"{folder.name}: {identity}")
    raise LineUnavailableError(
        f"no printer at {wanted(config.port, config.serial_number)}: plug it in there, or correct port and "
        f"serial_number in [printer] (there is: {'; '.join(there) or 'no USB printer'})"
    )


def is_device_of(descriptor: int, name: str, sysfs: Path = SYSFS) -> bool:
    """Whether what was opened is still the device of this name: it may have been plugged over in between."""
    number = os.fstat(descriptor).st_rdev
    try:
        said = (sysfs / "class/usbmisc" / name / "dev").read_text().strip()
    except OSError:
        return False
    return said == f"{os.major(number)}:{os.minor(number)}"


def _identity(folder: Path) -> UsbIdentity:
    """Of the USB device whose interface this is. Raises OSError."""
    device = (folder / "device").resolve(strict=True).parent
    try:
        serial_number = (device / "serial").read_text().strip()
    except FileNotFoundError:  # it has none
        serial_number = ""
    return UsbIdentity(device.name, serial_number)
