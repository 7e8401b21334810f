"""What a broker has to bring, and how fast: sizes, names, kept sessions, a long queue, round trips."""

import statistics
from dataclasses import fields

from station.brokercheck.call import ANSWER_S, Call, Ended, Heard, Verdict, elapsed_ms
from station.brokercheck.findings import Finding, Mark, judged
from station.brokercheck.identities import Talk, talks
from station.brokercheck.visit import Visit
from station.clock import elapsed_s
from station.protocol.codec import MAX_PAYLOAD_BYTES
from station.protocol.topics import HoldOn, InstructionOf, OutcomeOf, ShipmentOf

NOBODY = "these identities cannot talk to each other: give the desk's and a station's or a publisher's"
SIZES = (1_024, 8_192, 32_768, MAX_PAYLOAD_BYTES)
NAMES = ("A 1.2/3+#%$*>", "注文-𠮷/1番", "x" * 64, "𠮷" * 64)
"""Orders whose numbers hold what has a meaning in MQTT or in some broker, and the longest ones, in UTF-8 too."""
AWAY = 5
QUEUE = 3_000
"""Messages for a client that is away or stalls: three times what mosquitto keeps unless it is told otherwise."""
QUEUE_S = 30.0
QUIET_S = 2.5
"""A broker that brings nothing for so long has nothing more."""
ROUND_TRIPS = 30
MAX_ROUND_TRIP_MS = 250.0
"""A hold is answered within a second; that takes two trips, a commit, and sometimes a second request."""
NAGLE_MS = 12.0
"""So much more than without acknowledgements, and each answer waits for a delayed one (25 ms to 1 measured)."""
REDELIVERY_S = 40.0
"""A little longer than NATS takes unless it is told otherwise."""
SOON_S = 10.0


def check_sizes(visit: Visit) -> list[Finding]:
    """The largest message that the protocol allows, with QoS 0, as an instruction goes, and QoS 1."""
    ways = list(talks(visit.identities, [InstructionOf(visit.order)]))[:1] + visit.private_talks()[:1]
    if not ways:
        return [Finding(Mark.NOT_TRIED, "sizes", NOBODY)]
    largest = [_largest(visit, talk, qos) for talk in ways for qos in (0, 1)]
    return [
        judged(
            min(largest) >= MAX_PAYLOAD_BYTES,
            "sizes",
            f"messages of {min(largest):,} bytes arrive, with QoS 0 and 1",
            needed=f"{MAX_PAYLOAD_BYTES:,} bytes",
            remedy="Raise the broker's limit (mosquitto: message_size_limit and max_packet_size; NATS: max_payload)",
        )
    ]


def _largest(visit: Visit, talk: Talk, qos: int) -> int:
    """Of the sizes, the largest that arrives."""
    topic, arrived = visit.topics.of(talk.address), 0
    with visit.call(talk.hearer) as hearer, visit.call(talk.sayer) as sayer:
        hearer.subscribe(topic, qos)
        for size in SIZES:
            payload = visit.words(talk.address, size)
            if sayer.publish(topic, payload, qos=qos) is not Verdict.TAKEN or not hearer.hears(topic, payload):
                break
            arrived = size
    return arrived


def check_names(visit: Visit) -> list[Finding]:
    """Topics with the longest and the oddest names."""
    ways = talks(visit.identities, [OutcomeOf("", ""), ShipmentOf(""), InstructionOf(""), HoldOn("", "")])
    talk = next(ways, None)
    if talk is None:
        return [Finding(Mark.NOT_TRIED, "names", NOBODY)]
    kind = type(talk.address)
    arrived: dict[str, int] = {}
    with visit.call(talk.hearer) as hearer, visit.call(talk.sayer) as sayer:
        hearer.subscribe(visit.topics.pattern(kind))
        for name in NAMES:
            address = kind(*(name for _ in fields(kind)))
            topic, payload = visit.topics.of(address), visit.words(address)
            sayer.publish(topic, payload)
            if hearer.hears(topic, payload):
                arrived[name] = len(topic.encode())
    lost = [name[:20] for name in NAMES if name not in arrived]
    return [
        judged(
            not lost,
            "names",
            f"{len(arrived)} of {len(NAMES)} odd and long names arrive as they were said, the longest topic of "
            f"{max(arrived.values(), default=0)} bytes" + (f"; not {', '.join(map(repr, lost))}" if lost else ""),
            needed="all",
            remedy="This broker changes or refuses topics: take another, or no such order numbers",
        )
    ]


def check_sessions(visit: Visit) -> list[Finding]:
    """A kept session: what is said while its client is away, and what it has not acknowledged."""
    ways = visit.private_talks()
    if not ways:
        return [Finding(Mark.NOT_TRIED, "sessions", NOBODY)]
    talk = ways[0]
    topic = visit.topics.of(talk.address)
    try:
        with visit.call(talk.hearer, clean=False) as hearer:
            hearer.subscribe(topic)
        payloads = [visit.words() for _ in range(AWAY)]
        with visit.call(talk.sayer) as sayer:
            for payload in payloads:
                sayer.publish(topic, payload)
        back = visit.call(talk.hearer, clean=False, acknowledges=False)
        present, seen = back.session_present, _heard(back, topic, payloads)
        back.cut()
        with visit.call(talk.hearer, clean=False) as again:
            began_s = elapsed_s()
            redelivered = _count(again, topic, seen, REDELIVERY_S)
            after_s = elapsed_s() - began_s
        with visit.call(talk.hearer, clean=False) as last:
            last.wait(lambda: False, 1.0)
            repeated = _count(last, topic, seen, 0)
    finally:
        visit.call(talk.hearer).close()
    return [
        judged(
            present and len(seen) == AWAY,
            "sessions",
            f"{len(seen)} of {AWAY} messages came that were said while their receiver was away"
            + ("" if present else ", and its session was not there any more"),
            needed=f"all {AWAY}",
            remedy="Let the broker keep sessions and queues (mosquitto: max_queued_messages 1000000; NATS: JetStream)",
        ),
        _about_redelivery(len(seen), redelivered, after_s, repeated),
    ]


