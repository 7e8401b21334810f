"""A hold is answered while a customer is on the phone, whatever the order feed does at that moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from station.desk.loop import BATCH, INSTRUCTIONS, DeskLoop
from station.feed.mqtt import Arrived, Receipt
from station.protocol.codec import encode
from station.protocol.topics import HoldOn, InstructionOf
from tests.desk.driver import TOPICS, Desk, hold, instruction


@contextmanager
def a_desk(folder: Path) -> Iterator[Desk]:
    desk = Desk(folder / "desk.db")
    yield desk
    desk.stop()


def _arrived(topic: str, payload: bytes) -> Arrived:
    return Arrived(topic, payload, retained=False, receipt=Receipt(1, 1, 1))


def _burst(loop: DeskLoop, instructions: int) -> None:
    for number in range(instructions):
        order = instruction(order=f"B-{number}", slips=(f"B-{number}",))
        loop.inbox.put(_arrived(TOPICS.of(InstructionOf(order.order)), encode(order)))


def _topics(loop: DeskLoop) -> list[str]:
    return [event.topic for event in loop.gather(lambda *_: None) if isinstance(event, Arrived)]


def test_a_hold_behind_a_thousand_instructions_is_decided_next(tmp_path: Path) -> None:
    with a_desk(tmp_path) as desk:
        _burst(desk.loop, 1_000)
        held = TOPICS.of(HoldOn("A-1", "h-1"))
        desk.loop.inbox.put(_arrived(held, encode(hold())))

        first = _topics(desk.loop)

        assert first[0] == held
        assert len(first) == 1 + INSTRUCTIONS


def test_every_instruction_of_a_burst_is_taken_in_its_order(tmp_path: Path) -> None:
    with a_desk(tmp_path) as desk:
        _burst(desk.loop, 100)

        taken = [topic for _ in range(10) for topic in _topics(desk.loop)]

        assert taken == [TOPICS.of(InstructionOf(f"B-{number}")) for number in range(100)]


def test_instructions_go_on_while_holds_keep_coming(tmp_path: Path) -> None:
    with a_desk(tmp_path) as desk:
        _burst(desk.loop, INSTRUCTIONS)
        for number in range(3 * BATCH):
            desk.loop.inbox.put(_arrived(TOPICS.of(HoldOn("A-1", f"h-{number}")), b""))

        first = _topics(desk.loop)

        assert len([topic for topic in first if topic.endswith("/instruction")]) == INSTRUCTIONS
        assert len(first) == BATCH + INSTRUCTIONS
