"""A station's printer, as its configuration names it: ``[printer]`` with a ``connection``."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from station.printers.models import GENERIC, record_of

UsbPort = Annotated[str, Meta(pattern=r"^[0-9]+-[0-9]+(\.[0-9]+)*$", max_length=40)]
"""Such as ``1-1.2``: bus 1, port 1, and there port 2 of a hub."""


class _AnyPrinter(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="connection"):
    """What is set alike for every connection."""

    model: Annotated[str, Meta(min_length=1, max_length=40)] = GENERIC
    """Which printer stands there: a model of [printers.md](printers.md). One that says that it is another model gets no
    label. ``generic`` is any."""
    write_timeout_s: Annotated[float, Meta(ge=0.1, le=60)] = 5.0
    """The longest time in which the line takes not one byte while the printer names no cause for it."""
    confirm_timeout_s: Annotated[float, Meta(ge=1, le=600)] = 30.0
    """The longest wait for the proof of print while the printer says that it is ready. Paper out and an
    open cover do not count: the printer keeps the job. Longer than the longest set of labels takes."""
    process_id: Literal["auto", "yes", "no"] = "auto"
    """Whether the printer answers GS ( H function 48. ``auto`` goes by what ``station printer probe`` kept, where the
    printer says that it is the same model; else it tries it once on every connection."""
    status_interval_s: Annotated[float, Meta(ge=0.1, le=60)] = 1.0
    """How often the printer is asked for its status while no job is being sent."""

    def __post_init__(self) -> None:
        """The model has a record."""
        record_of(self.model)


class TcpPrinter(_AnyPrinter, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="tcp"):
    """A printer on the network. python-escpos speaks IPv4 only."""

    host: Annotated[str, Meta(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9._-]+$")]
    """An IPv4 address, or a name; with an address the printer does not depend on name resolution."""
    port: Annotated[int, Meta(ge=1, le=65535)] = 9100


class SerialPrinter(_AnyPrinter, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="serial"):
    """A printer on RS-232 or on a USB serial port; 8 data bits, no parity, 1 stop bit."""

    port: Annotated[str, Meta(pattern=r"^/[^\s]+$", max_length=255)]
    """A stable path: ``/dev/serial/by-path/...``, ``/dev/serial/by-id/...`` or ``/dev/serial0``."""
    baud: Literal[9600, 19200, 38400, 57600, 115200, 230400] = 115200
    flow_control: Literal["rts_cts", "xon_xoff", "none"] = "rts_cts"
    """``rts_cts`` also for a printer set to DTR/DSR: its cable joins the printer's DTR to CTS, and Linux has
    no flow control by DSR. ``none`` loses bytes as soon as a label is larger than the printer's buffer."""


class UsbPrinter(_AnyPrinter, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="usb"):
    """A printer on USB without the kernel's printer driver. Prefer ``file`` where /dev/usb/lp0 exists."""

    vendor_id: Annotated[int, Meta(ge=0, le=0xFFFF)]
    product_id: Annotated[int, Meta(ge=0, le=0xFFFF)]
    serial_number: Annotated[str, Meta(min_length=1, max_length=126)] | None = None
    """Tells two printers of one model apart."""
    port: UsbPort | None = None
    """Binds to a USB port: whatever printer with these ids is plugged in there (``ls /sys/bus/usb/devices``)."""


class FilePrinter(_AnyPrinter, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="file"):
    """A printer behind a device file that reads and writes, as the kernel's usblp driver makes it."""

    path: Annotated[str, Meta(pattern=r"^/[^\s]+$", max_length=255)] | None = None
    """``/dev/usb/lp0``, or better a udev rule's own name: the number changes with the order of plugging in. Instead of
    it ``serial_number`` or ``port`` finds a USB printer."""
    serial_number: Annotated[str, Meta(min_length=1, max_length=126)] | None = None
    """Binds to one USB printer, wherever it is plugged in."""
    port: UsbPort | None = None
    """Binds to a USB port: bus, then the ports of the hubs, as in ``/sys/bus/usb/devices``."""

    def __post_init__(self) -> None:
        """It is found in one way."""
        super().__post_init__()
        if (self.path is None) is (self.serial_number is None and self.port is None):
            raise ValueError("a file printer needs either path, or serial_number, port or both of them")


Printer = TcpPrinter | SerialPrinter | UsbPrinter | FilePrinter
