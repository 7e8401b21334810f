"""The station and the desk: greeting, telling what the desk forgot, and saying things again until they are answered."""

from dataclasses import replace

from station.bench.core.doubting import drop_doubt, is_known
from station.bench.core.effects import BeginNewJournal, KnowDesk, MarkKept, Say
from station.bench.core.events import LinkDown, LinkUp, Welcomed
from station.bench.core.notices import Key
from station.bench.core.printing import withdraw
from station.bench.core.recalling import record_kept, take
from station.bench.core.state import (
    Asking,
    Away,
    Doubt,
    Doubting,
    Greeting,
    Idle,
    Pending,
    Printing,
    Ready,
    Telling,
    Withdrawing,
)
from station.bench.core.turn import Turn, open_order
from station.protocol.reply import HelloNeeded, JournalBehind, Kept
from station.protocol.request import MAX_HEARD, AnyRecord, GrantReference, Heard, Hello, Unknown, fitting


def link_up(turn: Turn, _event: LinkUp) -> None:
    """At every connection: hello."""
    greet(turn)


def link_down(turn: Turn, event: LinkDown) -> None:
    """Everything that waits for an answer waits on."""
    if not isinstance(turn.bench.link, Away):
        turn.audit("desk lost", detail=event.reason)
    turn.set(link=Away())


def hello_needed(turn: Turn, _reply: HelloNeeded) -> None:
    """The desk started anew, or never knew this boot."""
    if isinstance(turn.bench.link, Ready | Telling):
        greet(turn)


def journal_behind(turn: Turn, reply: JournalBehind) -> None:
    """This journal is an old copy of one that the desk knows better: it counts as lost."""
    if isinstance(turn.bench.link, Greeting) and turn.bench.link.request == reply.request:
        turn.audit("journal is an old copy", detail=f"the desk has {reply.last_sequence}")
        turn.wish(BeginNewJournal())


def welcomed(turn: Turn, event: Welcomed) -> None:
    """The desk says what it knows; what it lacks is sent again, and what it believes outstanding is looked into."""
    welcome, bench = event.welcome, turn.bench
    if not isinstance(bench.link, Greeting) or bench.link.request != welcome.request:
        return
    turn.set(first_sequence=event.first_sequence)
    if welcome.last_sequence + 1 < event.first_sequence:
        # A desk from an old copy lacks records that are past their time here: it has to know that they will not come.
        greet(turn)
        return
    turn.enter(KnowDesk(welcome.epoch, welcome.decision))
    turn.set(
        epoch=welcome.epoch,
        incarnation=welcome.incarnation,
        seen_decision=welcome.decision,
        outbox=_merged(event.lacking, bench.outbox, welcome.last_sequence),
        outbox_resend_at=turn.now,
        link=Telling(welcome.incarnation, event.heard) if welcome.want_holds else Ready(),
    )
    take(turn, welcome.recalls, welcome.number)
    for grant in welcome.settled:
        drop_doubt(turn, grant)
    for reference in welcome.outstanding:
        if not is_known(turn.bench, reference.grant):
            _doubt(turn, reference)
    _say_pending_again(turn)
    if turn.bench.notice.key is Key.NO_DESK and isinstance(turn.bench.session, Idle):
        turn.tell(Key.SCAN_SLIP)


def kept(turn: Turn, reply: Kept) -> bool:
    """The desk has a record, or what was told; whether it was one of these that the answer is for."""
    bench = turn.bench
    if bench.outbox and bench.outbox[0].request == reply.request:
        record = bench.outbox[0]
        turn.enter(MarkKept(record.sequence))
        turn.set(outbox=bench.outbox[1:], outbox_resend_at=turn.now)
        _say_pending_again(turn)
        if isinstance(record, Unknown):
            _unknown_kept(turn, record, settled=reply.settled)
        record_kept(turn, record)
        return True
    if isinstance(bench.link, Telling) and bench.link.request == reply.request:
        rest = bench.link.remaining[MAX_HEARD:]
        turn.set(link=Telling(bench.link.incarnation, rest) if rest else Ready())
        _say_pending_again(turn)
        return True
    return False


