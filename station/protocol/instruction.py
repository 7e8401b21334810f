"""The shipping instruction: what the order feed tells the desk, and the desk the station that packs the order."""

import re
from typing import Annotated, Literal

import msgspec

from station.protocol.codec import Count, Identifier, Instant, Message, ShortText, decode, digest
from station.protocol.unit import CAPTURED, GOODS_DIGITS, MAX_LINES, Captured, IsoDate

AddressText = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Revision = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part of an instruction."""


class Address(Part, frozen=True, kw_only=True):
    """Who and where. Personal data: it leaves the desk only for the station that has the order open."""

    postal_code: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{3}-?[0-9]{4}\Z")]
    lines: Annotated[tuple[AddressText, ...], msgspec.Meta(min_length=1, max_length=4)]
    name: AddressText
    phone: Annotated[str, msgspec.Meta(pattern=r"^[0-9+() -]{5,20}\Z")]


class Service(Part, frozen=True, kw_only=True):
    """How the carrier takes it: who pays, and at which temperature."""

    payment: Literal["prepaid", "cod", "collect"] = "prepaid"
    cod_amount_yen: Annotated[int, msgspec.Meta(ge=1, le=9_999_999)] | None = None
    temperature: Literal["ambient", "chilled", "frozen"] = "ambient"

    def __post_init__(self) -> None:
        """COD has an amount, and nothing else has one."""
        if (self.payment == "cod") != (self.cod_amount_yen is not None):
            raise ValueError("cod_amount_yen stands where payment is cod, and only there")


class Piece(Part, frozen=True, kw_only=True):
    """One parcel of the order, with its own label."""

    tracking_number: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{8,20}\Z")]


_GTIN = re.compile(r"[0-9]{8}|[0-9]{12,14}")


class Line(Part, frozen=True, kw_only=True, omit_defaults=True):
    """What has to be in the parcel. Any of the codes counts as one unit of the line."""

    codes: Annotated[tuple[Identifier, ...], msgspec.Meta(min_length=1, max_length=8)]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    quantity: Annotated[int, msgspec.Meta(ge=1, le=9_999)]
    capture: Annotated[tuple[Captured, ...], msgspec.Meta(max_length=len(CAPTURED))] = ()
    """What the shipment record tells of each unit, from its GS1 code; a unit whose code does not say it is not taken.
    One of the codes has to be a GTIN. At most 150 units of an order may be asked for it."""
    expires_from: IsoDate = ""
    """Where ``capture`` has ``expiry``: no unit that expires before this day is taken. Without it: before the desk's
    own day."""

    def __post_init__(self) -> None:
        """Only a GS1 code with the article's number says more than that number."""
        if self.capture and not any(_GTIN.fullmatch(code) for code in self.codes):
            raise ValueError("capture needs a GTIN of 8, 12, 13 or 14 digits among the codes")
        if self.expires_from and "expiry" not in self.capture:
            raise ValueError("expires_from stands where capture has expiry, and only there")


class PackerNote(Part, frozen=True, kw_only=True):
    """An instruction to the packer. One to be acknowledged keeps the label back until it is."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    acknowledge: bool = False


class Instruction(Message, frozen=True, kw_only=True):
    """The whole of what is to be packed and what its label says. The highest revision wins."""

    order: Identifier
    revision: Revision
    merchant: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    slips: Annotated[tuple[Identifier, ...], msgspec.Meta(min_length=1, max_length=8)]
    ship_to: Address
    ship_from: Address | None = None
    """Left out for a merchant whose sender stands in the configuration of desk and stations."""
    carrier: Annotated[str, msgspec.Meta(min_length=1, max_length=30)]
    service: Service = Service()
    delivery_date: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")] | None = None
    time_slot: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}\Z")] | None = None
    sort_code: Annotated[str, msgspec.Meta(pattern=r"^[0-9-]{1,12}\Z")] | None = None
    gift_note: Annotated[str, msgspec.Meta(min_length=1, max_length=60)] | None = None
    pieces: Annotated[tuple[Piece, ...], msgspec.Meta(min_length=1, max_length=20)]
    lines: Annotated[tuple[Line, ...], msgspec.Meta(min_length=1, max_length=MAX_LINES)]
    packer_notes: Annotated[tuple[PackerNote, ...], msgspec.Meta(max_length=8)] = ()
    ship_by: Instant | None = None
    swap: bool = False
    """Should the label of an older revision be out already, and past calling back: this one is to take its place, by
    whoever has the parcel in hand. It is a job that the carrier or the warehouse may charge."""

    @property
    def tracking_numbers(self) -> tuple[str, ...]:
        """Of all pieces, in their order."""
        return tuple(piece.tracking_number for piece in self.pieces)

    @property
    def captured_units(self) -> int:
        """Units that are asked for what their codes say."""
        return sum(line.quantity for line in self.lines if line.capture)

    @property
    def goods(self) -> str:
        """How the digest of what is packed begins: the lines, but for their order and names, and into how many parcels.

        Of two revisions with the same one, one parcel can have the other's label.
        """
        lines = sorted(
            (sorted(each.codes), each.quantity, sorted(each.capture), each.expires_from) for each in self.lines
        )
        return digest(msgspec.json.encode((lines, len(self.pieces))))[:GOODS_DIGITS]


_decoder = msgspec.json.Decoder(Instruction)

__all__ = ["Address", "Count", "Instruction", "Line", "PackerNote", "Piece", "Service", "ShortText"]


def decode_instruction(payload: bytes) -> Instruction:
    """The instruction in a payload; raises Invalid with the field's name."""
    return decode(payload, _decoder)
