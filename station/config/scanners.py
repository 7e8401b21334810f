"""A station's scanners, as its configuration names them: ``[[scanners]]`` with ``kind = "serial"`` or ``"hid"``."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
"""What the log, the status and the screen call the device."""

GapMs = Annotated[int, Meta(ge=20, le=5000)]
"""The longest pause inside one scan; a longer one drops what came before it."""

InputDevice = Annotated[
    str,
    Meta(
        max_length=255,
        pattern=r"^(/dev/(?!input/event)[^\s]+|[0-9a-fA-F]{4}:[0-9a-fA-F]{4})$",
        description="A stable path (/dev/input/by-path/..., /dev/input/by-id/..., a udev rule's own) or "
        "vendor:product in hexadecimal. Event numbers change at every boot and are refused.",
    ),
]

Fnc1 = Annotated[str, Meta(pattern=r"^(gs|unproven|[!-/:-@\[-`{-~][!-~]{0,7})\Z")]
"""How a scanner sends FNC1, which ends a lot or serial number inside a GS1 code."""

UNPROVEN = "unproven"

AltCodes = Literal["windows", "cp932", "unicode"]


class SerialScanner(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="serial"):
    """A scanner on RS-232 or one that is a USB serial port (USB-COM, CDC-ACM)."""

    name: Name
    port: Annotated[str, Meta(pattern=r"^/[^\s]+$", max_length=255)]
    """A stable path: ``/dev/serial/by-path/...``, ``/dev/serial/by-id/...`` or ``/dev/serial0``."""
    baud: Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200] = 9600
    data_bits: Literal[7, 8] = 8
    parity: Literal["none", "even", "odd"] = "none"
    stop_bits: Literal[1, 2] = 1
    end: Literal["cr", "lf", "crlf", "any"] = "any"
    """What the scanner sends after a code. ``any`` takes CR, LF, CR LF and Tab."""
    gap_ms: GapMs = 200
    fnc1: Fnc1 = UNPROVEN
    """How FNC1 comes inside a GS1 code: `"gs"` where it is known that the scanner sends it as GS; `"unproven"` takes a
    GS that comes, and refuses a lot or serial number of which it cannot be sure; else the characters that the scanner
    is set to send for it, as `"|"` or `"{GS}"`."""


class HidScanner(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="hid"):
    """A scanner that is a USB keyboard. Enter or Tab ends a code."""

    name: Name
    device: InputDevice
    layout: Annotated[str, Meta(pattern=r"^(us|jp|/[^\s]+\.toml)\Z")] = "us"
    """The keyboard layout that the scanner itself is set to: `"us"`, `"jp"`, or the path of a map of your own
    (docs/scanners.md)."""
    alt_codes: AltCodes = "windows"
    """What Alt with a number above 127 on the keypad means, for a scanner that types so (docs/scanners.md)."""
    gap_ms: GapMs = 200
    fnc1: Fnc1 = UNPROVEN
    """How FNC1 comes inside a GS1 code: `"gs"` where it is known that the scanner sends it, as GS, Ctrl+] or Alt+029;
    the others as for a serial scanner."""


Scanner = SerialScanner | HidScanner
