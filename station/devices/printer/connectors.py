"""Opens a line to a printer with python-escpos' connectors.

python-escpos opens; the bytes go past it, on the descriptor or USB device behind it, because its connectors
cannot give what the owner thread needs (python-escpos 3.1, pyserial 3.5):

- `Serial` sets no write timeout, and pyserial's own does not say how many bytes had gone when it came. Its ``close``
  waits for all output to go, under flow control for ever.
- `Network` sends with ``sendall``, which does not say it either, and without TCP_NODELAY.
- `Usb` resets the printer when it opens it, in the middle of a print if need be (see `usb_line`).
- `File` opens for writing only, blocks, and makes a regular file where the device is missing. usblp lets one
  program open the device, once: so a device file is opened here.

Importing this module imports python-escpos: 0.2 s and 13 MiB. The owner does it on its own thread.
"""

import errno
import os
import shutil
import socket
import stat
import struct
from pathlib import Path

from escpos import capabilities
from escpos.exceptions import DeviceNotFoundError
from escpos.printer import Network, Serial

from station.config.printer import FilePrinter, Printer, SerialPrinter, TcpPrinter, UsbPrinter
from station.devices.printer.line import DescriptorLine, Line, LineUnavailableError
from station.devices.printer.usb_line import open_usb
from station.devices.printer.usblp import DEVICES, SYSFS, find_usblp, is_device_of

if "ESCPOS_CAPABILITIES_PICKLE_DIR" not in os.environ:
    # Its import leaves a pickled copy of its profiles in a new temporary directory. Keeping one for the next start
    # would save 0.1 s; but the copy is written in place, and a power cut then leaves one that fails every import.
    shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)

CONNECT_S = 2.0
"""On a site's own network a printer that has not answered by then does not answer."""

_DISCARD = struct.pack("ii", 1, 0)
"""struct linger: close with a reset, so that the kernel sends nothing more of what it has."""

_REMEDIES = {
    errno.ENOENT: "no such device: switch the printer on and plug it in, or correct the configuration",
    errno.ENXIO: "no such device: switch the printer on and plug it in, or correct the configuration",
    errno.ENODEV: "no such device: switch the printer on and plug it in, or correct the configuration",
    errno.EACCES: "no permission: the station's user must be in the group lp (USB) or dialout (serial)",
    errno.EBUSY: "another program has it open: stop that one (fuser names it)",
    errno.EAGAIN: "another program has locked it: stop that one (fuser names it)",
    errno.ECONNREFUSED: "connection refused: is this the printer's address, and is raw printing (9100) on?",
    errno.EHOSTUNREACH: "no route to it: is the printer switched on and its network cable in?",
}


def open_line(config: Printer) -> Line:
    """The line that the configuration names. Raises LineUnavailableError."""
    match config:
        case TcpPrinter():
            return _open_tcp(config)
        case SerialPrinter():
            return _open_serial(config)
        case UsbPrinter():
            return open_usb(config)
        case FilePrinter():
            return open_file(config)


def _open_tcp(config: TcpPrinter) -> Line:
    connector = Network(config.host, config.port, timeout=CONNECT_S)
    try:
        connector.open()
    except DeviceNotFoundError as error:
        raise _unavailable(f"{config.host}:{config.port}", error) from error
    connection: socket.socket = connector.device
    connector.device = None  # else its destructor closes the socket
    connection.setblocking(False)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # No TCP_USER_TIMEOUT: it also ends a connection whose printer, without paper, keeps its window closed.

    def close(discard: bool) -> None:
        if discard:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DISCARD)
        connection.close()

    return DescriptorLine(connection.fileno(), close, empty_read_is_end=True)


def _open_serial(config: SerialPrinter) -> Line:
    connector = Serial(
        config.port,
        baudrate=config.baud,
        timeout=0,
        xonxoff=config.flow_control == "xon_xoff",
        dsrdtr=False,
    )
    try:
        connector.open()
        port, connector.device = connector.device, None  # else its destructor waits for all output
        port.rtscts = config.flow_control == "rts_cts"  # the connector has no word for it
        port.exclusive = True
    except (DeviceNotFoundError, OSError) as error:
        raise _unavailable(config.port, error) from error

    def close(discard: bool) -> None:
        if discard:
            port.reset_output_buffer()
        port.close()

    return DescriptorLine(port.fileno(), close, empty_read_is_end=False)


def open_file(config: FilePrinter, sysfs: Path = SYSFS, devices: Path = DEVICES) -> Line:
    """The device file of the configured path, or the one that usblp gave to the configured printer.

    Raises LineUnavailableError.
    """
    path = Path(config.path) if config.path else find_usblp(config, sysfs, devices)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        raise _unavailable(str(path), error) from error
    if not stat.S_ISCHR(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise LineUnavailableError(
            f"printer at {path}: not a device. A program that printed while the printer was away may have "
            "left a file of that name: remove it and plug the printer in again"
        )
    if config.path is None and not is_device_of(descriptor, path.name, sysfs):
        os.close(descriptor)
        raise LineUnavailableError(f"printer at {path}: another one was plugged in while it was being opened")
    return DescriptorLine(descriptor, lambda _discard: os.close(descriptor), empty_read_is_end=False)


def _unavailable(place: str, error: Exception) -> LineUnavailableError:
    """python-escpos wraps what happened; the remedy follows from what it wrapped."""
    cause = error.__context__ if isinstance(error, DeviceNotFoundError) else error
    number = cause.errno if isinstance(cause, OSError) else None
    remedy = _REMEDIES.get(number or 0) or str(cause)
    return LineUnavailableError(f"printer at {place}: {remedy}")
