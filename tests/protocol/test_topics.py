"""Topics: built and taken apart in one place, one topic for each address."""

from dataclasses import fields
from itertools import zip_longest
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.protocol.codec import Invalid
from station.protocol.topics import Address, HoldOn, InstructionOf, OutcomeOf, ShipmentOf, Topics
from tests.protocol.test_identifiers import identifiers

TOPICS = Topics("packing/tokyo-1")
KINDS = get_args(Address)


def matches(pattern: str, topic: str) -> bool:
    """Whether a subscription without ``#`` takes a topic (MQTT 5, section 4.7.1)."""
    levels = list(zip_longest(pattern.split("/"), topic.split("/")))
    return all(each == level or (each == "+" and level is not None) for each, level in levels)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_every_address_comes_back_from_its_topic_and_its_subscription_takes_it(
    kind: type[Address], data: st.DataObject
) -> None:
    address = kind(*(data.draw(identifiers) for _ in fields(kind)))
    topic = TOPICS.of(address)
    assert TOPICS.parse(topic) == address
    assert [each for each in KINDS if matches(TOPICS.pattern(each), topic)] == [kind]


@given(st.data())
def test_two_addresses_never_share_a_topic(data: st.DataObject) -> None:
    first, second = (HoldOn(data.draw(identifiers), data.draw(identifiers)) for _ in range(2))
    assert (TOPICS.of(first) == TOPICS.of(second)) == (first == second)


@given(st.text(max_size=120))
def test_any_topic_is_taken_apart_or_refused(topic: str) -> None:
    for whole in (topic, f"{TOPICS.prefix}/{topic}", f"{TOPICS.prefix}/orders/{topic}/instruction"):
        try:
            address = TOPICS.parse(whole)
        except Invalid:
            continue
        assert TOPICS.of(address) in (whole, f"{TOPICS.prefix}/{whole}")


def test_an_order_with_slashes_and_wildcards_is_one_level() -> None:
    assert TOPICS.of(ShipmentOf("A/1+#%$ 注文")) == "packing/tokyo-1/orders/A%2F1%2B%23%25%24%20注文/shipment"


def test_the_outcome_of_the_longest_hold_has_a_topic() -> None:
    address = OutcomeOf("A-1", "hold-" + "山" * 64)
    assert TOPICS.parse(TOPICS.of(address)) == address


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "packing/tokyo-1",
        "packing/tokyo-2/orders/A-1/instruction",
        "packing/tokyo-1/orders/A-1/instructions",
        "packing/tokyo-1/orders/A-1",
        "packing/tokyo-1/orders//instruction",
        "packing/tokyo-1/orders/A/1/instruction",
        "packing/tokyo-1/orders/%41/instruction",
        "packing/tokyo-1/orders/A%0A/instruction",
        "packing/tokyo-1/orders/" + "x" * 65 + "/instruction",
        "packing/tokyo-1/desk/requests/",
    ],
)
def test_a_topic_that_is_none_of_ours_is_refused(topic: str) -> None:
    with pytest.raises(Invalid, match="topic"):
        TOPICS.parse(topic)


def test_an_order_may_be_called_as_a_word_of_the_topics() -> None:
    assert TOPICS.parse(TOPICS.of(InstructionOf("holds"))) == InstructionOf("holds")
    assert TOPICS.parse(TOPICS.of(HoldOn("orders", "instruction"))) == HoldOn("orders", "instruction")
