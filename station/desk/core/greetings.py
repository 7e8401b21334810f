"""How a station and the desk find out what each of them forgot."""

from collections.abc import Iterable
from dataclasses import replace

from station.desk.core import recalls
from station.desk.core.answers import (
    Messages,
    answers_after_catching_up,
    changed_answers,
    tell_of_holds,
    tell_of_revision,
)
from station.desk.core.contents import as_granted
from station.desk.core.facts import (
    Change,
    Decision,
    Desk,
    Facts,
    HoldArrived,
    HoldToldAgain,
    Note,
    SaveDesk,
    SaveOrder,
    SaveStation,
    Station,
)
from station.desk.core.order import Granted, InDoubt, Order, Packing
from station.desk.core.publishers import hold_arrived
from station.protocol.reply import HelloNeeded, JournalBehind, Kept, NotUnderstood, Welcome
from station.protocol.request import DoWithout, GrantReference, Heard, Hello, fitting
from station.protocol.topics import InboxOf

MAX_FORMER = 20
"""Journals of a station that are remembered: more than it wears out disks."""


def hello_said(facts: Facts, client: str, hello: Hello) -> Decision:
    """Welcome a station, and tell it what the desk knows of it."""
    known = facts.station(client)
    if known.boot == hello.boot and hello.number < known.last_hello:
        return Decision()
    if _is_old_copy(known, hello):
        behind = JournalBehind(request=hello.request, last_sequence=known.last_sequence, boot_number=known.boot_number)
        return Decision(messages=((InboxOf(client), behind),))
    desk, changes = _noticed_restore(facts, hello)
    station = _greeted(known, hello, facts.desk)
    released = _released(facts, desk, known, hello)
    taken, settled, messages = _unresolved(facts, station, hello)
    claimed = {order.order: order for order in facts.claimed_by(client)} | {
        change.order.order: change.order for change in taken if isinstance(change, SaveOrder)
    }
    welcome = Welcome(
        request=hello.request,
        epoch=desk.epoch,
        decision=desk.decision,
        last_sequence=station.last_sequence,
        outstanding=_outstanding(claimed.values(), client),
        settled=settled,
        want_holds=station.heard != desk.incarnation,
        want_releases=client in desk.waits_for,
        recalls=recalls.call_backs(facts, client),
        number=facts.number,
    )
    return Decision(
        changes=(*changes, SaveStation(station), *released, *taken),
        messages=((InboxOf(client), welcome), *messages, *_missed(facts, known, hello)),
    )


def hold_told_again(facts: Facts, event: HoldToldAgain) -> Decision:
    """A hold that a station heard: one that this desk forgot, or whose release it forgot."""
    order = facts.order(event.order)
    known = order.holds.get(event.hold.hold) if order is not None else None
    if event.incarnation != facts.desk.incarnation or (known is not None and event.hold.state == "active"):
        return Decision()
    return hold_arrived(facts, HoldArrived(event.order, event.hold, told_again=True))


def holds_told(facts: Facts, client: str, heard: Heard) -> Decision:
    """A station told holds, each of which was taken before this; with the last of them it is caught up."""
    desk, station, inbox = facts.desk, facts.station(client), InboxOf(client)
    if heard.incarnation != desk.incarnation or station.last_sequence < station.promised_sequence:
        return Decision(messages=((inbox, HelloNeeded(request=heard.request)),))
    kept = ((inbox, Kept(request=heard.request)),)
    if heard.more:
        return Decision(messages=kept)
    changes, answers = _no_longer_waits(facts, client)
    return Decision((SaveStation(replace(station, heard=desk.incarnation)), *changes), (*kept, *answers))


def do_without(facts: Facts, client: str, request: DoWithout) -> Decision:
    """A supervisor's word that a restored desk need not wait for a station that will not come back."""
    inbox = InboxOf(client)
    if client not in facts.supervisors:
        reason = f"{client} is not among the desk's supervisors; see supervisors in desk.toml"
        return Decision(messages=((inbox, NotUnderstood(request=request.request, reason=reason)),))
    changes, answers = _no_longer_waits(facts, request.station)
    note = Note("", "a person does without a station", request.station, request.by)
    return Decision((*changes, note), ((inbox, Kept(request=request.request)), *answers))


def _no_longer_waits(facts: Facts, station: str) -> tuple[tuple[Change, ...], Messages]:
    """A station that was waited for has told all; with the last of them it is known what holds have come to."""
    desk = facts.desk
    if station not in desk.waits_for:
        return (), ()
    after = replace(desk, waits_for=desk.waits_for - {station})
    return (SaveDesk(after),), () if after.waits_for else answers_after_catching_up(facts)


