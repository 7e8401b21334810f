"""What a broker says of who is there: retained words, last wills, client ids; and that nothing of ours is left."""

from station.brokercheck.call import ANSWER_S, Unreachable, Verdict
from station.brokercheck.findings import Finding, Mark, judged
from station.brokercheck.identities import Identity, Talk, status_addresses
from station.brokercheck.visit import Visit
from station.clock import elapsed_s
from station.protocol.rights import Role

NOBODY = "these identities have no retained word in common: give the desk's and a station's"
RETAINED_S = 5.0
"""A broker of several nodes may bring it late."""
GONE_S = 1.5


def check_retained(visit: Visit) -> list[Finding]:
    """A retained status: there at subscription, by its topic and by a wildcard; replaced; and taken away."""
    ways = visit.status_talks()
    if not ways:
        return [Finding(Mark.NOT_TRIED, "retained", NOBODY)]
    talk = ways[0]
    topic, pattern = visit.topics.of(talk.address), _wildcard(visit, talk)
    before = _retained(visit, talk.hearer, topic)
    try:
        wrong = _wrong_about_retained(visit, talk, topic, pattern)
    finally:
        with visit.call(talk.sayer) as sayer:
            sayer.publish(topic, before or b"", retain=True)
    return [
        judged(
            not wrong,
            "retained",
            "; ".join(wrong)
            if wrong
            else "a status is there at subscription, by topic and by wildcard, is replaced, goes",
            needed="all of it",
            remedy="Let the broker keep retained messages (mosquitto: retain_available true); else take another",
        )
    ]


def _wildcard(visit: Visit, talk: Talk) -> str:
    """As the hearer subscribes to it: ``stations/+/status``; for the desk's, which has no name in it, itself."""
    return visit.topics.pattern(type(talk.address))


def _wrong_about_retained(visit: Visit, talk: Talk, topic: str, pattern: str) -> list[str]:
    with visit.call(talk.sayer) as sayer:
        first, second = visit.words(), visit.words()
        if sayer.publish(topic, first, retain=True) is not Verdict.TAKEN:
            return ["the broker does not take one"]
        wrong = [
            f"not there for who subscribes to {each}"
            for each in dict.fromkeys((topic, pattern))
            if _retained(visit, talk.hearer, each, first, topic) != first
        ]
        sayer.publish(topic, second, retain=True)
        if _retained(visit, talk.hearer, topic, second) != second:
            wrong.append("not replaced by a newer one")
        sayer.publish(topic, b"", retain=True)
        if _retained(visit, talk.hearer, topic, gone=True) is not None:
            wrong.append("not taken away by an empty one")
    return wrong


def _retained(
    visit: Visit,
    hearer: Identity,
    pattern: str,
    wanted: bytes | None = None,
    topic: str | None = None,
    *,
    gone: bool = False,
) -> bytes | None:
    """The newest retained word that a subscription brings; waits for ``wanted``, or that nothing comes."""
    until_s = elapsed_s() + RETAINED_S
    while True:
        with visit.call(hearer) as call:
            call.subscribe(pattern)
            if wanted is not None:
                call.hears(topic or pattern, wanted, GONE_S)
            else:
                call.wait(lambda: call.heard, GONE_S)
            found = [each.payload for each in call.heard if each.retained and each.topic == (topic or pattern)]
        newest = found[-1] if found else None
        settled = newest == wanted if wanted is not None else newest is None or not gone
        if settled or elapsed_s() > until_s:
            return newest


