"""Answers that come late, twice or not at all: the conversation with a printer that is played byte by byte."""

import dataclasses

import pytest

from station.bench.core.devices import (
    BuffersCleared,
    PrintConfirmed,
    PrinterChanged,
    PrinterEvent,
    PrinterState,
    PrintFailed,
    Proof,
)
from station.devices.printer.boundary import PRINT_BUFFER_S
from station.devices.printer.commands import (
    CLEAR_BUFFERS,
    EJECT,
    REQUEST_PAPER_STATUS,
    process_ids,
    request_process_id,
)
from station.devices.printer.conversation import Conversation
from station.devices.printer.expectation import Expectation
from station.devices.printer.line import LineLostError
from station.devices.printer.replies import AutomaticStatus
from station.devices.printer.watch import StatusWatch
from tests.devices.printer.virtual import LIMITS

READY = b"\x10\x00\x00\x00"
NEAR_END = b"\x10\x00\x03\x00"
DEVELOPED = b"\x00"
CLEARED = b"\x37\x25\x00"
PROVED = PrintConfirmed("g1", Proof.STATUS)


class Host:
    """A conversation that sends whatever it has at once. DLE EOT is answered with "all is well" unless ``silent``."""

    def __init__(self, *, knows_process_id: bool | None = False, silence_s: float = LIMITS.silence_s) -> None:
        self.silent = False
        self.now_s = 0.0
        self.wire = b""
        limits = dataclasses.replace(LIMITS, silence_s=silence_s)
        self.conversation = Conversation(
            limits, process_ids(0), expected=Expectation(process_id=knows_process_id), now_s=0
        )

    def hears(self, data: bytes) -> list[PrinterEvent]:
        self.conversation.received(data, self.now_s)
        return self.sends()

    def waits(self, seconds: float) -> list[PrinterEvent]:
        """All deadlines on the way are met."""
        end_s = self.now_s + seconds
        events = self.sends()
        while (next_s := self.conversation.deadline_s()) <= end_s:
            self.now_s = max(self.now_s, next_s)
            events += self.sends()
        self.now_s = end_s
        return events + self.sends()

    def sends(self) -> list[PrinterEvent]:
        self.conversation.tick(self.now_s)
        while data := bytes(self.conversation.to_send()):
            self.wire += data
            self.conversation.sent(len(data), self.now_s)
            if data[:2] == b"\x10\x04" and not self.silent:
                self.conversation.received(b"\x12", self.now_s)
                self.conversation.tick(self.now_s)
        return self.conversation.take_events()

    def asked_for_paper(self) -> int:
        return self.wire.count(REQUEST_PAPER_STATUS)


@pytest.fixture
def host() -> Host:
    """Ready, at a boundary, without process ID."""
    host = Host()
    host.hears(READY)
    host.hears(DEVELOPED)
    return host


def outcomes(events: list[PrinterEvent]) -> list[PrinterEvent]:
    return [event for event in events if not isinstance(event, PrinterChanged)]


def test_developed_is_not_yet_on_paper_whatever_the_status_says_in_between(host: Host) -> None:
    host.conversation.print("g1", b"JOB", host.now_s)
    host.waits(0.1)
    assert outcomes(host.hears(DEVELOPED + NEAR_END)) == []
    assert outcomes(host.waits(0.4)) == []
    assert outcomes(host.waits(2)) == [PROVED]


def test_late_answers_to_earlier_requests_do_not_prove_a_job() -> None:
    host = Host()
    host.hears(READY)  # the boundary is asked for, and nothing comes
    host.waits(2)
    host.conversation.print("g1", b"JOB", host.now_s)
    host.waits(LIMITS.write_s + 0.1)  # nor does the answer to the clearing: GS r 1 is asked again
    assert host.asked_for_paper() == 2
    host.hears(DEVELOPED)
    assert host.wire.endswith(EJECT + REQUEST_PAPER_STATUS)
    host.waits(LIMITS.answer_s + 0.1)
    assert host.wire.endswith(b"JOB" + REQUEST_PAPER_STATUS)
    host.hears(DEVELOPED)
    host.hears(DEVELOPED)
    assert outcomes(host.waits(2)) == []
    host.hears(DEVELOPED)
    assert outcomes(host.waits(2)) == [PROVED]


def test_a_late_answer_to_the_clearing_counts_and_the_request_after_it_is_still_owed() -> None:
    host = Host()
    host.hears(READY)
    host.waits(2)
    host.conversation.print("g1", b"JOB", host.now_s)
    host.waits(LIMITS.write_s + 0.1)
    host.hears(CLEARED)
    assert host.wire.endswith(EJECT + REQUEST_PAPER_STATUS)
    host.waits(LIMITS.answer_s + 0.1)
    assert host.wire.endswith(b"JOB" + REQUEST_PAPER_STATUS)
    host.hears(DEVELOPED)
    host.hears(DEVELOPED)
    assert outcomes(host.waits(2)) == []
    host.hears(DEVELOPED)
    assert outcomes(host.waits(2)) == [PROVED]


