"""What has to come of each fault at each moment. The runs prove it, and docs/printer-faults.md is made from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from station.bench.core.devices import PrinterState, Proof
from station.bench.core.notices import Key
from tests.devices.printer.faults.rig import Connector
from tests.devices.printer.faults.run import Moment, Paper, Said

READY, PAPER_OUT, COVER_OPEN = PrinterState.READY, PrinterState.PAPER_OUT, PrinterState.COVER_OPEN
CUTTER, HOT, ERROR = PrinterState.CUTTER_FAULT, PrinterState.OVERHEATED, PrinterState.ERROR
NO_ANSWER, DISCONNECTED = PrinterState.NO_ANSWER, PrinterState.DISCONNECTED
NONE, PART, WHOLE = Paper.NONE, Paper.PART, Paper.WHOLE


class Fault(StrEnum):
    """What can be the matter."""

    PAPER_OUT = "paper out"
    NEAR_END = "paper near its end"
    COVER_OPEN = "cover open"
    CUTTER = "cutter blocked"
    HOT = "too hot (an error that ends by itself)"
    UNRECOVERABLE = "unrecoverable error"
    POWER_CUT = "power cut"
    CABLE = "cable unplugged"
    SILENT = "silent: it prints, and answers nothing"
    STALLED = "stopped: buffer full, no cause named"
    POWER_CYCLE = "switched off and on"


@dataclass(frozen=True, slots=True)
class Breakage:
    """How a fault is made with the emulator's words, and how it ends."""

    words: tuple[str, ...]
    mended: tuple[str, ...]
    remedy: str
    """What a person does."""
    state: PrinterState
    """What a station with no job hears of it."""


BREAKAGES: Mapping[Fault, Breakage] = {
    Fault.PAPER_OUT: Breakage(("paper out",), ("paper in",), "load paper", PAPER_OUT),
    Fault.NEAR_END: Breakage(("paper 500",), ("paper in",), "load paper between two orders", READY),
    Fault.COVER_OPEN: Breakage(("cover open",), ("cover close",), "close the cover", COVER_OPEN),
    Fault.CUTTER: Breakage(
        ("cutter jam",), ("cutter free", "power off", "power on"), "free the blade, switch it off and on", CUTTER
    ),
    Fault.HOT: Breakage(("overheat on",), ("overheat off",), "wait", HOT),
    Fault.UNRECOVERABLE: Breakage(("error on",), ("power off", "error off", "power on"), "switch it off and on", ERROR),
    Fault.POWER_CUT: Breakage(("power off",), ("power on",), "switch it on", DISCONNECTED),
    Fault.CABLE: Breakage(("unplug",), ("plug in",), "plug it in", DISCONNECTED),
    Fault.SILENT: Breakage(("silent on",), ("silent off",), "mend what does not answer", NO_ANSWER),
    Fault.STALLED: Breakage(("stall on",), ("stall off",), "find out why", READY),
    Fault.POWER_CYCLE: Breakage(("power off", "power on"), (), "nothing", READY),
}

BACK = "it is given back to the desk"
PRINTED = "it is printed"
AGAIN = "it is printed again, marked"
SCAN = "the packer scans the label that came out"
CARD = "the packer scans the card; the printer is cleared"


@dataclass(frozen=True, slots=True)
class Expected:
    """One cell of the matrix."""

    state: PrinterState
    said: Said
    paper: Paper
    words: Key
    reasons: tuple[str, ...]
    """What the edge gives as the reason: a part of it, one of these."""
    then: tuple[str, ...]
    """What happens once the cause is removed."""
    proof: Proof
    """On the shipment record in the end."""
    near_end: bool = False


def waits(state: PrinterState, paper: Paper, words: Key, reason: str, *then: str) -> Expected:
    """The printer keeps the label; the station waits, until it is confirmed or, after power was off, in doubt."""
    proof = Proof.LABEL_SCANNED if SCAN in then else Proof.PROCESS_ID
    return Expected(state, Said.WAITS, paper, words, (reason,), then, proof, near_end=state is PAPER_OUT)


