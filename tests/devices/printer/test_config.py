"""What may stand under ``[printer]``."""

import msgspec
import pytest

from station.config.printer import FilePrinter, Printer, SerialPrinter, TcpPrinter, UsbPrinter


@pytest.mark.parametrize(
    ("toml", "config"),
    [
        ('connection = "tcp"\nhost = "192.168.1.50"', TcpPrinter(host="192.168.1.50", port=9100)),
        ('connection = "serial"\nport = "/dev/serial0"', SerialPrinter(port="/dev/serial0", baud=115200)),
        (
            'connection = "usb"\nvendor_id = 0x04b8\nproduct_id = 0x0202\nserial_number = "J1"',
            UsbPrinter(vendor_id=0x04B8, product_id=0x0202, serial_number="J1"),
        ),
        (
            'connection = "file"\npath = "/dev/usb/lp0"\nprocess_id = "no"',
            FilePrinter(path="/dev/usb/lp0", process_id="no"),
        ),
        ('connection = "file"\nport = "1-1.2"\nmodel = "tm-l90"', FilePrinter(port="1-1.2", model="tm-l90")),
        ('connection = "file"\nserial_number = "J1"', FilePrinter(serial_number="J1", model="generic")),
    ],
)
def test_each_connection_has_its_own_keys(toml: str, config: Printer) -> None:
    assert msgspec.toml.decode(toml, type=Printer) == config


@pytest.mark.parametrize(
    "toml",
    [
        'connection = "tcp"',
        'connection = "bluetooth"\nhost = "a"',
        'connection = "tcp"\nhost = "a"\nbaud = 9600',
        'connection = "tcp"\nhost = "a b"',
        'connection = "tcp"\nhost = "a"\nport = 0',
        'connection = "tcp"\nhost = "a"\nwrite_timeout_s = 0',
        'connection = "tcp"\nhost = "a"\nconfirm_timeout_s = 0.5',
        'connection = "tcp"\nhost = "a"\nstatus_interval_s = 0.0',
        'connection = "tcp"\nhost = "a"\nprocess_id = "maybe"',
        'connection = "serial"\nport = "ttyS0"',
        'connection = "serial"\nport = "/dev/ttyS0"\nbaud = 300',
        'connection = "serial"\nport = "/dev/ttyS0"\nflow_control = "dsr_dtr"',
        'connection = "usb"\nvendor_id = 70000\nproduct_id = 1',
        'connection = "file"\npath = ""',
        'connection = "file"',
        'connection = "file"\npath = "/dev/usb/lp0"\nport = "1-1.2"',
        'connection = "file"\nport = "/dev/usb/lp0"',
        'connection = "usb"\nvendor_id = 1\nproduct_id = 1\nport = "1"',
        'connection = "tcp"\nhost = "a"\nmodel = "tm-x1"',
    ],
)
def test_what_cannot_work_is_refused(toml: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.toml.decode(toml, type=Printer)