def test_a_boundary_found_while_the_clearing_is_unanswered_is_enough(host: Host) -> None:
    host = Host()
    host.hears(READY)
    host.waits(2)
    host.conversation.clear(host.now_s)
    host.hears(DEVELOPED)
    assert outcomes(host.waits(LIMITS.write_s + 0.1)) == []
    host.hears(DEVELOPED)
    assert outcomes(host.waits(PRINT_BUFFER_S + 0.1)) == [BuffersCleared()]
    assert (host.asked_for_paper(), host.wire.count(CLEAR_BUFFERS)) == (2, 1)


def test_a_clearing_of_its_own_accord_means_nothing(host: Host) -> None:
    assert host.hears(CLEARED) == []


def test_behind_a_job_an_answer_may_take_as_long_as_the_line_may(host: Host) -> None:
    host.silent = True
    host.conversation.print("g1", b"JOB", host.now_s)
    assert host.waits(LIMITS.status_interval_s + LIMITS.write_s + LIMITS.answer_s - 0.1) == []
    [silent] = host.waits(0.2)
    assert isinstance(silent, PrinterChanged)
    assert silent.state is PrinterState.NO_ANSWER


def test_a_printer_that_falls_silent_while_it_is_tried_for_process_ids_is_tried_again() -> None:
    host = Host(knows_process_id=None)
    host.hears(READY)
    host.hears(DEVELOPED)
    host.waits(LIMITS.answer_s + 0.1)
    host.conversation.print("g1", b"JOB", host.now_s)
    host.hears(READY + b"\x37\x22!   \x00")
    host.hears(READY)
    assert host.wire.endswith(b"JOB" + request_process_id(b'"   '))


def test_a_printer_that_answers_what_follows_the_process_id_and_not_that_has_none() -> None:
    host = Host(knows_process_id=None)
    host.hears(READY)
    host.hears(DEVELOPED)
    host.hears(DEVELOPED)
    host.waits(0.6)
    host.conversation.print("g1", b"JOB", host.now_s)
    host.sends()
    assert host.wire.endswith(b"JOB" + REQUEST_PAPER_STATUS)


def test_a_process_id_after_its_job_was_given_up_is_not_believed() -> None:
    host = Host(knows_process_id=True)
    host.hears(READY)
    host.hears(DEVELOPED)
    host.conversation.print("g1", b"JOB", host.now_s)
    [failed] = outcomes(host.waits(LIMITS.confirm_s + 1))
    assert isinstance(failed, PrintFailed)
    assert failed.begun
    assert outcomes(host.hears(b"\x37\x22    \x00")) == []


def test_a_silent_line_is_given_up_where_opening_it_anew_can_help() -> None:
    host = Host(silence_s=10)
    host.silent = True
    [silent] = host.waits(9)
    assert isinstance(silent, PrinterChanged)
    assert silent.state is PrinterState.NO_ANSWER
    with pytest.raises(LineLostError, match="no answer for 10 s"):
        host.waits(4)


# The watch by itself.


def test_an_automatic_status_between_the_answers_makes_them_stale() -> None:
    watch = StatusWatch(1, 0)
    assert watch.request(0) == b"\x10\x04\x01"
    watch.take_automatic(AutomaticStatus(b"\x38\x00\x00\x00"), 0.1)
    assert not watch.take_answer(0x12, 0.2)  # asked before the cover was opened
    assert watch.request(0.3) == b""
    for n, answer in enumerate(b"\x1a\x16\x12\x12", start=1):
        assert watch.request(1.1) == bytes((0x10, 0x04, n))
        whole = watch.take_answer(answer, 1.1)
    assert whole
    assert watch.condition is not None
    assert watch.condition.state is PrinterState.COVER_OPEN


def test_a_printer_that_says_something_else_instead_of_answering_is_not_silent() -> None:
    watch = StatusWatch(1, 0)
    watch.request(0)
    watch.heard()
    assert not watch.expire(2, answer_s=1)
    watch.request(3)
    assert watch.expire(4, answer_s=1)


def test_an_answer_after_its_time_is_not_taken_for_the_next() -> None:
    watch = StatusWatch(1, 0)
    watch.request(0)
    assert watch.expire(1, answer_s=1)
    assert not watch.take_answer(0x1A, 1.5)
    assert watch.request(2) == b"\x10\x04\x01"
