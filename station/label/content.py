"""What stands on one label, in words: an instruction's texts by field, before anything has a place."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from station.label.carriers import CarrierStyle, Term, known_carrier
from station.label.merchants import NO_MERCHANT, Merchant
from station.label.nw7 import has_check_digit
from station.label.scanback import ScanBack
from station.protocol.instruction import Address, Instruction

MAX_REPRINT = 999
"""An instruction is accepted when its label fits with this number; no set of labels is printed more often."""


class Field(StrEnum):
    """A text on the label. The value is the instruction's name for it, which a sender knows."""

    CARRIER = "carrier"
    SERVICE = "service"
    """The carrier's own codes for payment, temperature and time slot."""
    SORT_CODE = "sort_code"
    DELIVERY_DATE = "delivery_date"
    TIME_SLOT = "time_slot"
    PAYMENT = "service.payment"
    COD_AMOUNT = "service.cod_amount_yen"
    TEMPERATURE = "service.temperature"
    PIECE = "pieces"
    TRACKING_NUMBER = "pieces.tracking_number"
    SHIP_TO_POSTAL_CODE = "ship_to.postal_code"
    SHIP_TO_LINES = "ship_to.lines"
    SHIP_TO_NAME = "ship_to.name"
    SHIP_TO_PHONE = "ship_to.phone"
    SHIP_FROM_POSTAL_CODE = "ship_from.postal_code"
    SHIP_FROM_LINES = "ship_from.lines"
    SHIP_FROM_NAME = "ship_from.name"
    SHIP_FROM_PHONE = "ship_from.phone"
    ORDER = "order"
    REVISION = "revision"
    MERCHANT = "merchant"
    GIFT_NOTE = "gift_note"
    NOTE = "note"
    """The merchant's, on each of its labels."""
    REPRINT = "reprint"
    """The mark of every label but an order's first."""
    SHIP_FROM = "ship_from"
    """The sender as a whole, of whom only the parts stand on a label."""
    STATION = "station"
    PRINTED_AT = "printed_at"


PLACED = frozenset(Field) - {Field.SHIP_FROM, Field.STATION, Field.PRINTED_AT}
"""What stands on a label; station and time are on void slips."""
OPTIONAL = frozenset({Field.SERVICE, Field.NOTE})
"""What a layout may have no box for, because no instruction says it."""


class Mark(StrEnum):
    """What a label is called that is not its order's first, with its number behind it."""

    REPRINT = "再発行"
    """Printed again because a person asked, or because the first did not come out."""
    REPLACEMENT = "差替"
    """Printed for the dock after the first had left the bench: a new revision, and the old tracking number is void."""
    SPECIMEN = "見本"
    """A test label, of no order."""


class DoesNotFit(ValueError):
    """Something of an instruction cannot stand on a label as it is.

    ``field`` is the instruction's name for it; ``reason`` says why and what would do. Neither repeats a name or an
    address, but for the one character at fault.
    """

    def __init__(self, field: Field, reason: str) -> None:
        super().__init__(f"{field.value}: {reason}")
        self.field = field
        self.reason = reason


Paragraphs = tuple[str, ...]
"""Each begins a line of its own where there is room for it."""


@dataclass(frozen=True, slots=True)
class LabelContent:
    """All that one label says."""

    texts: Mapping[Field, Paragraphs]
    """Only of fields that have something to say."""
    nw7: str
    """The tracking number between its start and stop letter."""
    scan_back: ScanBack


NOT_ASKED = "指定なし"
_WEEKDAYS = "月火水木金土日"
_HONORIFICS = ("様", "さま", "御中", "殿", "先生")


def label_content(
    instruction: Instruction,
    piece: int,
    reprint: int,
    carriers: Mapping[str, CarrierStyle],
    merchant: Merchant = NO_MERCHANT,
    mark: Mark = Mark.REPRINT,
) -> LabelContent:
    """What stands on the label of one piece (counted from 1), for the given reprint (0 is the first print).

    Raises DoesNotFit for a date or a tracking number that is none, for what the carrier does not have, for a sender
    that nobody names, and for a blank text.
    """
    if not (1 <= piece <= len(instruction.pieces) and 0 <= reprint <= MAX_REPRINT):
        raise ValueError(f"no label: piece {piece} of {len(instruction.pieces)}, reprint {reprint}")
    _, style = known_carrier(instruction.carrier, carriers)
    tracking_number = _tracking_number(instruction, piece, style)
    sender = instruction.ship_from or merchant.sender
    if sender is None:
        raise DoesNotFit(
            Field.SHIP_FROM, "is missing, and this merchant has no sender in the configuration; give one of the two"
        )
    said = _service_words(instruction, piece, style) | {
        Field.CARRIER: style.name,
        Field.SORT_CODE: _sort_code(instruction.sort_code, style),
        Field.DELIVERY_DATE: _date_words(instruction.delivery_date),
        Field.PIECE: f"{piece}/{len(instruction.pieces)}",
        Field.TRACKING_NUMBER: grouped(tracking_number),
        Field.SHIP_TO_NAME: _with_honorific(instruction.ship_to.name),
        Field.SHIP_FROM_NAME: sender.name,
        Field.ORDER: instruction.order,
        Field.REVISION: f"第{instruction.revision}版",
        Field.MERCHANT: instruction.merchant,
        Field.GIFT_NOTE: instruction.gift_note,
        Field.NOTE: merchant.note,
        Field.REPRINT: f"{mark} {reprint}" if reprint else None,
    }
    texts = {field: _clean(field, (text,)) for field, text in said.items() if text is not None}
    texts[Field.SHIP_TO_LINES] = _clean(Field.SHIP_TO_LINES, instruction.ship_to.lines)
    texts[Field.SHIP_FROM_LINES] = _clean(Field.SHIP_FROM_LINES, sender.lines)
    texts |= _codes(instruction.ship_to, Field.SHIP_TO_POSTAL_CODE, Field.SHIP_TO_PHONE)
    texts |= _codes(sender, Field.SHIP_FROM_POSTAL_CODE, Field.SHIP_FROM_PHONE)
    return LabelContent(
        texts=texts,
        nw7=f"{style.nw7_start}{tracking_number}{style.nw7_stop}",
        scan_back=ScanBack(instruction.order, instruction.revision, reprint, piece),
    )


