"""Which printer it is, and what follows: another model gets no label, a known one is not tried again."""

from dataclasses import replace

import pytest

from station.bench.core.devices import BuffersCleared, ClearFailed, PrintConfirmed, PrinterState, PrintFailed, Proof
from station.devices.printer.commands import CLEAR_BUFFERS, REQUEST_NAME
from station.devices.printer.expectation import Expectation
from station.emulator.model import Model
from station.printers.answers import Answers
from tests.devices.printer.virtual import Talk, is_whole, label, new_printer

READY, WRONG_MODEL, NO_ANSWER = PrinterState.READY, PrinterState.WRONG_MODEL, PrinterState.NO_ANSWER
PAPER_OUT = PrinterState.PAPER_OUT
LABEL_PRINTER = Expectation(model="tm-l90")
PROBED = Answers(probed_at="", place="", model="generic", name="TM-L90", process_id=True)


def talk(name: str, expected: Expectation = LABEL_PRINTER) -> Talk:
    """With a printer of that name, empty for one that does not tell it."""
    return Talk(new_printer(Model(name=name)), expected=expected)


@pytest.mark.parametrize(
    ("configured", "name", "refused"),
    [
        ("tm-l90", "TM-L90", False),
        ("tm-l90", "TM-T88V", True),
        ("tm-l90", "LABELMASTER 9", True),
        ("tm-l90", "", False),
        ("tm-l90", None, False),
        ("tm-t88iii", "TM-T88III", False),  # what it answers is not known; but it is not another one's name
        ("tm-t88iii", "TM-L90", True),
        ("generic", "TM-L90", False),
    ],
)
def test_a_printer_is_refused_for_its_name_alone(configured: str, name: str | None, refused: bool) -> None:
    refusal = Expectation(model=configured).refusal(name)
    assert bool(refusal) is refused
    if refused:
        assert f"configured is {configured}" in refusal
        assert f"it is a {name}" in refusal
        assert "plug in the right one" in refusal


@pytest.mark.parametrize("name", ["TM-L90", ""])
def test_the_right_printer_is_ready_and_prints(name: str) -> None:
    session = talk(name)
    session.run(5)
    assert session.states == [READY]
    session.print("g1", label(100))
    session.run(20)
    assert session.outcomes == [PrintConfirmed("g1", Proof.PROCESS_ID)]


def test_another_model_is_never_ready_and_gets_no_byte_of_a_label() -> None:
    session = talk("TM-T88V")
    session.run(5)
    assert session.states == [WRONG_MODEL]
    session.print("g1", label(100))
    session.run(20)
    [outcome] = session.outcomes
    assert isinstance(outcome, PrintFailed)
    assert not outcome.begun
    assert "it is a TM-T88V" in outcome.reason
    assert b"\x1dv0" not in session.wire


def test_another_model_is_named_before_its_paper_end_is_a_packers_business() -> None:
    session = talk("TM-T88V")
    session.run(5)
    session.printer.take_paper_out(session.now_s)
    session.run(5)
    assert set(session.states) == {WRONG_MODEL}


def test_when_the_right_one_comes_back_on_the_same_line_it_is_ready() -> None:
    session = talk("TM-T88V")
    session.run(5)
    session.printer.power_off()
    session.run(5)
    session.printer = new_printer(Model(name="TM-L90"))
    session.printer.line_opened()
    session.run(5)
    assert session.states == [WRONG_MODEL, NO_ANSWER, READY]


def test_the_wrong_one_in_its_place_is_found_out_too() -> None:
    session = talk("TM-L90")
    session.run(5)
    session.printer.power_off()
    session.run(5)
    session.printer = new_printer(Model(name="TM-T88V"))
    session.printer.line_opened()
    session.run(5)
    assert session.states == [READY, NO_ANSWER, WRONG_MODEL]


def test_a_printer_without_paper_is_asked_its_name_once_there_is_some() -> None:
    machine = new_printer(Model(name="TM-T88V"))
    machine.take_paper_out(0)
    session = Talk(machine, expected=LABEL_PRINTER)
    session.run(5)
    assert session.states == [PAPER_OUT]
    session.printer.load_paper(session.now_s)
    session.run(5)
    assert session.states == [PAPER_OUT, WRONG_MODEL]


def test_clearing_another_model_says_nothing_of_the_label_that_is_looked_for() -> None:
    session = talk("TM-T88V")
    session.clear()
    session.run(5)
    session.clear()
    session.run(5)
    first, second = session.outcomes
    assert session.wire.count(CLEAR_BUFFERS) == 1  # and that before it was known
    assert isinstance(first, ClearFailed)
    assert isinstance(second, ClearFailed)
    assert "it is a TM-T88V" in first.reason


def test_clearing_the_right_one_is_confirmed() -> None:
    session = talk("TM-L90")
    session.clear()
    session.run(5)
    assert session.outcomes == [BuffersCleared()]


def test_a_printer_that_holds_a_broken_job_is_asked_its_name_when_that_is_cleared() -> None:
    session = talk("TM-L90")
    session.run(5)
    session.print("g1", label())
    session.run_until_sent(20_000)
    session.lose_line()
    session.connect()
    session.run(5)
    session.print("g2", label(100))
    session.run(20)
    assert session.outcomes[1:] == [PrintConfirmed("g2", Proof.PROCESS_ID)]
    assert is_whole(session.printer.take_labels()[-1], 100)


def test_what_was_probed_is_not_tried_again() -> None:
    session = talk("TM-L90", Expectation(kept=PROBED))
    session.run(5)
    session.print("g1", label(100))
    session.run(20)
    assert session.outcomes == [PrintConfirmed("g1", Proof.PROCESS_ID)]
    assert session.wire.count(b"\x1d(H") == 1


@pytest.mark.parametrize("name", ["TM-T88III", ""])
def test_the_answers_of_another_printer_are_not_believed_and_that_is_said(name: str) -> None:
    session = Talk(new_printer(Model(name=name, process_id=False)), expected=Expectation(kept=PROBED))
    session.run(5)
    [change] = [event for event in session.events if not isinstance(event, PrintConfirmed)]
    assert "run station printer probe again" in change.detail  # type: ignore[union-attr]
    session.print("g1", label(100))
    session.run(20)
    assert session.outcomes == [PrintConfirmed("g1", Proof.STATUS)]


def test_a_configured_process_id_stands_above_the_probed_one() -> None:
    expected = Expectation(process_id=False, kept=PROBED)
    assert expected.knows_process_id("TM-L90") is False
    assert replace(expected, process_id=None).knows_process_id("TM-L90") is True
    assert replace(expected, process_id=None).knows_process_id("") is None


def test_where_nothing_depends_on_the_name_nobody_asks_for_it() -> None:
    session = talk("TM-L90", Expectation())
    session.run(5)
    assert REQUEST_NAME not in session.wire


def test_without_paper_a_printer_is_cleared_unnamed_and_named_once_there_is_some() -> None:
    machine = new_printer(Model(name="TM-T88V"))
    machine.take_paper_out(0)
    session = Talk(machine, expected=LABEL_PRINTER)
    session.run(2)
    session.clear()
    session.run(5)
    assert session.outcomes == [BuffersCleared()]
    session.printer.load_paper(session.now_s)
    session.run(5)
    assert session.states == [PAPER_OUT, WRONG_MODEL]
