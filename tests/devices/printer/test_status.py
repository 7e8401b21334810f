"""What a printer says of itself becomes the state that the packer is told."""

import pytest

from station.bench.core.devices import PrinterChanged, PrinterState
from station.devices.printer.replies import AutomaticStatus
from station.devices.printer.status import describe, from_automatic_status, from_real_time_status

READY, OFFLINE, ERROR = PrinterState.READY, PrinterState.OFFLINE, PrinterState.ERROR
HOT = PrinterState.OVERHEATED
PAPER_OUT, COVER_OPEN, CUTTER = PrinterState.PAPER_OUT, PrinterState.COVER_OPEN, PrinterState.CUTTER_FAULT


@pytest.mark.parametrize(
    ("data", "state", "near_end"),
    [
        ("10 00 00 00", READY, False),
        ("14 00 00 0F", READY, False),  # drawer and reserved bits
        ("10 00 03 00", READY, True),
        ("18 00 0F 00", PAPER_OUT, True),
        ("38 00 00 00", COVER_OPEN, False),
        ("38 00 0F 00", COVER_OPEN, True),
        ("18 08 00 00", CUTTER, False),
        ("18 04 00 00", ERROR, False),
        ("18 20 00 00", ERROR, False),
        ("38 20 0F 00", ERROR, True),
        ("18 40 00 00", HOT, False),
        ("58 00 00 00", OFFLINE, False),
        ("18 00 00 00", OFFLINE, False),
    ],
)
def test_an_automatic_status_says_the_state(data: str, state: PrinterState, near_end: bool) -> None:
    change = describe(from_automatic_status(AutomaticStatus(bytes.fromhex(data))))
    assert (change.state, change.paper_near_end) == (state, near_end)


@pytest.mark.parametrize(
    ("answers", "state", "near_end"),
    [
        ("12 12 12 12", READY, False),
        ("16 12 12 12", READY, False),  # drawer
        ("12 12 12 1E", READY, True),
        ("1A 32 12 7E", PAPER_OUT, True),  # as measured
        ("1A 12 12 72", PAPER_OUT, False),
        ("1A 16 12 12", COVER_OPEN, False),
        ("1A 52 1A 12", CUTTER, False),
        ("1A 52 16 12", ERROR, False),
        ("1A 52 32 12", ERROR, False),
        ("1A 52 52 12", HOT, False),
        ("1A 52 12 12", ERROR, False),
        ("1A 1A 12 12", OFFLINE, False),
        ("5A 12 12 12", OFFLINE, False),
        ("1A 12 12 12", OFFLINE, False),
    ],
)
def test_the_four_real_time_answers_say_the_state(answers: str, state: PrinterState, near_end: bool) -> None:
    change = describe(from_real_time_status(*bytes.fromhex(answers)))
    assert (change.state, change.paper_near_end) == (state, near_end)


def test_whatever_is_not_ready_has_its_cause_in_words() -> None:
    causes = {describe(from_automatic_status(AutomaticStatus(bytes((0x10 | bit, 0, 0, 0))))) for bit in (8, 32, 64)}
    assert all(change.detail for change in causes)
    assert len({change.detail for change in causes}) == 3
    assert describe(from_automatic_status(AutomaticStatus(b"\x10\0\0\0"))) == PrinterChanged(READY)