def _service_words(instruction: Instruction, piece: int, style: CarrierStyle) -> dict[Field, str | None]:
    """Payment, temperature and time slot, as this carrier calls them."""
    service = instruction.service
    payment = _term(Field.PAYMENT, service.payment, style.payments, style)
    temperature = _term(Field.TEMPERATURE, service.temperature, style.temperatures, style)
    slot = _slot(instruction.time_slot, style)
    codes = [term.code for term in (payment, temperature, slot) if term.code]
    return {
        Field.PAYMENT: payment.words,
        Field.COD_AMOUNT: _cod_words(service.cod_amount_yen, piece, style),
        Field.TEMPERATURE: temperature.words or None,
        Field.TIME_SLOT: slot.words,
        Field.SERVICE: "-".join(codes) or None,
    }


def _term(field: Field, said: str, terms: Mapping[Any, Term], style: CarrierStyle) -> Term:
    if said not in terms:
        raise DoesNotFit(field, f"{said} is not what {style.name} has; it has {', '.join(terms)}")
    return terms[said]


def _cod_words(amount_yen: int | None, piece: int, style: CarrierStyle) -> str | None:
    if amount_yen is None:
        return None
    if piece > 1 and style.cod_amount_on == "first":
        return "代金は個口1の送り状"
    return f"代金引換額 ¥{amount_yen:,}"


def _sort_code(sort_code: str | None, style: CarrierStyle) -> str | None:
    digits = len((sort_code or "").replace("-", ""))
    if sort_code is not None and style.sort_code_digits not in (None, digits):
        raise DoesNotFit(
            Field.SORT_CODE, f"has {digits} digits; one of {style.name} has {style.sort_code_digits}, hyphens aside"
        )
    return sort_code


def grouped(tracking_number: str) -> str:
    """Digits in groups of four, as people read them out."""
    return "-".join(tracking_number[at : at + 4] for at in range(0, len(tracking_number), 4))


def _codes(address: Address, postal_code: Field, phone: Field) -> dict[Field, Paragraphs]:
    digits = address.postal_code.replace("-", "")
    return {
        postal_code: (f"〒{digits[:3]}-{digits[3:]}",),
        phone: _clean(phone, (f"TEL {address.phone.strip()}",)),
    }


def _tracking_number(instruction: Instruction, piece: int, style: CarrierStyle) -> str:
    tracking_number = instruction.pieces[piece - 1].tracking_number
    if style.check_digit == "mod7" and not has_check_digit(tracking_number):
        raise DoesNotFit(
            Field.TRACKING_NUMBER,
            f"that of piece {piece} does not end in its check digit (the digits before it modulo 7), "
            f"as those of {style.name} do; check the number, or set check_digit for this carrier",
        )
    return tracking_number


def _date_words(delivery_date: str | None) -> str:
    if delivery_date is None:
        return NOT_ASKED
    try:
        day = date.fromisoformat(delivery_date)
    except ValueError:
        raise DoesNotFit(Field.DELIVERY_DATE, "is no day of the calendar") from None
    return f"{day.month}月{day.day}日({_WEEKDAYS[day.weekday()]})"


def _slot(time_slot: str | None, style: CarrierStyle) -> Term:
    """A slot of a carrier whose slots are known, else in words of ours: 1416 is 14 to 16 o'clock, 0812 the morning,
    0010 by 10 o'clock."""
    if time_slot is None:
        return Term(words=NOT_ASKED)
    if style.slots is not None:
        return _term(Field.TIME_SLOT, time_slot, style.slots, style)
    start, end = int(time_slot[:2]), int(time_slot[2:])
    if not start < end <= 24:
        raise DoesNotFit(
            Field.TIME_SLOT, f"{time_slot} is no slot: it is the first and the last hour, for example 1416"
        )
    if time_slot == "0812":
        return Term(words="午前中")
    return Term(words=f"{start}時～{end}時" if start else f"{end}時まで")


def _with_honorific(name: str) -> str:
    name = name.strip()
    return name if name.endswith(_HONORIFICS) or not name else f"{name}\u00a0様"


_COMPOSABLE = re.compile(r".[\u0300-\u036f\u3099\u309a]+", re.DOTALL)
"""A letter with its accent, a kana with its sound mark, as two characters. Other characters stay as the sender
wrote them: Unicode's normal forms would replace the kanji variants of people's names."""


def _compose(text: str) -> str:
    return _COMPOSABLE.sub(lambda match: unicodedata.normalize("NFC", match.group()), text)


def _clean(field: Field, paragraphs: Paragraphs) -> Paragraphs:
    cleaned = tuple(_compose(paragraph).strip() for paragraph in paragraphs)
    if not all(cleaned):
        raise DoesNotFit(field, "is blank; leave it out or say something")
    return cleaned