def _is_old_copy(known: Station, hello: Hello) -> bool:
    """Whether the journal lacks what the desk already has from it. Late doubles of old hellos look the same."""
    if known.journal != hello.journal:
        return hello.journal in known.former
    if hello.boot_number == known.boot_number:
        return hello.boot != known.boot or hello.last_sequence < known.last_sequence
    return hello.boot_number < known.boot_number or hello.last_sequence < known.last_sequence


def _noticed_restore(facts: Facts, hello: Hello) -> tuple[Desk, tuple[Change, ...]]:
    """A station that knows a decision which this desk has not made proves the desk an old copy of itself."""
    desk = facts.desk
    if hello.epoch != desk.epoch or hello.seen_decision <= desk.decision:
        return desk, ()
    caught_up = {name for name in facts.roster if facts.station(name).heard == desk.incarnation}
    restored = replace(desk, epoch=facts.fresh, decision=hello.seen_decision, waits_for=facts.roster - caught_up)
    return restored, (SaveDesk(restored), Note("", "the desk is a restored copy: new epoch", detail=restored.epoch))


def _greeted(known: Station, hello: Hello, desk: Desk) -> Station:
    same_journal, same_boot = known.journal == hello.journal, known.boot == hello.boot
    former = known.former if same_journal or not known.journal else (known.journal, *known.former)
    last_number = known.last_number if same_boot else 0
    # To a desk from an old copy, late doubles of steps that it forgot are new: the station knows better.
    given_up = hello.first_step - 1
    return replace(
        known,
        former=former[:MAX_FORMER],
        journal=hello.journal,
        boot=hello.boot,
        boot_number=hello.boot_number,
        last_sequence=max(known.last_sequence if same_journal else 0, hello.first_sequence - 1),
        promised_sequence=hello.last_sequence,
        open_order=hello.open_order,
        bench_order=known.bench_order if hello.open_order in ("", known.bench_order) else "",
        last_number=max(last_number, given_up),
        last_reply=known.last_reply if same_boot and last_number > given_up else None,
        last_hello=hello.number,
        greeted=desk.incarnation,
        heard=known.heard if same_boot else "",
    )


def _released(facts: Facts, desk: Desk, known: Station, hello: Hello) -> tuple[SaveOrder, ...]:
    """A station that has started anew has no order open; one that an old copy knows may have another one by now."""
    if known.boot == hello.boot and known.station not in desk.waits_for:
        return ()
    return tuple(
        SaveOrder(replace(order, claim=None))
        for order in facts.claimed_by(known.station)
        if isinstance(order.claim, Packing) and order.order != hello.open_order
    )


def _missed(facts: Facts, known: Station, hello: Hello) -> Messages:
    """What a station may have missed of its open order while it was not connected, or when the broker forgot."""
    if known.boot != hello.boot:
        return ()
    still_open = [order for order in facts.claimed_by(known.station) if isinstance(order.claim, Packing)]
    told = ((*tell_of_holds(order), *tell_of_revision(facts, order)) for order in still_open)
    return tuple(message for messages in told for message in messages)


def _unresolved(facts: Facts, station: Station, hello: Hello) -> tuple[tuple[Change, ...], tuple[str, ...], Messages]:
    """Grants that the station knows. One that the desk does not is one that it forgot: in doubt, never free."""
    taken: dict[str, SaveOrder] = {}
    dropped: tuple[Change, ...] = ()
    settled: list[str] = []
    messages: Messages = ()
    for grant in hello.unresolved:
        if facts.fate(grant.grant) is not None:
            settled.append(grant.grant)
            continue
        before = taken[grant.order].order if grant.order in taken else facts.order(grant.order) or Order(grant.order)
        if before.grant(grant.grant) is not None or before.is_void(grant.tracking_numbers, grant.reprint):
            continue
        before, gone, refusal = as_granted(facts, before, grant)
        after = before.with_doubt(InDoubt(station.station, station.boot, grant))
        taken[grant.order], dropped = SaveOrder(after), (*dropped, *gone)
        messages += changed_answers(facts, before, after) + refusal
    return (*dropped, *taken.values()), tuple(settled), messages


def _outstanding(orders: Iterable[Order], client: str) -> tuple[GrantReference, ...]:
    grants = [
        order.claim.grant
        for order in orders
        if isinstance(order.claim, Granted | InDoubt) and order.claim.station == client
    ]
    return fitting(grants)
