"""What became of a grant: the records of stations, and a supervisor's word for one that will not come back."""

from dataclasses import replace
from typing import assert_never

from station.desk.core import recalls
from station.desk.core.answers import Messages, changed_answers, tell_of_revision
from station.desk.core.contents import as_granted
from station.desk.core.facts import (
    AddShipment,
    Change,
    Decision,
    Facts,
    FreeSerials,
    Note,
    SaveOrder,
    SaveStation,
    SettleGrant,
    Station,
)
from station.desk.core.order import Granted, InDoubt, Order, Packing, Shipped
from station.desk.core.serials import told_of_repeat
from station.protocol.outcome import ProofName, Shipment
from station.protocol.reply import HelloNeeded, Kept, NotUnderstood, Settled
from station.protocol.request import (
    AnyRecord,
    Gone,
    GrantReference,
    NoLabel,
    Printed,
    Resolve,
    ScannedBack,
    Unknown,
    Voided,
)
from station.protocol.topics import InboxOf, ShipmentOf


def record_said(facts: Facts, client: str, record: AnyRecord) -> Decision:
    """Keep a record, once; a later double is only told so."""
    station = facts.station(client)
    inbox = InboxOf(client)
    unknown_journal = record.journal != station.journal or station.greeted != facts.desk.incarnation
    if unknown_journal or record.sequence > station.last_sequence + 1:
        return Decision(messages=((inbox, HelloNeeded(request=record.request)),))
    settled = isinstance(record, Unknown) and facts.fate(record.grant.grant) is not None
    kept = Kept(request=record.request, settled=settled)
    if record.sequence <= station.last_sequence:
        return Decision(messages=((inbox, kept),))
    after = replace(station, last_sequence=record.sequence)
    changes, messages = _apply(facts, after, record)
    if not any(isinstance(change, SaveStation) for change in changes):
        changes = (*changes, SaveStation(after))
    return Decision(changes=changes, messages=((inbox, kept), *messages))


def resolve_requested(facts: Facts, client: str, request: Resolve) -> Decision:
    """A supervisor says how a grant ended whose station will not say it."""
    inbox = InboxOf(client)
    if client not in facts.supervisors:
        reason = f"{client} is not among the desk's supervisors; see supervisors in desk.toml"
        return Decision(messages=((inbox, NotUnderstood(request=request.request, reason=reason)),))
    order = facts.order(request.order)
    if facts.fate(request.grant) is not None:
        return Decision(messages=((inbox, Kept(request=request.request, settled=True)),))
    if order is None or (claim := order.grant(request.grant)) is None:
        reason = f"order {request.order} has no outstanding grant {request.grant}"
        return Decision(messages=((inbox, NotUnderstood(request=request.request, reason=reason)),))
    if request.printed:
        station = facts.station(claim.station)
        changes, messages = _printed(
            facts,
            station,
            claim.grant,
            proof="person",
            packer=request.by,
            at="",
            without_permission=claim.grant.without_permission,
        )
    else:
        changes, messages = _no_label(facts, order, claim, still_open=False)
    note = Note(order.order, "resolved by a person", claim.station, f"{request.by}: printed={request.printed}")
    push = Settled(order=order.order, grant=request.grant, printed=request.printed)
    kept = Kept(request=request.request)
    return Decision(changes=(*changes, note), messages=((inbox, kept), (InboxOf(claim.station), push), *messages))


def _apply(facts: Facts, station: Station, record: AnyRecord) -> tuple[tuple[Change, ...], Messages]:
    match record:
        case Printed():
            return _printed(
                facts,
                station,
                record.grant,
                proof=record.proof,
                packer=record.packer,
                at=record.at,
                without_permission=record.without_permission,
                is_news=_is_news(station, record),
            )
        case Unknown():
            return _unknown(facts, station, record)
        case NoLabel():
            grant = record.grant
            order = facts.order(grant.order) or Order(grant.order)
            if (claim := order.grant(grant.grant)) is not None:
                told = replace(claim, station=station.station)
                return _no_label(facts, order, told, still_open=_is_still_open(station, record))
            if facts.fate(grant.grant) is not None:
                return (), ()
            # A desk from an old copy never knew this grant; its mark is used all the same.
            settled = SettleGrant(grant.grant, grant.order, "not_printed")
            return (SaveOrder(order.marked(grant.reprint)), settled), ()
        case ScannedBack():
            return (Note(record.grant.order, "scanned back", station.station, _how_scanned(record)),), ()
        case Voided():
            return recalls.voided(facts, station, record)
        case Gone():
            return recalls.gone(facts, station, record)
        case _ as never:
            assert_never(never)


def _is_news(station: Station, record: Printed) -> bool:
    """Whether the parcel may still be at the bench: nothing came after this label that the station's hello told of."""
    is_last = record.sequence == station.promised_sequence and station.open_order in ("", record.grant.order)
    return record.sequence > station.promised_sequence or is_last


