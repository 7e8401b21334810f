"""What a printer's status bits mean: from ASB or from the four DLE EOT answers to the state that the bench knows.

Bits as in Epson's ESC/POS command reference, GS a and DLE EOT.
"""

from dataclasses import dataclass

from station.bench.core.devices import PrinterChanged, PrinterState
from station.devices.printer.replies import AutomaticStatus


@dataclass(frozen=True, slots=True)
class Facts:
    """What a printer says of itself at one moment."""

    offline: bool = False
    cover_open: bool = False
    feeding: bool = False
    """Someone holds the feed button."""
    paper_out: bool = False
    paper_near_end: bool = False
    cutter_fault: bool = False
    recoverable_error: bool = False
    unrecoverable_error: bool = False
    overheated: bool = False
    """An error that ends by itself: the head is too hot, or the voltage is out of range."""
    error: bool = False
    """The printer says that there is an error; which one, the other facts say, or nobody."""


def from_automatic_status(status: AutomaticStatus) -> Facts:
    """The facts in one ASB."""
    printer, error, paper, _ = status.data
    return Facts(
        offline=bool(printer & 0x08),
        cover_open=bool(printer & 0x20),
        feeding=bool(printer & 0x40),
        paper_out=bool(paper & 0x0C),
        paper_near_end=bool(paper & 0x03),
        cutter_fault=bool(error & 0x08),
        recoverable_error=bool(error & 0x04),
        unrecoverable_error=bool(error & 0x20),
        overheated=bool(error & 0x40),
    )


def from_real_time_status(printer: int, cause: int, error: int, paper: int) -> Facts:
    """The facts in the answers to DLE EOT 1, 2, 3 and 4."""
    return Facts(
        offline=bool(printer & 0x08),
        cover_open=bool(cause & 0x04),
        feeding=bool(printer & 0x40 or cause & 0x08),
        paper_out=bool(paper & 0x60 or cause & 0x20),
        paper_near_end=bool(paper & 0x0C),
        cutter_fault=bool(error & 0x08),
        recoverable_error=bool(error & 0x04),
        unrecoverable_error=bool(error & 0x20),
        overheated=bool(error & 0x40),
        error=bool(cause & 0x40),
    )


_CAUSES: tuple[tuple[str, PrinterState, str], ...] = (
    ("unrecoverable_error", PrinterState.ERROR, "unrecoverable error: switch the printer off and on"),
    ("cover_open", PrinterState.COVER_OPEN, "the cover is open"),
    ("paper_out", PrinterState.PAPER_OUT, "the roll is at its end"),
    ("cutter_fault", PrinterState.CUTTER_FAULT, "the cutter is blocked: free it, then switch the printer off and on"),
    ("overheated", PrinterState.OVERHEATED, "too hot, or supply voltage out of range: it goes on by itself"),
    (
        "recoverable_error",
        PrinterState.ERROR,
        "mechanical error: remove its cause, switch the printer off and on",
    ),
    ("error", PrinterState.ERROR, "an error that the printer does not name"),
    ("feeding", PrinterState.OFFLINE, "the feed button is pressed"),
    ("offline", PrinterState.OFFLINE, "off line without a cause that the printer names"),
)
"""In the order in which a person has to deal with them: paper cannot be judged while the cover is open."""


def describe(facts: Facts) -> PrinterChanged:
    """The state that these facts amount to, and its first cause in words."""
    for fact, state, detail in _CAUSES:
        if getattr(facts, fact):
            return PrinterChanged(state, facts.paper_near_end, detail)
    return PrinterChanged(PrinterState.READY, facts.paper_near_end)
