"""A station's panel, as its configuration names it: ``[panel]``. Without the table there is no panel."""

from collections import Counter
from typing import Annotated

from msgspec import Meta, Struct

Pin = Annotated[int, Meta(ge=0, le=27, description="A GPIO number (BCM), as printed on pinout sheets.")]

PARTS = ("red", "amber", "green", "buzzer", "cancel_button", "supervisor_key")


class Panel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which GPIO line each part is on. A part without a line is not there, and all else works."""

    red: Pin | None = None
    amber: Pin | None = None
    green: Pin | None = None
    buzzer: Pin | None = None
    cancel_button: Pin | None = None
    supervisor_key: Pin | None = None
    shutdown_button: Pin | None = None
    """To ground; the kernel's, not the station's: `dtoverlay=gpio-shutdown` in config.txt. On GPIO 3 it starts a
    Raspberry Pi that was shut down, too."""
    outputs_active_low: bool = False
    """True for relay boards that switch on at a low level: lamps and buzzer."""
    inputs_active_high: bool = False
    """False: button and key close to ground, with the Pi's pull-ups. True: to 3.3 V, with its pull-downs."""
    chip: Annotated[int, Meta(ge=0, le=15)] | None = None
    """The N of /dev/gpiochipN; by default what gpiozero finds for the board."""

    def __post_init__(self) -> None:
        """Raises ValueError when two parts are on one line."""
        pins = {part: getattr(self, part) for part in (*PARTS, "shutdown_button") if getattr(self, part) is not None}
        for pin, count in Counter(pins.values()).items():
            if count > 1:
                both = " and ".join(part for part, its in pins.items() if its == pin)
                raise ValueError(f"GPIO {pin} is set for {both}: give each part a line of its own")
