"""What is said to a printer, against the emulated one, each fault at each moment."""

import itertools

import pytest

from station.bench.core.devices import (
    BuffersCleared,
    ClearFailed,
    PrintConfirmed,
    PrinterState,
    PrintFailed,
    Proof,
)
from station.devices.printer.commands import CLEAR_BUFFERS, EJECT, ENABLE_STATUS_BACK
from station.devices.printer.line import LineLostError
from station.emulator.model import Model
from tests.devices.printer.virtual import LIMITS, Talk, is_whole, label, new_printer, stripes

READY, PAPER_OUT, COVER_OPEN = PrinterState.READY, PrinterState.PAPER_OUT, PrinterState.COVER_OPEN
CUTTER, ERROR, OFFLINE = PrinterState.CUTTER_FAULT, PrinterState.ERROR, PrinterState.OFFLINE
NO_ANSWER = PrinterState.NO_ANSWER
CONFIRMED = PrintConfirmed("g1", Proof.PROCESS_ID)
POLL = b"\x10\x04"


@pytest.fixture
def talk() -> Talk:
    """A ready printer with process ID, which the host has found out."""
    talk = Talk()
    talk.run(3)
    assert talk.states == [READY]
    return talk


def without_process_id(*, status_back: bool = True) -> Talk:
    talk = Talk(new_printer(Model(process_id=False, status_back=status_back)))
    talk.run(3)
    return talk


# The way it should be.


def test_a_label_is_confirmed_by_its_process_id_when_it_is_on_paper_and_not_before(talk: Talk) -> None:
    talk.print("g1", label())
    talk.run(30, until=lambda: bool(talk.outcomes))
    assert talk.outcomes == [CONFIRMED]
    [paper] = talk.printer.take_labels()
    assert is_whole(paper)


def test_a_printer_without_process_id_confirms_by_status(talk: Talk) -> None:
    talk = without_process_id()
    talk.print("g1", label())
    talk.run(30)
    assert talk.outcomes == [PrintConfirmed("g1", Proof.STATUS)]
    assert [is_whole(paper) for paper in talk.printer.take_labels()] == [True]


def test_a_printer_without_process_id_and_automatic_status_confirms_by_status() -> None:
    talk = without_process_id(status_back=False)
    talk.print("g1", label())
    talk.run(30)
    assert talk.outcomes == [PrintConfirmed("g1", Proof.STATUS)]


@pytest.mark.parametrize(("configured", "asked"), [(False, 0), (True, 0), (None, 1)])
def test_process_id_is_tried_once_on_a_connection_and_only_if_configured_so(
    configured: bool | None, asked: int
) -> None:
    talk = Talk(knows_process_id=configured)
    talk.run(10)
    assert talk.wire.count(b"\x1d(H") == asked


def test_ten_labels_in_a_row_come_out_one_each(talk: Talk) -> None:
    for number in range(10):
        talk.print(f"g{number}", label(100))
        talk.run(30, until=lambda count=number + 1: len(talk.outcomes) == count)  # type: ignore[misc]
    assert talk.outcomes == [PrintConfirmed(f"g{number}", Proof.PROCESS_ID) for number in range(10)]
    assert [is_whole(paper, 100) for paper in talk.printer.take_labels()] == [True] * 10


def test_no_status_request_stands_inside_a_job(talk: Talk) -> None:
    talk.printer.set_speed(talk.now_s, 10)  # ten seconds: ten intervals of the status
    before = len(talk.wire)
    talk.print("g1", label())
    talk.run(60, until=lambda: bool(talk.outcomes))
    assert talk.outcomes == [CONFIRMED]
    job_ends = talk.wire.index(b"\x1d(H", before)
    assert POLL not in talk.wire[before:job_ends]
    assert POLL in talk.wire[job_ends:]


def test_the_job_is_all_that_a_clean_printer_gets(talk: Talk) -> None:
    before = len(talk.wire)
    talk.print("g1", b"JOB")
    talk.run_until_sent(1)
    assert talk.wire[before:].startswith(b"JOB\x1d(H\x06\x00\x30\x30")


# States.


def test_each_cause_is_its_own_state_and_is_told_once(talk: Talk) -> None:
    printer = talk.printer
    talk.events.clear()
    printer.take_paper_out(talk.now_s)
    talk.run(5)
    printer.set_cover(talk.now_s, is_open=True)
    talk.run(5)
    printer.load_paper(talk.now_s)
    printer.set_cover(talk.now_s, is_open=False)
    talk.run(5)
    printer.set_online(talk.now_s, online=False)
    talk.run(5)
    printer.set_online(talk.now_s, online=True)
    talk.run(5)
    printer.jam_cutter(talk.now_s)
    talk.run(5)
    printer.set_unrecoverable(talk.now_s, error=True)
    talk.run(5)
    told = [state for state, _ in itertools.groupby(talk.states)]
    assert told == [PAPER_OUT, COVER_OPEN, READY, OFFLINE, READY, CUTTER, ERROR]


