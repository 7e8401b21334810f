"""Lamps and screen: never "go" where a label must not come out, or where nobody knows whether one did."""

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from station.bench.core.cards import Card
from station.bench.core.devices import (
    BuffersCleared,
    Button,
    ButtonPressed,
    ClearFailed,
    KeyTurned,
    Light,
    PrintConfirmed,
    PrinterChanged,
    PrinterState,
    PrintFailed,
    Proof,
    ScannerChanged,
    Sound,
)
from station.bench.core.events import LinkDown, LinkUp, OrderRevised, Pushed
from station.bench.core.screen import indication, screen
from station.bench.core.state import Doubting, Idle, Opening, Ready
from station.bench.core.turn import open_order
from station.protocol.reply import Kept, Refusal, TakenOver
from station.protocol.request import NotPrinted, Print
from station.screen.terminal import drawn
from tests.bench.driver import CUP, TEA, Driver, hold, order

Happening = Callable[[Driver], object]


def _is_asked(bench: Driver) -> bool:
    """Whether the desk has the question that the bench waits for."""
    session = bench.bench.session
    return isinstance(session, Opening) and session.step in bench.requests


WHATEVER: tuple[Happening, ...] = (
    lambda bench: bench.scan("NS-A-1"),
    lambda bench: bench.scan("NS-B-2"),
    lambda bench: bench.scan(TEA),
    lambda bench: bench.scan(CUP),
    lambda bench: bench.scan(TEA, after_s=0.1),
    lambda bench: bench.scan("PS-PACKER-suzuki"),
    lambda bench: bench.scan(Card.NO_LABEL),
    lambda bench: bench.scan(Card.ACKNOWLEDGE),
    lambda bench: bench.scan(Card.CANCEL),
    lambda bench: bench.scan("123456789010"),
    lambda bench: bench.opened(order()) if _is_asked(bench) else None,
    lambda bench: bench.hear(hold()),
    lambda bench: bench.hear(hold("h2")),
    lambda bench: bench.hear(hold(state="released")),
    lambda bench: bench.happens(OrderRevised(order(revision=2))),
    lambda bench: bench.happens(Pushed(TakenOver(order="A-1", station="s2", incarnation="run-1"))),
    lambda bench: bench.granted() if bench.count(Print) else None,
    lambda bench: bench.refused(Refusal.CATCHING_UP) if bench.count(Print) else None,
    lambda bench: bench.happens(PrintConfirmed(bench.prints[-1].grant, Proof.STATUS)) if bench.prints else None,
    lambda bench: bench.happens(PrintFailed(bench.prints[-1].grant, begun=True, reason="")) if bench.prints else None,
    lambda bench: bench.happens(PrintFailed(bench.prints[-1].grant, begun=False, reason="")) if bench.prints else None,
    lambda bench: bench.keep() if bench.bench.outbox else None,
    lambda bench: bench.answer(Kept(request=bench.said(NotPrinted).request)) if bench.count(NotPrinted) else None,
    lambda bench: bench.happens(PrinterChanged(PrinterState.PAPER_OUT)),
    lambda bench: bench.happens(PrinterChanged(PrinterState.READY)),
    lambda bench: bench.happens(BuffersCleared()),
    lambda bench: bench.happens(ClearFailed("no answer")),
    lambda bench: bench.happens(ScannerChanged("hand", up=False)),
    lambda bench: bench.happens(ScannerChanged("hand", up=True)),
    lambda bench: bench.happens(KeyTurned(on=True)),
    lambda bench: bench.happens(ButtonPressed(Button.CANCEL)),
    lambda bench: bench.happens(LinkDown("cable")),
    lambda bench: bench.happens(LinkUp()),
    lambda bench: bench.passes(1.0),
    lambda bench: bench.passes(5.0),
)

BEGINNINGS: tuple[tuple[Happening, ...], ...] = (
    (),
    (lambda bench: bench.open(order()),),
    (lambda bench: bench.pack(order()),),
    (lambda bench: bench.pack(order()), lambda bench: bench.granted()),
    (
        lambda bench: bench.pack(order()),
        lambda bench: bench.granted(),
        lambda bench: bench.happens(PrintFailed(bench.prints[-1].grant, begun=True, reason="power")),
    ),
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(BEGINNINGS), st.lists(st.sampled_from(WHATEVER), max_size=20))
def test_whatever_happens_green_is_shown_only_where_it_is_safe_to_go_on(
    beginning: tuple[Happening, ...], happenings: list[Happening]
) -> None:
    bench = Driver().ready()
    for happening in (*beginning, *happenings):
        happening(bench)
        _judge(bench)


def _judge(bench: Driver) -> None:
    state, lamps = bench.bench, indication(bench.bench)
    shown = screen(state, "station-1")
    lit = {"stop": lamps.red, "wait": lamps.amber, "go": lamps.green}
    assert [tone for tone, light in lit.items() if light is not Light.OFF] == [shown.tone]
    packed = open_order(state)
    if isinstance(state.session, Doubting) or (bench.session == "Packing" and packed and packed.active_holds):
        assert shown.tone == "stop"
    if bench.session in ("Asking", "Withdrawing", "Printing", "Settling", "Opening"):
        assert shown.tone != "go"
    ready = isinstance(state.link, Ready) and state.printer.state is PrinterState.READY
    if isinstance(state.session, Idle) and not ready:
        assert shown.tone != "go"
    assert all(count.counted <= count.quantity for count in shown.lines)
    assert len({grant.grant for grant in bench.prints}) == len(bench.prints)


def test_the_same_answer_to_another_scan_is_seen_as_another() -> None:
    bench = Driver().ready()
    bench.scan(TEA)
    first = screen(bench.bench, "station-1")
    bench.scan(TEA)
    again = screen(bench.bench, "station-1")
    assert again.notice == first.notice == "item_before_slip"
    assert again != first


def test_paper_near_its_end_is_told_on_the_screen_and_heard_while_nothing_prints() -> None:
    bench = Driver().ready()
    heard = len(bench.sounds)
    bench.happens(PrinterChanged(PrinterState.READY, paper_near_end=True))
    assert bench.sounds[heard:] == [Sound.ATTENTION]
    assert "用紙残りわずか" in drawn(screen(bench.bench, "station-1"), colour=False)
    assert "納品書をスキャン" in drawn(screen(bench.bench, "station-1"), colour=False)
    bench.happens(PrinterChanged(PrinterState.READY, paper_near_end=True, detail="said again"))
    assert bench.sounds[heard:] == [Sound.ATTENTION]
    bench.happens(PrinterChanged(PrinterState.READY))
    assert "用紙残りわずか" not in drawn(screen(bench.bench, "station-1"), colour=False)


def test_paper_near_its_end_while_a_label_prints_makes_no_tone() -> None:
    bench = Driver().ready()
    bench.pack(order())
    bench.granted()
    heard = len(bench.sounds)
    bench.happens(PrinterChanged(PrinterState.READY, paper_near_end=True))
    assert bench.sounds[heard:] == []
