"""What lamps and screen show: a function of the state alone, so that both are right again whenever they come back."""

from dataclasses import dataclass

from station.bench.core.devices import Indication, Light, PrinterState
from station.bench.core.notices import KINDS, WORDS, Key, Tone, about_hold
from station.bench.core.order import Packed
from station.bench.core.printing import PRINTER_NOTICES
from station.bench.core.state import (
    Asking,
    Bench,
    CallingBack,
    Doubting,
    Idle,
    NoBarcode,
    Opening,
    Packing,
    Printing,
    Quantity,
    Ready,
    ScanningBack,
    Settling,
    Voiding,
    Withdrawing,
)
from station.bench.core.supervision import answers
from station.bench.core.turn import open_order


@dataclass(frozen=True, slots=True)
class ScreenLine:
    """A line of the order: how many of how many."""

    name: str
    counted: int
    quantity: int
    number: int = 0
    """Of the number card that chooses this line, where one is to be chosen."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What the packer sees. No personal data: a screen is seen by everybody."""

    station: str
    session: str
    tone: str
    """go, wait or stop: the screen's colour."""
    japanese: str
    english: str
    notice: str
    told: int = 0
    """Counts what was told: where it alone has changed, the same words were said again, to another scan."""
    order: str = ""
    revision: int = 0
    reprint: int = 0
    lines: tuple[ScreenLine, ...] = ()
    notes: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    packer: str = ""
    supervisor: str = ""
    """Whose word counts for the next action that needs one."""
    entered: str = ""
    """The quantity that the next item counts as: ×12."""
    desk: bool = False
    printer: str = ""
    paper_near_end: bool = False
    scanners_down: tuple[str, ...] = ()
    unsent: int = 0


def tone(bench: Bench) -> Tone:
    """Whether it is safe to go on. What a session forbids, no passing notice allows."""
    match bench.session:
        case Doubting() | CallingBack() | ScanningBack(is_wrong=True):
            return Tone.STOP
        case Packing(packed) if packed.active_holds:
            return Tone.STOP
        case Opening() | Asking() | Withdrawing() | Printing() | Settling() | Voiding() | ScanningBack():
            return Tone.STOP if bench.notice.tone is Tone.STOP else Tone.WAIT
        case Idle() if bench.notice.tone is Tone.GO and not _can_begin(bench):
            return Tone.WAIT
        case _:
            return bench.notice.tone


def indication(bench: Bench) -> Indication:
    """The lamps."""
    blinks = isinstance(bench.session, Doubting | Printing | CallingBack | ScanningBack)
    light = Light.BLINK if blinks else Light.ON
    match tone(bench):
        case Tone.STOP:
            return Indication(red=light)
        case Tone.WAIT:
            return Indication(amber=light)
        case Tone.GO:
            return Indication(green=light)


def screen(bench: Bench, station: str) -> Screen:
    """The screen."""
    packed = open_order(bench)
    revision, reprint = _mark(bench, packed)
    shown = bench.notice
    japanese, english = shown.japanese, shown.english
    if isinstance(bench.session, Idle) and shown.tone is Tone.GO and not _can_begin(bench):
        _, waits_ja, waits_en = WORDS[_what_is_missing(bench)]
        japanese, english = f"{japanese} / {waits_ja}", f"{english} / {waits_en}"
    return Screen(
        station=station,
        session=type(bench.session).__name__.lower(),
        tone=tone(bench).value,
        japanese=japanese,
        english=english,
        notice=shown.key.value,
        told=bench.told,
        order=_order_name(bench, packed),
        revision=revision,
        reprint=reprint,
        lines=_lines(bench, packed),
        notes=(*packed.order.notes, *packed.order.to_acknowledge) if packed else (),
        holds=_holds(packed),
        packer=bench.packer,
        supervisor=answers(bench),
        entered=_entered(bench),
        desk=isinstance(bench.link, Ready),
        printer=bench.printer.state.value,
        paper_near_end=bench.printer.paper_near_end,
        scanners_down=tuple(name for name, up in bench.scanners.items() if not up),
        unsent=len(bench.outbox),
    )


def out_of_order(key: Key, station: str) -> Screen:
    """The screen of a station that cannot work at all."""
    told, japanese, english = WORDS[key]
    return Screen(
        station=station, session="fault", tone=told.value, japanese=japanese, english=english, notice=key.value
    )


def _can_begin(bench: Bench) -> bool:
    return isinstance(bench.link, Ready) and bench.printer.state is PrinterState.READY


def _what_is_missing(bench: Bench) -> Key:
    return PRINTER_NOTICES[bench.printer.state] if isinstance(bench.link, Ready) else Key.NO_DESK


def _mark(bench: Bench, packed: Packed | None) -> tuple[int, int]:
    """Revision and reprint number: of the label that is looked for, else of the one that comes next."""
    match bench.session:
        case Doubting(doubt=doubt) | Settling(doubt=doubt):
            return doubt.grant.revision, doubt.grant.reprint
        case ScanningBack(grant=grant):
            return grant.revision, grant.reprint
        case CallingBack(recall=recall) | Voiding(recall=recall):
            return recall.grant.revision, recall.grant.reprint
        case _:
            return (packed.order.revision, packed.reprint) if packed else (0, 0)


def _order_name(bench: Bench, packed: Packed | None) -> str:
    if packed is not None:
        return packed.order.order
    match bench.session:
        case Doubting(doubt=doubt) | Settling(doubt=doubt):
            return doubt.grant.order
        case ScanningBack(grant=grant):
            return grant.order
        case CallingBack(recall=recall) | Voiding(recall=recall):
            return recall.grant.order
        case _:
            return ""


def _holds(packed: Packed | None) -> tuple[str, ...]:
    holds = packed.active_holds if packed else ()
    return tuple(f"{KINDS[hold.kind][0]}{about_hold(hold)[1]}" for hold in holds)


def _lines(bench: Bench, packed: Packed | None) -> tuple[ScreenLine, ...]:
    if packed is None:
        return ()
    numbers: dict[int, int] = {}
    if isinstance(bench.session, Packing) and isinstance(bench.session.card, NoBarcode):
        numbers = {index: number for number, index in enumerate(bench.session.card.choices, start=1)}
    pairs = zip(packed.order.lines, packed.counts, strict=True)
    return tuple(
        ScreenLine(line.name, count, line.quantity, numbers.get(index, 0)) for index, (line, count) in enumerate(pairs)
    )


def _entered(bench: Bench) -> str:
    if not isinstance(bench.session, Packing) or not isinstance(bench.session.card, Quantity):
        return ""
    return f"×{bench.session.card.digits}"
