"""A hold: the contact center's word that an order must not be printed."""

from typing import Literal

import msgspec

from station.protocol.codec import Identifier, Instant, Message, ShortText, decode

HoldState = Literal["active", "released"]
HoldKind = Literal["cancel", "address_change", "service_change", "payment", "stock", "other", "unreadable"]


class Hold(Message, frozen=True, kw_only=True):
    """One hold on one order, which its topic names. The order is free when none of its holds is active."""

    hold: Identifier
    kind: HoldKind
    state: HoldState
    note: ShortText = ""
    """To the packer. No personal data."""
    by: ShortText = ""
    at: Instant = ""


def unreadable(hold: str) -> Hold:
    """What stands for a message under ``holds/`` that nobody can read: a hold, until a readable one replaces it."""
    return Hold(hold=hold, kind="unreadable", state="active", note="unreadable hold message")


def merge(standing: Hold | None, arrived: Hold) -> Hold:
    """The hold that stands after one more message with its id, in whatever order they arrive.

    Released is final, so a message that was doubled or overtaken cannot hold again. An unreadable message
    cannot hide the kind and note of a hold that already stands.
    """
    if standing is None:
        return arrived
    if standing.state == "released":
        return standing
    return standing if arrived.kind == "unreadable" else arrived


_decoder = msgspec.json.Decoder(Hold)


def decode_hold(payload: bytes) -> Hold:
    """The hold in a payload; raises Invalid."""
    return decode(payload, _decoder)
