"""What a person at the contact center is told of an answer, a record or a status, in the words of ``phrases``."""

from datetime import datetime

from station.contact.fields import column_of_place
from station.contact.phrases import WORDS, Say, both, pair
from station.protocol.outcome import MAX_STILL_HELD_BY, ContradictionKind, Outcome, OutcomeKind, Shipment
from station.protocol.status import DeskStatus, StationStatus
from station.protocol.unit import Unit

_OF_HOLDS = {
    OutcomeKind.STOPPED: Say.STOPPED,
    OutcomeKind.FREED: Say.FREED,
    OutcomeKind.PRINTING: Say.HOLD_PRINTING,
    OutcomeKind.TOO_LATE: Say.TOO_LATE,
    OutcomeKind.UNKNOWN: Say.HOLD_UNKNOWN,
    OutcomeKind.REFUSED: Say.HOLD_REFUSED,
    OutcomeKind.RECALLING: Say.HOLD_RECALLING,
    OutcomeKind.RECALLED: Say.HOLD_RECALLED,
}
_OF_REVISIONS = {
    OutcomeKind.ACCEPTED: Say.ACCEPTED,
    OutcomeKind.REFUSED: Say.REFUSED,
    OutcomeKind.PRINTING: Say.REVISION_PRINTING,
    OutcomeKind.TOO_LATE: Say.TOO_LATE,
    OutcomeKind.UNKNOWN: Say.REVISION_UNKNOWN,
    OutcomeKind.RECALLING: Say.REVISION_RECALLING,
    OutcomeKind.SWAP_ORDERED: Say.SWAP_ORDERED,
}
_IRREGULAR = {
    "reprint": Say.FOR_REPRINT,
    "recall": Say.FOR_RECALL,
    "void": Say.FOR_VOID,
    "dock_swap": Say.FOR_DOCK_SWAP,
}
PRINTER_STATES = {
    "ready": "正常",
    "paper_out": "用紙切れ",
    "cover_open": "カバー開",
    "cutter_fault": "カッター異常",
    "overheated": "過熱",
    "error": "異常",
    "wrong_model": "機種違い",
    "offline": "オフライン",
    "no_answer": "応答なし",
    "disconnected": "未接続",
}
_CONTRADICTIONS: dict[str, tuple[str, str]] = {
    ContradictionKind.NOT_LISTED: ("郵便番号一覧にありません", "is not in the list of postal codes"),
    ContradictionKind.OTHER_PREFECTURE: (
        "住所と別の都道府県のものです",
        "belongs to another prefecture than the address",
    ),
    ContradictionKind.OTHER_CITY: ("住所と別の市区町村のものです", "belongs to another city or ward than the address"),
    ContradictionKind.OTHER_TOWN: ("住所と別の町域のものです", "belongs to another part of the city than the address"),
}
"""By ``Contradiction.kind``."""
_BENCH = {True: Say.AT_BENCH, False: Say.LEFT_BENCH, None: Say.BENCH_NOT_KNOWN}


def outcome_words(outcome: Outcome) -> str:
    """An outcome as a person reads it."""
    key = (_OF_HOLDS if outcome.of == "hold" else _OF_REVISIONS).get(outcome.outcome, Say.REFUSED)
    if key is Say.STOPPED and outcome.no_instruction:
        key = Say.STOPPED_NO_ORDER
    if key is Say.FREED and outcome.unknown_hold:
        key = Say.NO_SUCH_HOLD
    words = pair(
        key,
        subject=outcome.subject,
        station=outcome.station or "?",
        grant=outcome.grant or "?",
        printed_at=shown_time(outcome.printed_at or ""),
        printed_revision=outcome.printed_revision or "?",
        tracking_numbers=", ".join(outcome.tracking_numbers),
        bench=WORDS[_BENCH[outcome.at_bench]],
        reason=outcome.reason,
        still_held=_still_held(outcome.still_held_by),
        needs_revision=pair(Say.NEEDS_REVISION) if outcome.needs_revision else ("", ""),
    )
    for warning in outcome.warnings:
        column = column_of_place(warning.field)
        field = (column.japanese if column else warning.field, warning.field)
        why = _CONTRADICTIONS.get(warning.kind, (warning.kind, warning.kind))
        words = _joined(words, Say.WARNED, field=field, why=why)
    return f"{outcome.order}  {' / '.join(words)}"


