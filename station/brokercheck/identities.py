"""As whom the check speaks: names, roles, certificates, and who can talk to whom."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from station.config.broker import Broker
from station.protocol.rights import Role, may_hear, may_say
from station.protocol.topics import (
    Address,
    AnswerTo,
    InboxOf,
    OutcomeOf,
    QueryFrom,
    RequestFrom,
    StatusOf,
    StatusOfDesk,
)


@dataclass(frozen=True, slots=True)
class Identity:
    """One client of the broker, as the site has it."""

    role: Role
    name: str
    broker: Broker
    """Its listener, with its certificate or its password."""

    def may_say(self, address: Address) -> bool:
        """Whether it has that right."""
        return may_say(self.role, self.name, address)

    def may_hear(self, address: Address) -> bool:
        """Whether it has that right."""
        return may_hear(self.role, self.name, address)

    def __str__(self) -> str:
        return self.name if self.role == self.name else f"{self.name} ({self.role})"


@dataclass(frozen=True, slots=True)
class Talk:
    """Who says something, who hears it, and where."""

    sayer: Identity
    hearer: Identity
    address: Address

    def __str__(self) -> str:
        return f"{self.sayer.name} to {self.hearer.name}"


def talks(identities: Sequence[Identity], addresses: Sequence[Address]) -> Iterator[Talk]:
    """Every rightful way from one to another, the addresses in their order."""
    for address in addresses:
        for sayer in identities:
            for hearer in identities:
                if sayer is not hearer and sayer.may_say(address) and hearer.may_hear(address):
                    yield Talk(sayer, hearer, address)


def private_addresses(identities: Sequence[Identity], order: str) -> list[Address]:
    """Where two can talk, best first: what only its receiver hears, and a program that runs refuses and forgets."""
    names = [each.name for each in identities]
    return [
        *(InboxOf(name) for name in names),
        *(RequestFrom(name) for name in names),
        *(QueryFrom(name) for name in names),
        *(AnswerTo(name) for name in names),
        OutcomeOf(order, "revision-1"),
    ]


def status_addresses(identities: Sequence[Identity]) -> list[Address]:
    """Where retained words stand."""
    return [*(StatusOf(each.name) for each in identities if each.role is Role.STATION), StatusOfDesk()]
