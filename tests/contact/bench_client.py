"""A station as the desk sees it: speaks the protocol and has no devices. The test says what it does, and when."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any, TypeVar

from station.protocol.codec import encode
from station.protocol.identifiers import new_identifier
from station.protocol.reply import AnyPush, AnyReply, Granted, Kept, Opened, Refused, Welcome, decode_inbox
from station.protocol.request import (
    AnyRecord,
    AnyRequest,
    Gone,
    GrantReference,
    Heard,
    Hello,
    NotPrinted,
    Open,
    Print,
    Printed,
    Unknown,
    Voided,
)
from station.protocol.topics import InboxOf, RequestFrom
from tests.sites import Listener, Message, Site, listening

R = TypeVar("R")

_numbers = count(1)


class BenchClient:
    """One boot of one station with a new journal."""

    def __init__(self, listener: Listener, station: str) -> None:
        """Greets the desk."""
        self._listener = listener
        self.station = station
        self._boot = new_identifier()
        self._journal = new_identifier()
        self._number = 0
        self._sequence = 0
        hello = Hello(
            request=new_identifier(),
            journal=self._journal,
            boot_number=1,
            boot=self._boot,
            last_sequence=0,
            unresolved=(),
        )
        welcome = self._ask(hello, Welcome)
        heard = Heard(request=new_identifier(), holds=(), incarnation=welcome.incarnation, more=False)
        self._ask(heard, Kept)

    def open(self, slip: str) -> Opened:
        """Scan a slip."""
        return self._ask(Open(request=new_identifier(), slip=slip, **self._step()), Opened)

    def ask_to_print(self, opened: Opened) -> Granted:
        """Everything matches."""
        assert opened.instruction is not None
        asked = Print(
            request=new_identifier(), order=opened.order, revision=opened.instruction.revision, **self._step()
        )
        return self._ask(asked, Granted)

    def is_refused_to_print(self, opened: Opened) -> Refused:
        """Everything matches, and the desk says no."""
        assert opened.instruction is not None
        asked = Print(
            request=new_identifier(), order=opened.order, revision=opened.instruction.revision, **self._step()
        )
        return self._ask(asked, Refused)

    def printed(self, grant: GrantReference) -> None:
        """The label is on paper."""
        self._record(Printed, grant, proof="process_id", at="2026-11-21T14:02:33.123+09:00")

    def voided(self, grant: GrantReference) -> None:
        """The label was scanned to void it."""
        self._record(Voided, grant, cause="recall", at="2026-11-21T14:03:00.000+09:00")

    def gone(self, grant: GrantReference) -> None:
        """The parcel is not at the bench."""
        self._record(Gone, grant)

    def lost_sight(self, grant: GrantReference) -> None:
        """A power cut between the point of no return and the proof of print."""
        self._record(Unknown, grant, reason="power cut")

    def not_printed(self, grant: GrantReference) -> None:
        """It did not begin."""
        refused = NotPrinted(request=new_identifier(), order=grant.order, grant=grant.grant, **self._step())
        self._ask(refused, Kept)

    def _record(self, kind: type[AnyRecord], grant: GrantReference, **facts: str) -> None:
        self._sequence += 1
        name = new_identifier()
        record = kind(request=name, journal=self._journal, sequence=self._sequence, grant=grant, **facts)  # type: ignore[arg-type]
        self._ask(record, Kept)

    def _step(self) -> dict[str, Any]:
        self._number += 1
        return {"boot": self._boot, "number": self._number}

    def _ask(self, request: AnyRequest, kind: type[R]) -> R:
        since = self._listener.mark()
        topics = self._listener.topics
        inbox = topics.of(InboxOf(self.station))
        self._listener.publish(topics.of(RequestFrom(self.station)), encode(request))

        def answer(message: Message) -> AnyReply | AnyPush | None:
            if message.topic != inbox:
                return None
            said = decode_inbox(message.payload)
            return said if getattr(said, "request", None) == request.request else None

        reply = answer(self._listener.wait_for(answer, since))
        assert isinstance(reply, kind), f"{type(request).__name__} was answered {reply}"
        return reply


@contextmanager
def bench_client(site: Site) -> Iterator[BenchClient]:
    """A station for the time of a block, with a name of its own: a grant that is left open is not the next one's."""
    station = f"station-{next(_numbers)}"
    with listening(site, site.topics.of(InboxOf(station))) as listener:
        yield BenchClient(listener, station)
