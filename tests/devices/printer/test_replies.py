"""Every reply is found whatever it comes mixed with, and however the reads cut it."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from station.devices.printer.commands import PROCESS_IDS, process_ids, request_process_id
from station.devices.printer.replies import (
    AutomaticStatus,
    ClearResponse,
    Information,
    PaperStatus,
    PowerOnNotice,
    ProcessIdReturned,
    RealTimeStatus,
    Reply,
    ReplyParser,
)

SENSORS = [byte for byte in range(256) if byte & 0x90 == 0]
ASB_FIRST = [byte for byte in range(256) if byte & 0x93 == 0x10]
REAL_TIME = [byte for byte in range(256) if byte & 0x93 == 0x12]

automatic = st.builds(
    lambda first, rest: (bytes([first, *rest]), AutomaticStatus(bytes([first, *rest]))),
    st.sampled_from(ASB_FIRST),
    st.lists(st.sampled_from(SENSORS), min_size=3, max_size=3),
)
real_time = st.sampled_from(REAL_TIME).map(lambda byte: (bytes([byte]), RealTimeStatus(byte)))
paper = st.sampled_from(SENSORS).map(lambda byte: (bytes([byte]), PaperStatus(byte)))
process_id = st.binary(min_size=4, max_size=4).map(
    lambda raw: (
        b"\x37\x22" + bytes(0x20 + byte % 95 for byte in raw) + b"\0",
        ProcessIdReturned(bytes(0x20 + byte % 95 for byte in raw)),
    )
)
information = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=80).map(
    lambda text: (b"\x5f" + text.encode() + b"\x00", Information(text))
)
replies = st.one_of(
    automatic,
    real_time,
    paper,
    process_id,
    information,
    st.just((b"\x37\x25\x00", ClearResponse())),
    st.just((b"\x3b\x31\x00", PowerOnNotice())),
)


def parse(data: bytes, cuts_at: list[int] | None = None) -> tuple[list[Reply], int]:
    parser = ReplyParser()
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in cuts_at or [])})
    found = [reply for start, end in itertools.pairwise(edges) for reply in parser.feed(data[start:end])]
    return found, parser.unknown_bytes


@given(st.lists(replies, max_size=20), st.lists(st.integers(0, 300)))
def test_any_sequence_of_replies_is_read_back_the_same_under_any_chunking(
    sequence: list[tuple[bytes, Reply]], cuts_at: list[int]
) -> None:
    data = b"".join(raw for raw, _ in sequence)
    assert parse(data, cuts_at) == ([reply for _, reply in sequence], 0)


@given(automatic | process_id | information, st.sampled_from([0x12, 0x16, 0x1A, 0x1E]), st.integers(1, 3))
def test_a_real_time_answer_inside_another_reply_is_read_and_that_reply_stays_whole(
    outer: tuple[bytes, Reply], inner: int, place: int
) -> None:
    raw, reply = outer
    place = min(place, len(raw) - 1)
    assert parse(raw[:place] + bytes([inner]) + raw[place:]) == ([RealTimeStatus(inner), reply], 0)


@given(automatic | process_id, st.integers(1, 3))
def test_flow_control_bytes_are_dropped_wherever_they_stand(outer: tuple[bytes, Reply], place: int) -> None:
    raw, reply = outer
    assert parse(b"\x11" + raw[:place] + b"\x13" + raw[place:]) == ([reply], 0)


@given(st.binary(max_size=200), st.lists(st.integers(0, 300)))
def test_garbage_never_raises_and_is_read_the_same_under_any_chunking(data: bytes, cuts_at: list[int]) -> None:
    assert parse(data, cuts_at) == parse(data)


@given(st.binary(max_size=50), replies)
def test_after_garbage_and_a_lost_reply_the_next_is_found_again(garbage: bytes, reply: tuple[bytes, Reply]) -> None:
    found, _ = parse(garbage + b"\xff" + reply[0])
    assert found[-1] == reply[1]


def test_a_status_that_breaks_off_does_not_leave_bytes_that_pass_for_an_answer_to_gs_r() -> None:
    assert parse(b"\x10\x00\x00" + b"\x37\x25\x00") == ([ClearResponse()], 3)


def test_a_process_id_with_a_character_lost_is_not_another_process_id() -> None:
    assert parse(b"\x37\x22abc\x00" + b"\x10\x00\x00\x00") == ([AutomaticStatus(b"\x10\0\0\0")], 6)


def test_what_belongs_to_no_reply_is_counted() -> None:
    assert parse(b"\xff\x80\x53") == ([], 3)


def test_process_ids_are_four_printable_characters_and_begin_again_after_the_last() -> None:
    numbers = process_ids(PROCESS_IDS - 1)
    assert [next(numbers), next(numbers), next(numbers)] == [b"~~~~", b"    ", b"!   "]
    assert request_process_id(b"!   ") == bytes.fromhex("1D284806003030") + b"!   "
