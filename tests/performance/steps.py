"""A station made of its requests alone: open, print, not printed, close, and again."""

from uuid import uuid4

from station.protocol.codec import encode
from station.protocol.hold import Hold
from station.protocol.reply import AnyPush, AnyReply, Closed, Granted, Kept, Opened, Welcome, decode_inbox
from station.protocol.request import AnyRequest, Close, Heard, Hello, NotPrinted, Open, Print
from station.protocol.topics import HoldOn, InboxOf, InstructionOf, OutcomeOf, RequestFrom, Topics
from tests.performance.orders import instruction
from tests.performance.publisher import Publisher, Said
from tests.performance.rig import PREFIX

topics = Topics(PREFIX)
INBOXES = topics.pattern(InboxOf)
OUTCOMES = topics.pattern(OutcomeOf)


class Unexpected(AssertionError):
    """The desk answered other than a bare desk has to; the figures would be of something else."""


class Walker:
    """One simulated station, that has one step under way at any time."""

    def __init__(self, station: str, order: int) -> None:
        """``order``: the number of the order that it opens and closes for ever."""
        self.station = station
        self.order = order
        self._boot = f"1-{uuid4().hex[:16]}"
        self._number = 0
        self.pending = self._step(Open, slip=f"NS-{order}")
        """The step that is to be said next, or waits for its answer."""

    def greet(self, publisher: Publisher) -> None:
        """Hello, and that no hold was heard: what makes a desk ready to grant anything."""
        journal = uuid4().hex[:16]
        hello = Hello(request="hello", journal=journal, boot_number=1, boot=self._boot, last_sequence=0, unresolved=())
        _, payload = publisher.ask(self._said(hello), topics.of(InboxOf(self.station)))
        welcome = decode_inbox(payload)
        if not isinstance(welcome, Welcome):
            raise Unexpected(f"{welcome} to a hello")
        heard = Heard(request="heard", holds=(), incarnation=welcome.incarnation, more=False)
        publisher.ask(self._said(heard), topics.of(InboxOf(self.station)))

    def next(self, payload: bytes) -> Said:
        """The step that follows an answer."""
        self.pending = self._after(decode_inbox(payload))
        return self.pending

    def _after(self, reply: AnyReply | AnyPush) -> Said:
        match reply:
            case Opened():
                return self._step(Print, order=f"A-{self.order}", revision=1)
            case Granted(grant=grant):
                return self._step(NotPrinted, order=f"A-{self.order}", grant=grant.grant)
            case Kept():
                return self._step(Close, order=f"A-{self.order}")
            case Closed():
                return self._step(Open, slip=f"NS-{self.order}")
            case _:
                raise Unexpected(f"{reply} to step {self._number} of {self.station}")

    def _step(self, kind: type[Open | Print | NotPrinted | Close], **facts: object) -> Said:
        self._number += 1
        return self._said(
            kind(request=f"{self._boot}.{self._number}", boot=self._boot, number=self._number, **facts)  # type: ignore[arg-type]
        )

    def _said(self, request: AnyRequest) -> Said:
        return Said(topics.of(RequestFrom(self.station)), encode(request))


def instruct(number: int) -> Said:
    """The instruction of an order."""
    order = instruction(number)
    return Said(topics.of(InstructionOf(order.order)), encode(order))


def hold(number: int, name: str = "h1", *, active: bool = True) -> Said:
    """A hold on an order, or its release."""
    message = Hold(
        hold=name,
        kind="cancel",
        state="active" if active else "released",
        note="お客様よりキャンセル",
        by="contact-center",
    )
    return Said(topics.of(HoldOn(f"A-{number}", name)), encode(message))


def hold_outcome_topic(number: int, name: str = "h1") -> str:
    """Where the outcome of a hold comes."""
    return topics.of(OutcomeOf(f"A-{number}", f"hold-{name}"))
