"""Who may say and hear what: the hold protocol's table of topics (section 3), turned round.

A broker holds it (``firmware_config/mosquitto``), and ``station broker-check`` tries whether it does.
"""

from enum import StrEnum

from station.protocol.topics import (
    Address,
    AnswerTo,
    HoldOn,
    InboxOf,
    InstructionOf,
    OutcomeOf,
    QueryFrom,
    RequestFrom,
    ShipmentOf,
    StatusOf,
    StatusOfDesk,
)


class Role(StrEnum):
    """What a client of the broker is."""

    DESK = "desk"
    STATION = "station"
    SUPERVISOR = "supervisor"
    PUBLISHER = "publisher"


_SAYS: dict[Role, frozenset[type[Address]]] = {
    Role.DESK: frozenset({OutcomeOf, ShipmentOf, InboxOf, StatusOfDesk, AnswerTo}),
    Role.STATION: frozenset(),
    Role.SUPERVISOR: frozenset(),
    Role.PUBLISHER: frozenset({InstructionOf, HoldOn, QueryFrom}),
}
_HEARS: dict[Role, frozenset[type[Address]]] = {
    Role.DESK: frozenset({InstructionOf, HoldOn, RequestFrom, StatusOf, QueryFrom}),
    Role.STATION: frozenset({HoldOn, StatusOfDesk}),
    Role.SUPERVISOR: frozenset({StatusOf, StatusOfDesk}),
    Role.PUBLISHER: frozenset({OutcomeOf, ShipmentOf, StatusOf, StatusOfDesk, AnswerTo}),
}
_SAYS_ITS_OWN: dict[Role, frozenset[type[Address]]] = {
    Role.STATION: frozenset({RequestFrom, StatusOf}),
    Role.SUPERVISOR: frozenset({RequestFrom}),
}
_HEARS_ITS_OWN: dict[Role, frozenset[type[Address]]] = {
    Role.STATION: frozenset({InboxOf}),
    Role.SUPERVISOR: frozenset({InboxOf}),
}


def may_say(role: Role, name: str, address: Address) -> bool:
    """Whether the client of that role and name may publish there."""
    return type(address) in _SAYS[role] or (type(address) in _SAYS_ITS_OWN.get(role, ()) and _is_of(name, address))


def may_hear(role: Role, name: str, address: Address) -> bool:
    """Whether what is published there may reach the client of that role and name."""
    return type(address) in _HEARS[role] or (type(address) in _HEARS_ITS_OWN.get(role, ()) and _is_of(name, address))


def _is_of(name: str, address: Address) -> bool:
    match address:
        case RequestFrom(owner) | InboxOf(owner) | StatusOf(owner):
            return owner == name
        case _:
            return False