def test_a_printer_without_automatic_status_is_asked() -> None:
    talk = without_process_id(status_back=False)
    talk.printer.set_cover(talk.now_s, is_open=True)
    talk.run(LIMITS.status_interval_s + 0.1)
    assert talk.states == [READY, COVER_OPEN]


def test_a_printer_that_says_nothing_is_not_taken_for_one_without_paper(talk: Talk) -> None:
    talk.printer.silent = True
    talk.run(LIMITS.status_interval_s + LIMITS.answer_s + 0.1)
    assert talk.states == [READY, NO_ANSWER]
    talk.run(20)
    talk.printer.silent = False
    talk.run(2)
    assert talk.states == [READY, NO_ANSWER, READY]


def test_a_printer_that_never_answered_is_not_ready() -> None:
    printer = new_printer()
    printer.silent = True
    talk = Talk(printer)
    talk.run(5)
    assert talk.states == [NO_ANSWER]
    assert talk.wire.replace(b"\x10\x04\x01", b"") == b""


def test_paper_near_its_end_is_told_with_the_state(talk: Talk) -> None:
    talk.events.clear()
    talk.printer.load_paper(talk.now_s, 500)
    talk.run(2)
    [change] = talk.events
    assert (change.state, change.paper_near_end) == (READY, True)  # type: ignore[union-attr]


# Faults before a job.


@pytest.mark.parametrize("fault", ["paper", "cover", "offline", "silent"])
def test_a_job_for_a_printer_that_is_not_ready_is_refused_and_not_one_byte_is_sent(talk: Talk, fault: str) -> None:
    if fault == "paper":
        talk.printer.take_paper_out(talk.now_s)
    elif fault == "cover":
        talk.printer.set_cover(talk.now_s, is_open=True)
    elif fault == "offline":
        talk.printer.set_online(talk.now_s, online=False)
    else:
        talk.printer.silent = True
    talk.run(5)
    talk.print("g1", label())
    talk.run(5)
    [outcome] = talk.outcomes
    assert isinstance(outcome, PrintFailed)
    assert not outcome.begun
    assert b"\x1dv0" not in talk.wire


def test_a_job_before_the_first_status_is_refused_as_not_begun() -> None:
    talk = Talk()
    talk.print("g1", label())
    talk.run(5)
    assert [(o.grant, o.begun) for o in talk.outcomes if isinstance(o, PrintFailed)] == [("g1", False)]


def test_a_second_job_while_one_is_underway_is_refused_and_does_not_disturb_it(talk: Talk) -> None:
    talk.print("g1", label())
    talk.run_until_sent(1000)
    talk.print("g2", label())
    talk.run(30)
    refused, confirmed = talk.outcomes
    assert isinstance(refused, PrintFailed)
    assert (refused.grant, refused.begun) == ("g2", False)
    assert confirmed == CONFIRMED


# Faults in a job.


@pytest.mark.parametrize("knows_process_id", [True, False])
def test_paper_that_ends_in_a_label_is_waited_for_and_the_label_is_confirmed_once(knows_process_id: bool) -> None:
    talk = Talk(knows_process_id=knows_process_id)
    talk.run(3)
    talk.print("g1", label())
    talk.run_until_sent(20_000)
    talk.printer.take_paper_out(talk.now_s)
    talk.run(3600)
    assert talk.states == [READY, PAPER_OUT]
    assert talk.outcomes == []
    talk.printer.load_paper(talk.now_s)
    talk.run(30)
    assert talk.states == [READY, PAPER_OUT, READY]
    assert talk.outcomes == [PrintConfirmed("g1", Proof.PROCESS_ID if knows_process_id else Proof.STATUS)]
    assert talk.wire.count(b"\x1dVB\x00") == 1


def test_a_cover_opened_after_the_last_byte_is_waited_for(talk: Talk) -> None:
    talk.print("g1", label(100))
    talk.run_until_sent(len(label(100)) + 10)
    talk.printer.set_cover(talk.now_s, is_open=True)
    talk.run(3600)
    assert (talk.states[-1], talk.outcomes) == (COVER_OPEN, [])
    talk.printer.set_cover(talk.now_s, is_open=False)
    talk.run(30)
    assert talk.outcomes == [CONFIRMED]


