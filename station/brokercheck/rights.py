"""The rights: each that a role has, and each that it has not, tried by saying it and looking who hears it."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from station.brokercheck.call import Call, Ended, Verdict
from station.brokercheck.findings import Finding, Mark, judged
from station.brokercheck.identities import Identity
from station.brokercheck.visit import Visit
from station.protocol.topics import (
    FORMS,
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

OTHER = "broker-check-other"
"""A client that is none of those at hand: its topics are foreign to all of them."""
QUIET_S = 1.5
"""So long nothing comes any more that should not."""
REMEDY = "Make the rights anew (firmware_config/mosquitto/README.md has them as a table)"


@dataclass(slots=True)
class Saying:
    """One right, tried."""

    sayer: Identity
    address: Address
    payload: bytes
    verdict: Verdict
    heard_by: set[Identity] = field(default_factory=set)


def check_rights(visit: Visit) -> list[Finding]:
    """Two lines for each identity: what it may say, and what it hears. Raises Unreachable."""
    sayings = _tried(visit)
    if visit.anybody:
        return [_of_anybody(sayings)]
    findings = []
    for identity in visit.identities:
        findings += [_may_say(visit, identity, sayings), _hears(visit, identity, sayings)]
    return findings


def addresses_to_try(visit: Visit) -> list[Address]:
    """One of each kind, everybody's own and a stranger's."""
    names = [*(each.name for each in visit.identities), OTHER]
    order, hold = visit.order, f"h-{visit.nonce}"
    return [
        InstructionOf(order),
        HoldOn(order, hold),
        OutcomeOf(order, f"hold-{hold}"),
        ShipmentOf(order),
        StatusOfDesk(),
        QueryFrom(OTHER),
        AnswerTo(OTHER),
        *(RequestFrom(name) for name in names),
        *(InboxOf(name) for name in names),
        *(StatusOf(name) for name in names),
    ]


def _tried(visit: Visit) -> list[Saying]:
    lines = {each: _listening(visit, each) for each in visit.identities}
    try:
        sayings = [_say(visit, lines, sayer, address) for sayer in lines for address in addresses_to_try(visit)]
        _wait_for_what_is_due(visit, lines, sayings)
        time.sleep(QUIET_S)
        for saying in sayings:
            saying.heard_by = {
                hearer
                for hearer, line in lines.items()
                if any(heard.payload == saying.payload for heard in list(line.heard))
            }
        return sayings
    finally:
        for line in lines.values():
            line.close()


def _listening(visit: Visit, identity: Identity) -> Call:
    """Subscribed to all that it could name. A broker may refuse a subscription, or grant it and bring nothing."""
    topics = visit.topics
    patterns = [topics.pattern(kind) for kind in FORMS]
    patterns += [topics.of(kind(name)) for kind in (InboxOf, RequestFrom, StatusOf) for name in (identity.name, OTHER)]
    line = visit.call(identity)
    for pattern in [*patterns, f"{topics.prefix}/#"]:
        try:
            line.subscribe(pattern)
        except Ended:  # some brokers hang up on who asks for too much
            line.close()
            heard, line = line.heard, visit.call(identity)
            line.heard += heard
            for granted in [each for each in patterns if _is_rightful(visit, identity, each)]:
                line.subscribe(granted)
    return line


def _is_rightful(visit: Visit, identity: Identity, pattern: str) -> bool:
    return any(
        pattern in (visit.topics.of(address), visit.topics.pattern(type(address)))
        for address in addresses_to_try(visit)
        if identity.may_hear(address) and not (isinstance(address, InboxOf) and "+" in pattern)
    )


def _say(visit: Visit, lines: dict[Identity, Call], sayer: Identity, address: Address) -> Saying:
    payload = visit.words(address)
    verdict = lines[sayer].publish(visit.topics.of(address), payload)
    if lines[sayer].ended:
        heard = lines[sayer].heard
        lines[sayer].close()
        lines[sayer] = _listening(visit, sayer)
        lines[sayer].heard += heard
    return Saying(sayer, address, payload, verdict)


def _wait_for_what_is_due(visit: Visit, lines: dict[Identity, Call], sayings: Iterable[Saying]) -> None:
    until_s = time.monotonic() + 5.0
    for saying in sayings:
        for hearer, line in lines.items():
            if hearer is not saying.sayer and saying.sayer.may_say(saying.address) and hearer.may_hear(saying.address):
                line.hears(visit.topics.of(saying.address), saying.payload, max(0.0, until_s - time.monotonic()))


def _may_say(visit: Visit, sayer: Identity, sayings: list[Saying]) -> Finding:
    own = [each for each in sayings if each.sayer is sayer]
    tells = visit.versions.get(sayer) == "5"
    lacking, forbidden, untried = set(), set(), 0
    for each in own:
        kind = _shown(each.address, sayer)
        if not sayer.may_say(each.address):
            if each.heard_by or (tells and each.verdict is Verdict.TAKEN):
                forbidden.add(kind)
            elif not tells and not _could_be_heard(visit, each.address):
                untried += 1
        elif each.verdict is not Verdict.TAKEN or (_hearers(visit, each) and not each.heard_by):
            lacking.add(kind)
    granted = sum(sayer.may_say(each.address) for each in own)
    tried = f"{granted} of {granted} topics that are its own, 0 of {len(own) - granted - untried} others"
    return _finding(sayer, "say", tried, lacking, forbidden, untried)


def _hears(visit: Visit, hearer: Identity, sayings: list[Saying]) -> Finding:
    lacking, forbidden, heard, unheard = set(), set(), 0, 0
    for each in sayings:
        tells = visit.versions.get(each.sayer) == "5" and each.verdict is Verdict.TAKEN
        if each.sayer is hearer or not each.sayer.may_say(each.address) or not (tells or each.heard_by):
            continue  # that it was not said at all is its sayer's finding
        kind, rightful = _shown(each.address, hearer), hearer.may_hear(each.address)
        if hearer in each.heard_by:
            heard += 1
            if not rightful:
                forbidden.add(kind)
        else:
            unheard += 1
            if rightful:
                lacking.add(kind)
    if not heard + unheard:
        return Finding(Mark.NOT_TRIED, "rights", f"what {hearer} hears: nobody else is at hand who could say it")
    return _finding(hearer, "hear", f"{heard} of {heard} messages for it, 0 of {unheard} others", lacking, forbidden)


def _finding(
    identity: Identity, verb: str, tried: str, lacking: set[str], forbidden: set[str], untried: int = 0
) -> Finding:
    wrong = [f"cannot {verb} {', '.join(sorted(lacking))}"] if lacking else []
    wrong += [f"can {verb} {', '.join(sorted(forbidden))}, which it must not"] if forbidden else []
    rest = f"; {untried} not tried: nobody at hand could hear them" if untried else ""
    measured = f"{identity} {'; '.join(wrong)}" if wrong else f"{identity} can {verb} {tried}{rest}"
    return judged(not wrong, "rights", measured, needed="its own topics and no others", remedy=REMEDY)


def _of_anybody(sayings: list[Saying]) -> Finding:
    """Without identities there are no rights that could be kept; how much is open is tried all the same."""
    said = {type(each.address) for each in sayings if each.heard_by and not each.sayer.may_say(each.address)}
    if not said:
        remedy = "Give the site's identities (--keys or --config), for who has none is refused here"
        return Finding(Mark.NO, "rights", "what is said here is not heard", "", remedy)
    return Finding(
        Mark.NO,
        "rights",
        f"none: whoever reaches this broker can say what is another's to say, on {len(said)} kinds of topics",
        "each its own topics and no others",
        "Give each program its certificate and rights (docs/set-up.md, step 2); --without-rights where this is meant",
    )


def _hearers(visit: Visit, saying: Saying) -> list[Identity]:
    return [each for each in visit.identities if each is not saying.sayer and each.may_hear(saying.address)]


def _could_be_heard(visit: Visit, address: Address) -> bool:
    return any(each.may_hear(address) for each in visit.identities)


def _shown(address: Address, identity: Identity) -> str:
    """The topic for a person: of an order any, of a client its name or "another's"."""
    words = list(FORMS[type(address)])
    match address:
        case RequestFrom(owner) | InboxOf(owner) | StatusOf(owner) if owner != identity.name:
            name = "<another>"
        case RequestFrom(owner) | InboxOf(owner) | StatusOf(owner):
            name = owner
        case _:
            name = "+"
    return "/".join(word or name for word in words)