def _unknown_kept(turn: Turn, record: Unknown, *, settled: bool) -> None:
    """Settled before a restore, and forgotten by it: then the desk waits for a word that only a person here can say."""
    if settled:
        drop_doubt(turn, record.grant.grant)
    elif not is_known(turn.bench, record.grant.grant):
        turn.set(doubts=(*turn.bench.doubts, Doubt(record.grant)))


def say_what_is_due(turn: Turn) -> None:
    """Everything that waits for an answer, when its time has come."""
    bench, now = turn.bench, turn.now
    again = now + turn.rules.resend_s
    if isinstance(bench.link, Greeting):
        if now >= bench.link.resend_at:
            greet(turn, bench.link.request)
        return
    if isinstance(bench.link, Away):
        return
    if bench.outbox and now >= bench.outbox_resend_at:
        turn.set(outbox_resend_at=again)
        turn.wish(Say(bench.outbox[0]))
    if isinstance(bench.link, Telling) and not bench.outbox and now >= bench.link.resend_at:
        _tell_holds(turn, bench.link, again)
    pending = bench.pending
    if isinstance(bench.link, Ready) and pending is not None and not bench.outbox and now >= pending.resend_at:
        turn.set(pending=Pending(pending.step, again))
        turn.wish(Say(pending.step))


def _tell_holds(turn: Turn, link: Telling, again: float) -> None:
    request = link.request
    if not request:
        turn.set(asked=turn.bench.asked + 1)
        request = f"{turn.bench.identity.boot}.heard{turn.bench.asked}"
    part, rest = link.remaining[:MAX_HEARD], link.remaining[MAX_HEARD:]
    turn.set(link=replace(link, request=request, resend_at=again))
    turn.wish(Say(Heard(request=request, holds=part, incarnation=link.incarnation, more=bool(rest))))


def greet(turn: Turn, request: str = "") -> None:
    """Say hello: anew, or the same again. A permission asked for before is never used after it: the desk that hears
    this hello may not be the one that gave it."""
    turn.set(asked=turn.bench.asked + 1)
    bench = turn.bench
    request = request or f"{bench.identity.boot}.hello{bench.asked}"
    turn.set(link=Greeting(request, turn.now + turn.rules.resend_s))
    session = turn.bench.session
    if isinstance(session, Asking):
        withdraw(turn, session.packed, session.step.request)
    packed = open_order(turn.bench)
    hello = Hello(
        request=request,
        journal=bench.identity.journal,
        boot_number=bench.identity.boot_number,
        boot=bench.identity.boot,
        number=bench.asked,
        last_sequence=bench.last_sequence,
        first_sequence=bench.first_sequence,
        unresolved=fitting(_unresolved(turn)),
        first_step=bench.pending.step.number if bench.pending is not None else bench.asked + 1,
        open_order=packed.order.order if packed else "",
        epoch=bench.epoch,
        seen_decision=bench.seen_decision,
        software=turn.rules.software,
    )
    turn.wish(Say(hello))


def _unresolved(turn: Turn) -> tuple[GrantReference, ...]:
    match turn.bench.session:
        case Printing(grant=grant):
            own: tuple[GrantReference, ...] = (grant,)
        case Doubting(doubt=doubt):
            own = (doubt.grant,)
        case Withdrawing(begun_grant=GrantReference() as grant):
            own = (grant,)  # should this process end before the desk has it back, the journal says that it began
        case _:
            own = ()
    return (*own, *(doubt.grant for doubt in turn.bench.doubts))


def _merged(lacking: tuple[AnyRecord, ...], outbox: tuple[AnyRecord, ...], last_sequence: int) -> tuple[AnyRecord, ...]:
    """What the desk lacks, by its own word, each once and in order."""
    by_sequence = {record.sequence: record for record in (*lacking, *outbox) if record.sequence > last_sequence}
    return tuple(by_sequence[sequence] for sequence in sorted(by_sequence))


def _doubt(turn: Turn, grant: GrantReference) -> None:
    """A grant that this process does not remember: unknown, never free."""
    turn.record(Unknown, grant, reason="this station does not remember the grant")
    turn.set(doubts=(*turn.bench.doubts, Doubt(grant)))
    turn.audit("unknown grant outstanding", order=grant.order, detail=grant.grant)


def _say_pending_again(turn: Turn) -> None:
    if isinstance(turn.bench.link, Ready) and turn.bench.pending is not None:
        turn.set(pending=Pending(turn.bench.pending.step, turn.now))