def not_begun(state: PrinterState, *reasons: str) -> Expected:
    """Not one byte went out."""
    return Expected(
        state,
        Said.NOT_BEGUN,
        NONE,
        Key.NOT_BEGUN,
        reasons or (f"the printer is not ready: {state}",),
        (BACK, PRINTED),
        Proof.PROCESS_ID,
        near_end=state is PAPER_OUT,
    )


def unknown(state: PrinterState, paper: Paper, reasons: tuple[str, ...], *then: str) -> Expected:
    """In doubt: the packer is asked to look."""
    proof = Proof.LABEL_SCANNED if SCAN in then else Proof.PROCESS_ID
    return Expected(state, Said.UNKNOWN, paper, Key.IN_DOUBT, reasons, then, proof)


def confirmed(*, near_end: bool = False) -> Expected:
    """Nothing happens to the label."""
    return Expected(READY, Said.CONFIRMED, WHOLE, Key.PRINTED, ("process_id",), (), Proof.PROCESS_ID, near_end=near_end)


LINE_LOST = ("the printer closed the connection", "reading failed", "writing failed", "the device is gone")
CYCLED = (*LINE_LOST, "the printer was switched off and on while it had the job")
NO_LINE = ("no connection to the printer",)
NO_PROOF = ("no proof of print within 1 s",)
NO_BYTE = ("the printer has taken no byte for 1 s",)
OUT, OPEN = "the roll is at its end", "the cover is open"
BLOCKED = "the cutter is blocked: free it, then switch the printer off and on"
TOO_HOT = "too hot, or supply voltage out of range: it goes on by itself"
BROKEN = "unrecoverable error: switch the printer off and on"

_FIRST, _MID, _CUT, _AFTER = Moment

EXPECTED: Mapping[tuple[Fault, Moment], Expected] = {
    (Fault.PAPER_OUT, _FIRST): not_begun(PAPER_OUT),
    (Fault.PAPER_OUT, _MID): waits(PAPER_OUT, PART, Key.PAPER_OUT, OUT),
    (Fault.PAPER_OUT, _CUT): waits(PAPER_OUT, PART, Key.PAPER_OUT, OUT),
    (Fault.PAPER_OUT, _AFTER): waits(PAPER_OUT, WHOLE, Key.PAPER_OUT, OUT),
    **{(Fault.NEAR_END, moment): confirmed(near_end=True) for moment in Moment},
    (Fault.COVER_OPEN, _FIRST): not_begun(COVER_OPEN),
    (Fault.COVER_OPEN, _MID): waits(COVER_OPEN, PART, Key.COVER_OPEN, OPEN),
    (Fault.COVER_OPEN, _CUT): waits(COVER_OPEN, PART, Key.COVER_OPEN, OPEN),
    (Fault.COVER_OPEN, _AFTER): waits(COVER_OPEN, WHOLE, Key.COVER_OPEN, OPEN),
    (Fault.CUTTER, _FIRST): not_begun(CUTTER),
    (Fault.CUTTER, _MID): waits(CUTTER, PART, Key.CUTTER_FAULT, BLOCKED, CARD, AGAIN),
    (Fault.CUTTER, _CUT): waits(CUTTER, PART, Key.CUTTER_FAULT, BLOCKED, SCAN),
    (Fault.CUTTER, _AFTER): waits(CUTTER, WHOLE, Key.CUTTER_FAULT, BLOCKED, SCAN),
    (Fault.HOT, _FIRST): not_begun(HOT),
    (Fault.HOT, _MID): waits(HOT, PART, Key.PRINTER_OVERHEATED, TOO_HOT),
    (Fault.HOT, _CUT): waits(HOT, PART, Key.PRINTER_OVERHEATED, TOO_HOT),
    (Fault.HOT, _AFTER): waits(HOT, WHOLE, Key.PRINTER_OVERHEATED, TOO_HOT),
    (Fault.UNRECOVERABLE, _FIRST): not_begun(ERROR),
    (Fault.UNRECOVERABLE, _MID): waits(ERROR, PART, Key.PRINTER_ERROR, BROKEN, CARD, AGAIN),
    (Fault.UNRECOVERABLE, _CUT): waits(ERROR, PART, Key.PRINTER_ERROR, BROKEN, SCAN),
    (Fault.UNRECOVERABLE, _AFTER): waits(ERROR, WHOLE, Key.PRINTER_ERROR, BROKEN, SCAN),
    (Fault.POWER_CUT, _FIRST): not_begun(DISCONNECTED, *NO_LINE),
    (Fault.POWER_CUT, _MID): unknown(DISCONNECTED, PART, LINE_LOST, CARD, AGAIN),
    (Fault.POWER_CUT, _CUT): unknown(DISCONNECTED, PART, LINE_LOST, SCAN),
    (Fault.POWER_CUT, _AFTER): unknown(DISCONNECTED, WHOLE, LINE_LOST, SCAN),
    (Fault.CABLE, _FIRST): not_begun(DISCONNECTED, *NO_LINE),
    (Fault.CABLE, _MID): unknown(DISCONNECTED, PART, LINE_LOST, CARD, AGAIN),
    (Fault.CABLE, _CUT): unknown(DISCONNECTED, WHOLE, LINE_LOST, SCAN),
    (Fault.CABLE, _AFTER): unknown(DISCONNECTED, WHOLE, LINE_LOST, SCAN),
    (Fault.SILENT, _FIRST): not_begun(NO_ANSWER),
    **{(Fault.SILENT, moment): unknown(NO_ANSWER, WHOLE, NO_PROOF, SCAN) for moment in (_MID, _CUT, _AFTER)},
    (Fault.STALLED, _FIRST): unknown(NO_ANSWER, NONE, NO_BYTE, CARD, AGAIN),
    (Fault.STALLED, _MID): unknown(NO_ANSWER, PART, NO_BYTE, CARD, AGAIN),
    (Fault.STALLED, _CUT): unknown(READY, PART, NO_PROOF, SCAN),
    (Fault.STALLED, _AFTER): unknown(READY, WHOLE, NO_PROOF, SCAN),
    (Fault.POWER_CYCLE, _FIRST): confirmed(),
    (Fault.POWER_CYCLE, _MID): unknown(READY, PART, CYCLED, CARD, AGAIN),
    (Fault.POWER_CYCLE, _CUT): unknown(READY, WHOLE, CYCLED, SCAN),
    (Fault.POWER_CYCLE, _AFTER): unknown(READY, WHOLE, CYCLED, SCAN),
}