def check_wills(visit: Visit) -> list[Finding]:
    """The last will of a client whose line is cut."""
    ways = visit.status_talks()
    if not ways:
        return [Finding(Mark.NOT_TRIED, "wills", NOBODY)]
    talk = ways[0]
    topic, will = visit.topics.of(talk.address), visit.words()
    before = _retained(visit, talk.hearer, topic)
    try:
        with visit.call(talk.hearer) as hearer:
            hearer.subscribe(topic)
            mortal = visit.call(talk.sayer, will=(topic, will))
            began_s = elapsed_s()
            mortal.cut()
            came = hearer.hears(topic, will)
            took_s = elapsed_s() - began_s
        kept = came and _retained(visit, talk.hearer, topic, will) == will
    finally:
        with visit.call(talk.sayer) as sayer:
            sayer.publish(topic, before or b"", retain=True)
    said = f"came {took_s:.2f} s after" if came else "did not come after"
    return [
        judged(
            kept,
            "wills",
            f"the last will of {talk.sayer.name} {said} its line was cut"
            + (", but is not retained" if came and not kept else ""),
            needed=f"within {ANSWER_S:g} s, and retained",
            remedy="Allow wills on the status topics, retained ones too; else take another broker",
        )
    ]


def check_client_ids(visit: Visit) -> list[Finding]:
    """Whether a program that starts again gets its place at once, and whether a stranger could take it."""
    identity = visit.identities[0]
    first = visit.call(identity, "-id")
    try:
        second = visit.call(identity, "-id")
    except Unreachable as error:
        first.close()
        return [
            judged(
                False,
                "client-ids",
                f"a second client with an id that is taken is not let in: {error}",
                needed="it takes over",
                remedy="A station could not come back after a power cut: let the newer one take over",
            )
        ]
    with first, second:
        evicted = first.wait(lambda: first.ended)
    finding = judged(
        evicted,
        "client-ids",
        "a second client with the same id takes the first one's place"
        if evicted
        else "two clients with one id stand side by side",
        needed="the newer one takes over",
        remedy="This is not MQTT (5, section 3.1.4): take another broker",
    )
    return [finding, *_strangers(visit)]


def _strangers(visit: Visit) -> list[Finding]:
    """Whether a program's id can be taken with another's certificate."""
    if visit.anybody or len(visit.identities) < 2:
        return []
    programs = [each for each in visit.identities if each.role in (Role.DESK, Role.STATION)]
    ids = {each: _id_at_broker(visit, each) for each in programs}
    takers = [
        f"{stranger.name} that of {victim.name}"
        for victim in programs
        for stranger in visit.identities
        if stranger is not victim and _takes_over(visit, stranger, victim, ids[victim])
    ]
    if not takers:
        return [Finding(Mark.OK, "client-ids", "the id of desk or station can be taken with no other's certificate")]
    remedy = (
        "That puts the other off line for a moment, and it loses messages: where the broker can, tie the ids to "
        "the certificates (mosquitto: use_username_as_clientid)"
    )
    return [Finding(Mark.NOTE, "client-ids", f"these take an id: {', '.join(takers)}", "", remedy)]


def _id_at_broker(visit: Visit, identity: Identity) -> str:
    """Its own name where the broker ties ids to certificates: then two with different ids evict each other."""
    with visit.call(identity) as first, visit.call(identity, "-other"):
        tied = first.wait(lambda: first.ended, 0.5)
    return identity.name if tied else visit.client_id(identity)


def _takes_over(visit: Visit, stranger: Identity, victim: Identity, its_id: str) -> bool:
    with visit.call(victim) as rightful:
        try:
            visit.call(stranger, as_id=its_id).close()
        except Unreachable:
            return False
        return rightful.wait(lambda: rightful.ended, 0.5)


def check_left_behind(visit: Visit) -> list[Finding]:
    """That nothing of this check stays: no session, no retained word."""
    left = []
    for identity in visit.identities:
        call = visit.call(identity, clean=False)
        if call.session_present:
            left.append(f"a session of {identity.name}")
        for address in status_addresses(visit.identities):
            if identity.may_hear(address):
                call.subscribe(visit.topics.pattern(type(address)))
        call.wait(lambda: False, 0.5)
        left += [each.topic for each in call.heard if each.retained and visit.nonce.encode() in each.payload]
        call.close()
        visit.call(identity).close()
    return [
        judged(
            not left,
            "left-behind",
            f"of this check there is still {', '.join(sorted(set(left)))}" if left else "nothing of this check",
            needed="nothing",
            remedy="Clear it by hand; a broker that keeps what was taken away is not fit",
        )
    ]