def _still_held(holds: tuple[str, ...]) -> tuple[str, str]:
    if not holds:
        return "", ""
    key = Say.STILL_HELD if len(holds) < MAX_STILL_HELD_BY else Say.STILL_HELD_BY_MANY
    return pair(key, count=len(holds), holds=", ".join(holds))


def hold_words(outcome: Outcome) -> str:
    """The answer to a hold that was said to stand. A released one never holds again."""
    if outcome.outcome is OutcomeKind.FREED:
        return f"{outcome.order}  {both(Say.ALREADY_FREED, subject=outcome.subject)}"
    return outcome_words(outcome)


def shipment_words(shipment: Shipment) -> str:
    """A shipment record as a person reads it: a line, and one for each unit of which its code is told."""
    marks = ("", "")
    if shipment.reprint:
        marks = _joined(marks, Say.REPRINT, reprint=shipment.reprint)
    if shipment.irregular:
        marks = _joined(marks, _IRREGULAR[shipment.irregular])
    if shipment.without_permission:
        marks = _joined(marks, Say.WITHOUT_PERMISSION)
    words = both(
        Say.SHIPMENT_VOID if shipment.kind == "void" else Say.SHIPMENT,
        number=shipment.number,
        station=shipment.station,
        printed_at=shown_time(shipment.printed_at),
        revision=shipment.revision,
        tracking_numbers=", ".join(shipment.tracking_numbers),
        marks=marks,
    )
    return "\n".join((f"{shipment.order}  {words}", *map(_unit_words, shipment.units)))


def _unit_words(unit: Unit) -> str:
    facts = ((Say.LOT, unit.lot), (Say.SERIAL, unit.serial), (Say.EXPIRY, unit.expiry))
    return "  ".join((f"    {unit.item}", *(f"{both(key)}: {value}" for key, value in facts if value)))


def station_words(status: StationStatus) -> str:
    """A station's status as a person reads it."""
    key = Say.STATION_DOWN if not status.up else Say.STATION_READY if status.ready else Say.STATION_NOT_READY
    return both(key, station=status.station, why=_hindrances(status))


def _hindrances(status: StationStatus) -> tuple[str, str]:
    """What a person there has to look after: of a station that can print, too."""
    found = ("", "")
    if status.disk_full:
        return _joined(found, Say.DISK_IS_FULL)
    if status.damaged_journal:
        found = _joined(found, Say.JOURNAL_WAS_DAMAGED, name=status.damaged_journal)
    if status.in_doubt:
        found = _joined(found, Say.STATION_IN_DOUBT, in_doubt=status.in_doubt)
    if status.printer != "ready":
        state = status.printer or "?"
        found = _joined(found, Say.PRINTER_IS, state=(PRINTER_STATES.get(state, state), state))
    for name, is_up in status.scanners.items():
        if not is_up:
            found = _joined(found, Say.SCANNER_DOWN, name=name)
    return found if status.desk else _joined(found, Say.NO_LINE_TO_DESK)


def desk_words(status: DeskStatus) -> str:
    """The desk's status as a person reads it."""
    lost = Say.DESK_DATABASE_LOST if status.database_lost else Say.DESK_IS_DOWN
    down = Say.DESK_DISK_IS_FULL if status.disk_full else lost
    key = down if not status.up else Say.DESK_WAITS if status.waits_for else Say.DESK_UP
    return both(key, epoch=status.epoch, waits_for=", ".join(status.waits_for))


def shown_time(instant: str) -> str:
    """An instant to the second, in the time of who said it; what is none as it is."""
    try:
        return datetime.fromisoformat(instant).strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        return instant or "?"


def _joined(before: tuple[str, str], key: Say, **facts: object) -> tuple[str, str]:
    japanese, english = pair(key, **facts)
    return before[0] + japanese, before[1] + english
