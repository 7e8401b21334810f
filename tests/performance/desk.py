"""Figures of the desk alone: how long a hold waits for its outcome, and how many answers it gives a second."""

from collections.abc import Callable, Iterator
from itertools import count, islice
from typing import NamedTuple

from station.protocol.topics import InboxOf, OutcomeOf
from tests.performance import memory
from tests.performance.floors import ANSWERS, REQUEST, REQUESTS
from tests.performance.publisher import Publisher, Said
from tests.performance.report import Aim, Figure, milliseconds, spread
from tests.performance.rig import LOADED_STATIONS, Rig
from tests.performance.steps import INBOXES, OUTCOMES, Walker, hold, hold_outcome_topic, instruct, topics

UNDER_WAY = len(LOADED_STATIONS)
ROUND_S = 1.0
A_ROUND = 10_000
"""Instructions that are written before a round begins; more than a desk answers in it."""
A_SECOND = Aim("median", 1_000, "at least")


def answers(rig: Rig, holds: int, rounds: int) -> list[Figure]:
    """Everything that is measured at a desk without a station on its machine."""
    desk = rig.program("desk-alone", rig.desk_words("desk-alone", label=False))
    floor = rig.floor("answer", rig.port, rig.folder / "floor-alone.db")
    floor.wait_for("the floor is ready", lambda: "ready" in floor.log.read_text())
    desk.wait_for("the desk is connected", lambda: "connected" in desk.log.read_text())
    publisher = Publisher(rig.port, (OUTCOMES, INBOXES, f"{ANSWERS}/#"))
    figures = [
        _hold_to_outcome(publisher, holds),
        *memory.figures(f"desk without [label], {holds} orders", desk.pid),
        *_answers_a_second(publisher, holds, rounds),
    ]
    publisher.close()
    for program in (desk, floor):
        program.end()
    return figures


def _hold_to_outcome(publisher: Publisher, holds: int) -> Figure:
    product_s, floor_s = [], []
    for number in range(holds):
        _load(publisher, number)
    for number in range(holds):
        product_s.append(publisher.ask(hold(number), hold_outcome_topic(number))[0])
        floor_s.append(publisher.ask(Said(f"{REQUESTS}/{number}", REQUEST), f"{ANSWERS}/{number}")[0])
    return Figure(
        name="hold published to outcome received",
        unit="ms",
        product=milliseconds(product_s),
        floor=milliseconds(floor_s),
        floor_name="a paho request, a SQLite commit, the answer",
        aims=(Aim("median ratio", 1.5),),
    )


def _load(publisher: Publisher, number: int) -> None:
    publisher.ask(instruct(number), topics.of(OutcomeOf(f"A-{number}", "revision-1")))


class _Work(NamedTuple):
    """What keeps a desk busy: the first messages, and the one that follows an answer."""

    first: list[Said]
    take: Callable[[Said], Said | None]


def _stream(messages: Iterator[Said]) -> _Work:
    """Messages that depend on no answer."""
    return _Work(list(islice(messages, UNDER_WAY)), lambda _: next(messages))


def _steps(walkers: dict[str, Walker]) -> _Work:
    """A step of each station, and the next one when it is answered."""
    return _Work([walker.pending for walker in walkers.values()], lambda said: walkers[said.topic].next(said.payload))


def _answers_a_second(publisher: Publisher, first_order: int, rounds: int) -> list[Figure]:
    numbers = count(first_order)
    walkers = {topics.of(InboxOf(name)): Walker(name, next(numbers)) for name in LOADED_STATIONS}
    for walker in walkers.values():
        _load(publisher, walker.order)
        walker.greet(publisher)
    rates: dict[str, list[float]] = {"floor": [], "requests": [], "instructions": [], "holds and releases": []}
    for _ in range(rounds):
        loaded = list(islice(numbers, A_ROUND))
        works = {
            "floor": _stream(Said(f"{REQUESTS}/{number}", REQUEST) for number in count()),
            "requests": _steps(walkers),
            "instructions": _stream(iter([instruct(number) for number in loaded])),
            "holds and releases": _stream(hold(number, active=active) for number in loaded for active in (True, False)),
        }
        for name, work in works.items():
            rates[name].append(publisher.answers_a_second(work.first, work.take, ROUND_S))
    floor = spread(rates.pop("floor"))
    return [
        Figure(
            name=f"{name} answered, {UNDER_WAY} under way",
            unit="a second",
            product=spread(samples),
            floor=floor,
            floor_name="bare paho requests, each with a SQLite commit, as many under way",
            aims=() if name == "instructions" else (A_SECOND,),
        )
        for name, samples in rates.items()
    ]
