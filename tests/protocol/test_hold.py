"""What stands of a hold after its messages, in whatever order they come, and however often."""

from functools import reduce
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.protocol.codec import encode
from station.protocol.hold import Hold, decode_hold, merge, unreadable

ACTIVE = Hold(hold="h", kind="cancel", state="active", note="by phone")
REWORDED = Hold(hold="h", kind="payment", state="active", note="by mail")
RELEASED = Hold(hold="h", kind="cancel", state="released")
UNREADABLE = unreadable("h")


def stands(messages: tuple[Hold, ...]) -> Hold | None:
    return reduce(merge, messages, None)


@pytest.mark.parametrize(
    ("messages", "result"),
    [
        ((ACTIVE,), ACTIVE),
        ((ACTIVE, UNREADABLE), ACTIVE),
        ((ACTIVE, RELEASED), RELEASED),
        ((RELEASED, UNREADABLE), RELEASED),
        ((ACTIVE, UNREADABLE, RELEASED), RELEASED),
        ((ACTIVE, ACTIVE, UNREADABLE, RELEASED, RELEASED), RELEASED),
    ],
)
def test_a_holds_messages_give_one_result_in_every_order(messages: tuple[Hold, ...], result: Hold) -> None:
    assert {stands(order) for order in permutations(messages)} == {result}


@given(st.lists(st.sampled_from([ACTIVE, REWORDED, RELEASED, UNREADABLE]), min_size=1))
def test_an_order_is_held_as_long_as_no_release_came(messages: list[Hold]) -> None:
    result = stands(tuple(messages))
    assert result is not None
    assert (result.state == "active") == (RELEASED not in messages)


@given(st.lists(st.sampled_from([ACTIVE, REWORDED, RELEASED, UNREADABLE]), min_size=1), st.data())
def test_a_message_that_comes_twice_in_a_row_changes_nothing(messages: list[Hold], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(messages) - 1))
    doubled = (*messages[: at + 1], *messages[at:])
    assert stands(doubled) == stands(tuple(messages))


def test_an_unreadable_message_is_a_hold_that_can_be_told_on() -> None:
    assert decode_hold(encode(UNREADABLE)) == UNREADABLE
    assert UNREADABLE.state == "active"
