"""Answers that change without being asked for again: a crash, or a broker that is away, must not keep them back."""

import pytest

from station.protocol.outcome import OutcomeKind
from station.protocol.request import GrantReference
from tests.desk.driver import ORDER, Bench, Desk, hold, instruction

ALONE = GrantReference(grant="1-j.alone1", order=ORDER, revision=1, reprint=0, tracking_numbers=("4000-0000-0001",))
"""A label by the supervisor's key, while the desk could not be reached."""
CHANGED = {
    "hold-h-1": OutcomeKind.RECALLING,
    "revision-1": OutcomeKind.ACCEPTED,
    "revision-2": OutcomeKind.RECALLING,
}


@pytest.fixture
def told(desk: Desk) -> Desk:
    """It has said ``stopped`` and ``accepted``."""
    assert desk.hold(hold()).outcomes == {"hold-h-1": OutcomeKind.STOPPED}
    assert desk.instruct(instruction(2)).outcomes == {"revision-2": OutcomeKind.ACCEPTED}
    return desk


def hears_of_it(bench: Bench) -> None:
    """The label came out before."""
    assert bench.printed(ALONE, without_permission=True).outcomes == CHANGED


def test_a_changed_answer_that_a_crash_held_back_is_said_on_the_next_connection(told: Desk, bench: Bench) -> None:
    told.deaf = True
    hears_of_it(bench)
    told.restart()
    assert told.connect().outcomes == CHANGED


def test_it_is_said_until_the_broker_has_taken_it_and_not_again(told: Desk, bench: Bench) -> None:
    told.deaf = True
    hears_of_it(bench)
    told.rest()
    assert told.connect().outcomes == CHANGED
    told.deaf = False
    assert told.connect().outcomes == CHANGED
    told.rest()
    assert told.connect().outcomes == {}
    told.restart()
    assert told.connect().outcomes == {}


def test_what_the_broker_took_of_an_earlier_change_does_not_settle_a_later_one(told: Desk, bench: Bench) -> None:
    assert bench.unknown(ALONE).outcomes["hold-h-1"] is OutcomeKind.UNKNOWN
    told.deaf = True
    bench.printed(ALONE, without_permission=True)
    told.rest()
    told.restart()
    assert told.connect().outcomes["hold-h-1"] is OutcomeKind.RECALLING


def test_it_is_said_as_it_is_true_by_then(told: Desk, bench: Bench) -> None:
    told.deaf = True
    hears_of_it(bench)
    told.hold(hold(state="released"))
    told.restart()
    assert told.connect().outcomes == CHANGED | {"hold-h-1": OutcomeKind.FREED}


def test_an_answer_to_a_question_is_not_owed_for_who_lacks_it_asks_again(told: Desk) -> None:
    told.deaf = True
    told.hold(hold("h-2"))
    told.restart()
    assert told.connect().outcomes == {}


def test_what_is_owed_of_a_dropped_order_is_dropped_with_it(told: Desk, bench: Bench) -> None:
    told.deaf = True
    hears_of_it(bench)
    told.now_s += 10**4
    told.rest()  # which ends the recall
    told.now_s += 10**9
    told.rest()
    told.deaf = False
    assert told.connect().outcomes == {}
    told.rest()
    told.restart()
    assert told.store.corrections() == ()