def _about_redelivery(seen: int, redelivered: int, after_s: float, repeated: int) -> Finding:
    measured = (
        f"{redelivered} of {seen} messages that were not acknowledged before the line was cut came again, "
        f"{after_s:.1f} s after the new connection; {repeated} that were acknowledged did"
    )
    good = redelivered == seen > 0 and not repeated
    if good and after_s > SOON_S:
        return Finding(Mark.NOTE, "sessions", measured, f"within {SOON_S:g} s", "NATS: set mqtt.ack_wait to 5s")
    remedy = "This broker does not wait for acknowledgements: take another"
    return judged(good, "sessions", measured, needed="all and 0", remedy=remedy)


def check_queue(visit: Visit) -> list[Finding]:
    """Thousands of messages for a client that is away."""
    ways = visit.private_talks()
    if not ways:
        return [Finding(Mark.NOT_TRIED, "queue", NOBODY)]
    talk = ways[0]
    topic = visit.topics.of(talk.address)
    payloads = [visit.words() for _ in range(QUEUE)]
    try:
        with visit.call(talk.hearer, clean=False) as hearer:
            hearer.subscribe(topic)
        with visit.call(talk.sayer) as sayer:
            taken = sayer.publish_all(topic, payloads, QUEUE_S)
        with visit.call(talk.hearer, clean=False) as back:
            arrived = _count_while_they_come(back, topic, payloads)
    finally:
        visit.call(talk.hearer).close()
    return [
        judged(
            taken == arrived == QUEUE,
            "queue",
            f"{arrived:,} of {QUEUE:,} messages reached a receiver that had been away; the broker had taken {taken:,}",
            needed="all",
            remedy="Raise the broker's limits (mosquitto: max_queued_messages 1000000, max_queued_bytes 0)",
        )
    ]


def check_latency(visit: Visit) -> list[Finding]:
    """Round trips of request and answer, acknowledged by hand, as station and desk have them."""
    pair = visit.there_and_back()
    if pair is None:
        return [Finding(Mark.NOT_TRIED, "latency", NOBODY)]
    plain_ms, acknowledged_ms = (_round_trips_ms(visit, *pair, qos=qos) for qos in (0, 1))
    median_ms, most_ms = statistics.median(acknowledged_ms), max(acknowledged_ms)
    bare_ms = statistics.median(plain_ms)
    waits = median_ms - bare_ms > NAGLE_MS
    measured = f"a round trip takes {median_ms:.1f} ms, {most_ms:.1f} at most; {bare_ms:.1f} without acknowledgements"
    if median_ms > MAX_ROUND_TRIP_MS:
        remedy = "Look for the slow part: the network, the broker's disk, its load"
    else:
        remedy = "Answers wait for delayed acknowledgements: turn TCP_NODELAY on (mosquitto: set_tcp_nodelay true)"
    return [
        judged(
            not waits and median_ms <= MAX_ROUND_TRIP_MS,
            "latency",
            measured,
            needed=f"at most {MAX_ROUND_TRIP_MS:.0f}, and {NAGLE_MS:.0f} for acknowledgements",
            remedy=remedy,
        )
    ]


def _round_trips_ms(visit: Visit, there: Talk, back: Talk, *, qos: int) -> list[float]:
    asked, answered = visit.topics.of(there.address), visit.topics.of(back.address)

    def reply(call: Call, heard: Heard) -> None:
        call.send(answered, heard.payload, qos)

    times_ms = []
    with visit.call(there.hearer, answer=reply) as answerer, visit.call(there.sayer) as asker:
        answerer.subscribe(asked, qos)
        asker.subscribe(answered, qos)
        for number in range(ROUND_TRIPS + 3):
            payload, began_s = visit.words(), elapsed_s()
            asker.send(asked, payload, qos)
            if not asker.hears(answered, payload):
                raise Ended(f"an answer from {there.hearer} to {there.sayer} did not come within {ANSWER_S:g} s")
            if number >= 3:  # the first ones meet a cold broker
                times_ms.append(elapsed_ms(began_s))
    return times_ms


def _heard(call: Call, topic: str, payloads: list[bytes], timeout_s: float = ANSWER_S) -> list[bytes]:
    """Which of these came."""
    wanted = set(payloads)

    def found() -> set[bytes]:
        return wanted & {each.payload for each in call.heard if each.topic == topic}

    call.wait(lambda: len(found()) == len(wanted), timeout_s)
    return list(found())


def _count(call: Call, topic: str, payloads: list[bytes], timeout_s: float) -> int:
    """How many of these came."""
    return len(_heard(call, topic, payloads, timeout_s))


def _count_while_they_come(call: Call, topic: str, payloads: list[bytes]) -> int:
    """The same, until all are there, or for a while none came."""
    until_s, arrived = elapsed_s() + QUEUE_S, -1
    while (more := _count(call, topic, payloads, QUIET_S)) > arrived and elapsed_s() < until_s:
        arrived = more
    return arrived