def _printed(
    facts: Facts,
    station: Station,
    grant: GrantReference,
    *,
    proof: ProofName,
    packer: str,
    at: str,
    without_permission: bool = False,
    is_news: bool = False,
) -> tuple[tuple[Change, ...], Messages]:
    """A label came out: one shipment record, whatever else the desk believed."""
    if facts.fate(grant.grant) == "printed":
        return (), ()
    order, dropped, refusal = as_granted(facts, facts.order(grant.order) or Order(grant.order), grant)
    at = at or facts.at
    void = order.voids[-1] if order.voids else None
    shipment = Shipment(
        number=facts.last_shipment() + 1,
        order=grant.order,
        grant=grant.grant,
        station=station.station,
        revision=grant.revision,
        tracking_numbers=grant.tracking_numbers,
        proof=proof,
        reprint=grant.reprint,
        irregular="reprint" if order.shipped else void.cause if void else "",
        replaces=order.shipped.grant if order.shipped else void.grant.grant if void else "",
        without_permission=without_permission,
        packer=packer,
        units=order.with_known_units(grant).units,
        supervisor=grant.supervisor,
        unscanned=grant.unscanned,
        printed_at=at,
        kept_at=facts.at,
    )
    bench = replace(station, bench_order=grant.order)
    if order.is_void(grant.tracking_numbers, grant.reprint):  # a desk from an old copy may hear of the void first
        after = order.not_printed(grant.grant, None).marked(grant.reprint)
    else:
        shipped = Shipped(
            station.station,
            grant.grant,
            grant.revision,
            grant.tracking_numbers,
            at,
            grant.content,
            grant.reprint,
            None if proof == "person" else facts.age_s,
            grant.goods,
        )
        after = order.printed(shipped, grant.reprint)
        after = recalls.just_printed(facts, bench, order, after) if is_news else after
    detail = f"{grant.grant} revision {grant.revision} proof {proof}"
    repeat = told_of_repeat(facts, grant.order, station.station, shipment.units) if without_permission else ()
    # What was in a parcel that was packed anew after a swap's void is in the warehouse again.
    anew = order.shipped is None and bool(order.voids and shipment.units) and not after.outstanding
    changes: tuple[Change, ...] = (
        *dropped,
        *repeat,
        SaveOrder(after),
        *((FreeSerials(grant.order),) if anew else ()),
        AddShipment(shipment),
        SettleGrant(grant.grant, grant.order, "printed"),
        Note(grant.order, "printed without permission" if without_permission else "printed", station.station, detail),
        SaveStation(bench),
    )
    messages = (
        (ShipmentOf(grant.order), shipment),
        *changed_answers(facts, order, after),
        *refusal,
        *recalls.tell_change(facts, order, after),
    )
    return changes, messages


def _unknown(facts: Facts, station: Station, record: Unknown) -> tuple[tuple[Change, ...], Messages]:
    """A grant in doubt. One that this desk does not know is one that it forgot: never free."""
    grant = record.grant
    order = facts.order(grant.order) or Order(grant.order)
    if facts.fate(grant.grant) is not None or order.is_void(grant.tracking_numbers, grant.reprint):
        return (), ()
    order, dropped, refusal = as_granted(facts, order, grant)
    after = order.with_doubt(InDoubt(station.station, station.boot, grant))
    beside = "" if after.claim is not order.claim else " beside another grant"
    note = Note(order.order, f"unknown{beside}", station.station, f"{grant.grant}: {record.reason}")
    return (*dropped, SaveOrder(after), note), changed_answers(facts, order, after) + refusal


def _how_scanned(record: ScannedBack) -> str:
    """Who looks at an order's life sees a box that nobody scanned, and labels that were nearly swapped."""
    how = f"let pass by supervisor {record.supervisor}" if record.supervisor else "scanned"
    return f"{record.grant.grant} {how}" + (f", {record.wrong} wrong before" if record.wrong else "")


def _is_still_open(station: Station, record: NoLabel) -> bool:
    """Whether the order is open at the station; of a record that a restored desk is told again, its hello knows."""
    is_told_again = record.sequence <= station.promised_sequence
    return record.open_in == station.boot and not (is_told_again and station.open_order != record.grant.order)


def _no_label(
    facts: Facts, order: Order, claim: Granted | InDoubt, *, still_open: bool
) -> tuple[tuple[Change, ...], Messages]:
    """A person looked and found no label. What is printed next is marked: one may lie somewhere after all."""
    freed = order.not_printed(claim.grant.grant, None)
    # A restored desk may know of the grant and not of the instruction: what it cannot give is open nowhere.
    can_be_packed = freed.newest is not None and facts.has_instruction(order.order, freed.newest.revision)
    back = Packing(claim.station, reprint=order.shipped is not None) if still_open and can_be_packed else None
    after = replace(freed, claim=freed.claim or back).marked(claim.grant.reprint)
    newer = tell_of_revision(facts, after) if after.newest != order.newest else ()
    return (
        SaveOrder(after),
        SettleGrant(claim.grant.grant, order.order, "not_printed"),
        Note(order.order, "no label came out", claim.station, claim.grant.grant),
    ), changed_answers(facts, order, after) + newer