def test_a_status_proof_is_not_given_while_the_printer_has_an_error() -> None:
    talk = without_process_id()
    talk.print("g1", label(100))
    talk.run_until_sent(len(label(100)) + 3)
    talk.printer.jam_cutter(talk.now_s, at_cut=True)
    talk.run(60)
    assert (talk.states[-1], talk.outcomes) == (CUTTER, [])


def test_a_line_lost_in_the_raster_is_told_as_begun_and_the_next_label_is_whole(talk: Talk) -> None:
    talk.print("g1", label())
    talk.run_until_sent(20_000)
    talk.lose_line()
    assert talk.outcomes == [PrintFailed("g1", begun=True, reason="the line broke")]
    talk.connect()
    talk.run(10)
    assert talk.printer.waits_for_image, "the scene: the printer would take the next job for image data"
    talk.print("g2", label())
    talk.run(30)
    assert talk.outcomes[1:] == [PrintConfirmed("g2", Proof.PROCESS_ID)]
    *_, paper = talk.printer.take_labels()
    assert paper.rows.rstrip(b"\0").endswith(stripes(800))
    assert talk.wire.count(CLEAR_BUFFERS) == 1


def test_a_line_lost_before_the_first_byte_is_told_as_not_begun(talk: Talk) -> None:
    talk.print("g1", label())
    talk.lose_line()
    assert talk.outcomes == [PrintFailed("g1", begun=False, reason="the line broke")]


def test_a_line_lost_after_one_byte_is_told_as_begun(talk: Talk) -> None:
    talk.print("g1", label())
    talk.host.sent(1, talk.now_s)
    talk.lose_line()
    assert talk.outcomes == [PrintFailed("g1", begun=True, reason="the line broke")]


def test_a_write_of_which_nobody_knows_what_went_counts_as_begun(talk: Talk) -> None:
    talk.print("g1", label())
    talk.host.lost("USB error", last_write_uncertain=True)
    assert talk.host.take_events() == [PrintFailed("g1", begun=True, reason="USB error")]


def test_a_label_that_is_coming_out_is_not_cut_off_by_a_new_connection(talk: Talk) -> None:
    talk.printer.set_speed(talk.now_s, 20)
    talk.print("g1", label(400))
    talk.run_until_sent(len(label(400)))
    talk.lose_line()
    talk.connect()
    talk.run(30)
    assert [is_whole(paper, 400) for paper in talk.printer.take_labels()] == [True]


def test_a_line_that_takes_nothing_is_given_up_after_the_write_timeout(talk: Talk) -> None:
    talk.print("g1", label())
    talk.host.sent(1000, talk.now_s)
    talk.host.tick(talk.now_s + LIMITS.write_s - 0.1)
    with pytest.raises(LineLostError, match="no byte for 5 s"):
        talk.host.tick(talk.now_s + LIMITS.write_s)


def test_a_printer_that_stays_ready_and_never_confirms_is_given_up_as_begun(talk: Talk) -> None:
    talk = Talk(new_printer(Model(process_id=False)), knows_process_id=True)
    talk.run(3)
    talk.print("g1", label(100))
    talk.run(LIMITS.confirm_s + 5)
    [outcome] = talk.outcomes
    assert isinstance(outcome, PrintFailed)
    assert outcome.begun
    assert "ready" in outcome.reason


def test_a_printer_switched_off_and_on_in_a_job_is_noticed_by_its_power_on_notice(talk: Talk) -> None:
    talk.print("g1", label())
    talk.run_until_sent(1000)
    with pytest.raises(LineLostError, match="switched off and on"):
        talk.host.received(b"\x3b\x31\x00", talk.now_s)


def test_after_a_silence_automatic_status_is_switched_on_again(talk: Talk) -> None:
    talk.printer.power_off()
    talk.run(10)
    talk.printer.power_on(talk.now_s)
    talk.printer.line_opened()
    talk.run(5)
    assert talk.states == [READY, NO_ANSWER, READY]
    assert talk.printer.watch_mask == 0xFF


# Clearing.


def test_clearing_is_confirmed_by_the_printer(talk: Talk) -> None:
    talk.clear()
    talk.run(0.5)
    assert talk.outcomes == [BuffersCleared()]
    assert CLEAR_BUFFERS + ENABLE_STATUS_BACK + EJECT in talk.wire