EXCEPTIONS: Mapping[tuple[Fault, Moment, Connector], Expected] = {
    # A serial port is there whether or not the printer is on.
    (Fault.POWER_CUT, _FIRST, Connector.SERIAL): not_begun(NO_ANSWER),
    (Fault.POWER_CUT, _MID, Connector.SERIAL): unknown(NO_ANSWER, PART, (*NO_PROOF, *NO_BYTE), CARD, AGAIN),
    (Fault.POWER_CUT, _CUT, Connector.SERIAL): unknown(NO_ANSWER, PART, NO_PROOF, SCAN),
    (Fault.POWER_CUT, _AFTER, Connector.SERIAL): unknown(NO_ANSWER, WHOLE, NO_PROOF, SCAN),
    # The network holds a whole label for the printer, which prints it once it goes on.
    (Fault.STALLED, _FIRST, Connector.TCP): unknown(NO_ANSWER, NONE, NO_PROOF, SCAN),
    (Fault.STALLED, _MID, Connector.TCP): unknown(NO_ANSWER, PART, NO_PROOF, SCAN),
    # USB holds nothing; and it is opened anew, which a printer with a full buffer notices, and answers.
    (Fault.STALLED, _FIRST, Connector.USB): unknown(READY, NONE, NO_BYTE, CARD, AGAIN),
    (Fault.STALLED, _MID, Connector.USB): unknown(READY, PART, NO_BYTE, CARD, AGAIN),
}


def expected(fault: Fault, moment: Moment, connector: Connector) -> Expected:
    """What has to come of it."""
    return EXCEPTIONS.get((fault, moment, connector)) or EXPECTED[fault, moment]


def state_before_first_byte(fault: Fault, connector: Connector) -> PrinterState:
    """What the station hears of a fault while it has no job."""
    usual = BREAKAGES[fault].state
    return NO_ANSWER if (fault, connector) == (Fault.POWER_CUT, Connector.SERIAL) else usual
