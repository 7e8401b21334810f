"""The topics of a site: built and taken apart in one place.

``Topics`` gives topic names; ``Topics.parse`` gives what a topic is about, as one of the address types below.
"""

from dataclasses import dataclass, fields
from functools import lru_cache

from station.protocol.codec import Invalid
from station.protocol.identifiers import MAX_IDENTIFIER_CHARACTERS, decode_level, encode_level


@dataclass(frozen=True, slots=True)
class InstructionOf:
    """``orders/<order>/instruction``"""

    order: str


@dataclass(frozen=True, slots=True)
class HoldOn:
    """``orders/<order>/holds/<hold>``"""

    order: str
    hold: str


@dataclass(frozen=True, slots=True)
class OutcomeOf:
    """``orders/<order>/outcomes/<what>``: ``hold-<hold>`` or ``revision-<n>``"""

    order: str
    what: str


@dataclass(frozen=True, slots=True)
class ShipmentOf:
    """``orders/<order>/shipment``"""

    order: str


@dataclass(frozen=True, slots=True)
class RequestFrom:
    """``desk/requests/<client>``"""

    client: str


@dataclass(frozen=True, slots=True)
class InboxOf:
    """``stations/<client>/inbox``"""

    client: str


@dataclass(frozen=True, slots=True)
class StatusOf:
    """``stations/<station>/status``"""

    station: str


@dataclass(frozen=True, slots=True)
class StatusOfDesk:
    """``desk/status``"""


@dataclass(frozen=True, slots=True)
class QueryFrom:
    """``shipments/queries/<client>``"""

    client: str


@dataclass(frozen=True, slots=True)
class AnswerTo:
    """``shipments/answers/<client>``"""

    client: str


Address = (
    InstructionOf
    | HoldOn
    | OutcomeOf
    | ShipmentOf
    | RequestFrom
    | InboxOf
    | StatusOf
    | StatusOfDesk
    | QueryFrom
    | AnswerTo
)

FORMS: dict[type[Address], tuple[str | None, ...]] = {
    InstructionOf: ("orders", None, "instruction"),
    HoldOn: ("orders", None, "holds", None),
    OutcomeOf: ("orders", None, "outcomes", None),
    ShipmentOf: ("orders", None, "shipment"),
    RequestFrom: ("desk", "requests", None),
    StatusOfDesk: ("desk", "status"),
    InboxOf: ("stations", None, "inbox"),
    StatusOf: ("stations", None, "status"),
    QueryFrom: ("shipments", "queries", None),
    AnswerTo: ("shipments", "answers", None),
}
"""Which levels of a topic are fixed words and which are names (None). The names are the address's fields, in order."""

_MOST: dict[type[Address], int] = {OutcomeOf: MAX_IDENTIFIER_CHARACTERS + len("hold-")}
"""Characters of a level where it holds more than an identifier."""

_REMEMBERED = 1_000
"""Topics whose parts need not be found again."""


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics under one prefix, ``packing/<site>`` by default."""

    prefix: str

    def of(self, address: Address) -> str:
        """The topic of an address."""
        return _topic(self.prefix, address)

    def pattern(self, kind: type[Address]) -> str:
        """The subscription that matches all addresses of a kind."""
        return "/".join((self.prefix, *(word or "+" for word in FORMS[kind])))

    def parse(self, topic: str) -> Address:
        """What a topic is about; raises Invalid for one that is none of ours or holds an invalid name."""
        return _address(self.prefix, topic)


# Asked for at every message, mostly about the same few stations and orders.
@lru_cache(maxsize=_REMEMBERED)
def _topic(prefix: str, address: Address) -> str:
    names = (encode_level(getattr(address, field.name)) for field in fields(address))
    return "/".join((prefix, *(word or next(names) for word in FORMS[type(address)])))


@lru_cache(maxsize=_REMEMBERED)
def _address(prefix: str, topic: str) -> Address:
    levels = topic.removeprefix(prefix + "/").split("/")
    for kind, form in FORMS.items():
        if len(form) == len(levels):
            pairs = list(zip(form, levels, strict=True))
            if all(word in (None, level) for word, level in pairs):
                most = _MOST.get(kind, MAX_IDENTIFIER_CHARACTERS)
                return kind(*(decode_level(level, most) for word, level in pairs if word is None))
    raise Invalid(f"topic {topic[:120]!r} is none of this site's")