@pytest.mark.parametrize("process_id", [True, False])
def test_what_is_printed_of_a_label_is_cut_off_before_the_printer_counts_as_clear(process_id: bool) -> None:
    talk = Talk(new_printer(Model(process_id=process_id)))
    talk.run(3)
    whole = label().removesuffix(EJECT)  # all but the cut
    talk.print("g1", whole)
    talk.run_until_sent(len(whole))
    talk.lose_line()
    talk.connect()
    talk.run(10)
    talk.clear()
    talk.run(10, until=lambda: BuffersCleared() in talk.events)
    [first] = talk.printer.take_labels()
    assert is_whole(first)
    talk.print("g2", label())
    talk.run(20)
    [second] = talk.printer.take_labels()
    assert is_whole(second)


def test_clearing_drops_the_job_that_waits_for_paper_and_it_never_comes_out(talk: Talk) -> None:
    talk.print("g1", label())
    talk.run_until_sent(20_000)
    talk.printer.take_paper_out(talk.now_s)
    talk.run(10)
    talk.clear()
    talk.run(2)
    failed, cleared = talk.outcomes
    assert isinstance(failed, PrintFailed)
    assert failed.begun
    assert cleared == BuffersCleared()
    talk.printer.load_paper(talk.now_s)
    talk.run(30)
    [scrap] = talk.printer.take_labels()
    assert not is_whole(scrap)
    talk.print("g2", label(100))
    talk.run(30)
    [second] = talk.printer.take_labels()
    assert is_whole(second, 100)
    assert talk.outcomes[2:] == [PrintConfirmed("g2", Proof.PROCESS_ID)]


def test_nothing_follows_a_clearing_before_its_answer(talk: Talk) -> None:
    talk.printer.silent = True
    talk.clear()
    talk.run(LIMITS.write_s - 0.1)
    assert talk.wire.endswith(CLEAR_BUFFERS)


def test_a_printer_that_does_not_know_clearing_is_clear_when_it_reads_commands() -> None:
    talk = Talk(knows_clearing=False)
    talk.run(3)
    talk.clear()
    talk.run(10)
    assert talk.outcomes == [BuffersCleared()]


def test_a_printer_that_can_neither_be_cleared_nor_reads_commands_gets_no_job() -> None:
    talk = Talk(knows_clearing=False)
    talk.run(3)
    talk.print("g1", label())
    talk.run_until_sent(20_000)
    talk.lose_line()
    talk.connect()
    talk.run(5)
    talk.clear()
    talk.run(10)
    talk.print("g2", label())
    talk.run(10)
    _, clearing, printing = talk.outcomes
    assert isinstance(clearing, ClearFailed)
    assert "switch it off and on" in clearing.reason
    assert isinstance(printing, PrintFailed)
    assert (printing.grant, printing.begun) == ("g2", False)


def test_a_line_lost_while_clearing_fails_the_clearing(talk: Talk) -> None:
    talk.clear()
    talk.lose_line()
    assert talk.outcomes == [ClearFailed("the line broke")]


def test_a_line_that_has_taken_nothing_of_a_job_is_given_up_as_not_begun(talk: Talk) -> None:
    talk.print("g1", label())
    with pytest.raises(LineLostError) as lost:
        talk.host.tick(talk.now_s + LIMITS.write_s)
    talk.host.lost(lost.value.reason)
    assert [(e.grant, e.begun) for e in talk.host.take_events() if isinstance(e, PrintFailed)] == [("g1", False)]


def test_another_process_id_proves_nothing(talk: Talk) -> None:
    talk.print("g1", label(100))
    talk.run_until_sent(len(label(100)) + 11)
    talk.host.received(b"\x37\x22zzzz\x00", talk.now_s)
    assert talk.host.take_events() == []
    talk.run(30)
    assert talk.outcomes == [CONFIRMED]


def test_an_id_that_the_printer_kept_of_the_lost_connection_proves_nothing_on_the_next(talk: Talk) -> None:
    talk.print("g1", label(100))
    talk.run_until_sent(len(label(100)) + 11)
    talk.lose_line()
    talk.printer.advance(talk.now_s + 30)
    talk.now_s += 30
    talk.connect()
    talk.print("g2", label(100))
    talk.run(3)
    assert [type(outcome) for outcome in talk.outcomes] == [PrintFailed, PrintFailed]
    talk.print("g3", label(100))
    talk.run(30)
    assert talk.outcomes[2:] == [PrintConfirmed("g3", Proof.PROCESS_ID)]
    assert [is_whole(paper, 100) for paper in talk.printer.take_labels()] == [True, True]


def test_a_job_that_comes_while_the_printer_is_being_tried_waits_for_the_answer() -> None:
    talk = Talk()
    talk.run(1, until=lambda: bool(talk.states))
    talk.print("g1", label(100))
    talk.run(30)
    assert talk.outcomes == [CONFIRMED]
    assert CLEAR_BUFFERS not in talk.wire
