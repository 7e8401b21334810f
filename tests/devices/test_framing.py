import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.devices.framing import ENDS, MAX_SCAN_CHARACTERS, Dropped, DropReason, Framer

GAP_S = 0.1


@pytest.mark.parametrize(
    ("end", "sent"),
    [
        ("cr", "A1\rB2\r"),
        ("cr", "A1\r\nB2\r\n"),
        ("lf", "A1\nB2\n"),
        ("lf", "A1\r\nB2\r\n"),
        ("crlf", "A1\r\nB2\r\n"),
        ("any", "A1\r\nB2\r\n"),
        ("any", "A1\rB2\n"),
        ("any", "A1\tB2\t"),
        ("any", "\r\n\r\nA1\n\n\nB2\r\r"),
    ],
)
def test_each_end_ends_one_scan_and_an_empty_scan_is_nothing(end: str, sent: str) -> None:
    assert Framer(end, GAP_S).feed(sent, 0.0) == ["A1", "B2"]


def test_a_scan_may_come_one_character_at_a_time() -> None:
    framer = Framer("crlf", GAP_S)
    found = [scan for place, one in enumerate("A1\r\nB2\r\n") for scan in framer.feed(one, place * 0.09)]
    assert found == ["A1", "B2"]


def test_a_gap_drops_the_part_scan_and_the_next_one_is_whole() -> None:
    framer = Framer("cr", GAP_S)
    assert framer.feed("49012", 5.0) == []
    assert framer.feed("4909876543214\r", 5.11) == [Dropped(5, DropReason.GAP), "4909876543214"]


def test_a_pause_no_longer_than_asked_drops_nothing() -> None:
    framer = Framer("cr", GAP_S)
    framer.feed("490", 5.0)
    assert framer.feed("12\r", 5.1 - 1e-9) == ["49012"]


def test_a_gap_is_dropped_in_silence_too_and_once() -> None:
    framer = Framer("cr", GAP_S)
    assert framer.deadline_s is None
    framer.feed("49012", 5.0)
    assert framer.deadline_s == pytest.approx(5.1)
    assert framer.expire(5.05) is None
    assert framer.expire(5.11) == Dropped(5, DropReason.GAP)
    assert framer.expire(9.0) is None
    assert framer.deadline_s is None


def test_an_end_that_comes_after_the_gap_completes_nothing() -> None:
    framer = Framer("cr", GAP_S)
    framer.feed("49012", 5.0)
    assert framer.feed("\r", 5.2) == [Dropped(5, DropReason.GAP)]


def test_a_clock_that_went_backwards_is_a_gap() -> None:
    framer = Framer("cr", GAP_S)
    framer.feed("490", 5.0)
    assert framer.feed("12\r", 4.0) == [Dropped(3, DropReason.GAP), "12"]


def test_an_unplugged_scanner_s_part_scan_is_dropped() -> None:
    framer = Framer("cr", GAP_S)
    assert framer.drop(DropReason.UNPLUGGED) is None
    framer.feed("490", 5.0)
    assert framer.drop(DropReason.UNPLUGGED) == Dropped(3, DropReason.UNPLUGGED)
    assert framer.feed("12\r", 5.01) == ["12"]


def test_a_scan_that_is_too_long_takes_its_tail_with_it() -> None:
    framer = Framer("cr", GAP_S)
    longest = "9" * MAX_SCAN_CHARACTERS
    assert framer.feed(longest + "\r", 0.0) == [longest]
    assert framer.feed(longest + "9\r", 0.01) == [Dropped(MAX_SCAN_CHARACTERS + 1, DropReason.TOO_LONG)]
    assert framer.feed(longest + "9", 0.01) == []
    assert framer.feed("999\r", 0.02) == [Dropped(MAX_SCAN_CHARACTERS + 4, DropReason.TOO_LONG)]
    assert framer.feed("12\r", 0.03) == ["12"]


def test_noise_without_an_end_takes_no_memory() -> None:
    framer = Framer("cr", GAP_S)
    for _ in range(100):
        framer.feed("9" * 1000, 0.0)
    assert len(framer._part) <= MAX_SCAN_CHARACTERS
    assert framer.feed("\r", 0.0) == [Dropped(100_000, DropReason.TOO_LONG)]


def test_a_damaged_character_takes_the_whole_scan_with_it() -> None:
    assert Framer("cr", GAP_S).feed("490\x00123\r12\r", 0.0) == [Dropped(7, DropReason.DAMAGED), "12"]


def test_after_lost_events_the_tail_is_no_scan_and_a_gap_ends_that() -> None:
    framer = Framer("any", GAP_S)
    framer.feed("490", 0.0)
    framer.spoil(DropReason.EVENTS_LOST, 0.01)
    assert framer.feed("7894\r12\r", 0.02) == [Dropped(7, DropReason.EVENTS_LOST), "12"]
    framer.spoil(DropReason.EVENTS_LOST, 0.5)
    assert framer.feed("12\r", 1.0) == [Dropped(0, DropReason.EVENTS_LOST), "12"]


@given(
    st.sampled_from(sorted(ENDS)),
    st.lists(
        st.tuples(st.text("ab\r\n\t\0\x1d", max_size=20) | st.just("9" * 300), st.floats(-1.0, 1.0, allow_nan=False)),
        max_size=30,
    ),
)
def test_whatever_comes_nothing_is_lost_unsaid(end: str, chunks: list[tuple[str, float]]) -> None:
    framer = Framer(end, GAP_S)
    now_s, came, found = 0.0, 0, list[str | Dropped]()
    for characters, pause_s in chunks:
        now_s += pause_s
        found += framer.feed(characters, now_s)
        came += sum(character not in ENDS[end] + "\r\n" for character in characters)
    if dropped := framer.drop(DropReason.UNPLUGGED):
        found.append(dropped)
    assert came == sum(scan.characters if isinstance(scan, Dropped) else len(scan) for scan in found)
    assert "" not in found


@given(st.sampled_from(["cr", "crlf", "any"]), st.lists(st.lists(st.booleans(), min_size=10, max_size=10), max_size=8))
def test_on_a_line_that_loses_characters_two_scans_are_never_joined(end: str, lost: list[list[bool]]) -> None:
    """Each scan is written in a letter of its own, so a joined one shows; between scans the packer moves."""
    framer = Framer(end, GAP_S)
    now_s, found = 0.0, list[str | Dropped]()
    for number, losses in enumerate(lost):
        sent = "ABCDEFGH"[number] * 8 + "\r\n"
        for character, is_lost in zip(sent, losses, strict=True):
            now_s += 0.01
            if not is_lost:
                found += framer.feed(character, now_s)
        now_s += 2 * GAP_S
    assert all(len(set(scan)) == 1 for scan in found if isinstance(scan, str))
