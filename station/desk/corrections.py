"""Answers that have changed since they were given: owed until the broker has taken the new ones.

Whoever was told ``stopped`` or ``accepted`` has no reason to ask again. A label without permission, of which the desk
hears later, makes that ``too_late``; and a crash after that decision must not take the word that says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from station.desk.core.answers import Messages, answer_again
from station.desk.store import Store
from station.feed.mqtt import Taken
from station.protocol.codec import Message
from station.protocol.topics import Address, OutcomeOf


@dataclass(slots=True)
class Corrections:
    """What is owed, as it stands in the database, and what of it is on its way to the broker."""

    store: Store
    _owed: dict[OutcomeOf, None] = field(init=False)
    """In the order in which they came to be owed."""
    _underway: dict[OutcomeOf, Taken] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """With what the process before left."""
        self._owed = dict.fromkeys(self.store.corrections())

    def owe(self, messages: Iterable[tuple[Address, Message]]) -> None:
        """In the transaction that changes the answers among these messages."""
        changed = dict.fromkeys(address for address, _ in messages if isinstance(address, OutcomeOf))
        for address in changed:
            self._underway.pop(address, None)  # what the broker has taken is not the newest any more
        if new := {address: None for address in changed if address not in self._owed}:
            self.store.owe(new)
            self._owed |= new

    def said(self, address: Address, taken: Taken | None) -> None:
        """A message was published, after the commit; or not, without a connection."""
        if taken is not None and isinstance(address, OutcomeOf) and address in self._owed:
            self._underway[address] = taken

    def again(self) -> Messages:
        """Everything that is owed, as it is true now: for a new connection."""
        messages: Messages = ()
        for owed in self._owed:
            answers = answer_again(self.store, owed)
            messages += answers
            if not answers:  # the order is dropped since
                self._underway[owed] = lambda: True
        return messages

    @property
    def settled(self) -> frozenset[OutcomeOf]:
        """What the broker has taken and is owed still in the database."""
        return frozenset(address for address, taken in self._underway.items() if taken())

    def strike_off(self, settled: frozenset[OutcomeOf]) -> None:
        """In a transaction."""
        self.store.strike_off(settled)
        for address in settled:
            self._owed.pop(address, None)
            del self._underway[address]
