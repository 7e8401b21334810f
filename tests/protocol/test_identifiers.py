"""Identifiers as topic levels: each has one encoding, and what is taken can stand in every message."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.protocol.codec import Identifier, Invalid, encode
from station.protocol.hold import decode_hold, unreadable
from station.protocol.identifiers import decode_level, encode_level

CONTROLS = "".join(map(chr, [*range(0x20), 0x7F]))
identifiers = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=CONTROLS), min_size=1, max_size=64)


@given(identifiers)
def test_every_identifier_comes_back_from_its_topic_level(identifier: str) -> None:
    level = encode_level(identifier)
    assert not set(level) & set("/+#$*>")
    assert decode_level(level) == identifier


@given(st.text(max_size=70))
def test_what_a_topic_names_can_be_kept_and_read_again(level: str) -> None:
    try:
        identifier = decode_level(level)
    except Invalid:
        return
    assert msgspec.json.decode(msgspec.json.encode(identifier), type=Identifier) == identifier
    assert decode_hold(encode(unreadable(identifier))).hold == identifier


@pytest.mark.parametrize(
    "level", ["", "%", "%zz", "%2f", "%41", "%FF", "%00", "%0A", "A%1Fb", "%7F", "a b", "x" * 65, "a+b", "$", "*", "a>"]
)
def test_a_level_that_is_the_encoding_of_no_identifier_is_refused(level: str) -> None:
    with pytest.raises(Invalid, match="topic level"):
        decode_level(level)
