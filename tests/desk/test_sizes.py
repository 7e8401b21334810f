"""The largest messages that the desk can be made to say stay within what a message may have."""

from station.desk.arrivals import MAX_INSTRUCTION_BYTES
from station.desk.core.order import MAX_HOLDS
from station.desk.core.publishers import PAGE
from station.protocol.codec import MAX_PAYLOAD_BYTES, encode
from station.protocol.instruction import Line
from station.protocol.outcome import OutcomeKind
from station.protocol.reply import Granted, Opened
from station.protocol.request import MAX_HEARD, MAX_UNRESOLVED, GrantReference, Heard, HeardHold
from tests.desk.conftest import greeted
from tests.desk.driver import ORDER, Bench, Desk, hold, instruction, refused
from tests.label.orders import pieces


def longest(number: int = 0, length: int = 64) -> str:
    """As many characters as a name may have, of four bytes each."""
    return f"{number:03}" + "𠮷" * (length - 3)


def grant(number: int) -> GrantReference:
    return GrantReference(
        grant=longest(number),
        order=longest(number),
        revision=1_000_000,
        reprint=2**53 - 1,
        tracking_numbers=("9" * 20,) * 20,
    )


def test_the_largest_instruction_is_told_to_the_station_that_opens_it(desk: Desk, bench: Bench) -> None:
    name = longest(1)
    line = Line(codes=("4901234567894",) * 8, name="煎" * 100, quantity=9_999)
    lines = 1
    while True:
        largest = instruction(order=name, slips=(name,), pieces=pieces(20), lines=(line,) * (lines + 1))
        if len(encode(largest)) > MAX_INSTRUCTION_BYTES:
            break
        lines += 1
    largest = instruction(order=name, slips=(name,), pieces=pieces(20), lines=(line,) * lines)
    assert desk.instruct(largest).outcome("revision-1", name).outcome is OutcomeKind.ACCEPTED
    opened = bench.open(name)
    assert isinstance(opened, Opened)
    assert MAX_INSTRUCTION_BYTES * 0.95 < max(desk.sizes) <= MAX_PAYLOAD_BYTES


def test_the_most_holds_with_the_longest_notes_are_refused_and_told_within_the_size(desk: Desk, bench: Bench) -> None:
    bench.opened()
    long = {"note": longest(length=200), "by": longest(length=200), "at": longest(length=40)}
    for number in range(MAX_HOLDS):
        desk.hold(hold(longest(number), **long))
    desk.sizes.clear()
    assert len(refused(bench.print()).holds) > 1
    bench.close()
    assert len(refused(bench.open()).holds) > 1
    bench.greet()
    assert max(desk.sizes) <= MAX_PAYLOAD_BYTES


def test_a_welcome_with_the_most_grants_stays_within_the_size(desk: Desk, bench: Bench) -> None:
    settled = [grant(number) for number in range(MAX_UNRESOLVED)]
    bench.greet(*settled)
    for each in settled:
        desk.resolve(each, printed=False)
    bench.greet(*(grant(number + MAX_UNRESOLVED) for number in range(MAX_UNRESOLVED)))
    welcome = bench.greet(*settled)
    assert len(welcome.settled) == len(welcome.outstanding) == MAX_UNRESOLVED
    assert max(desk.sizes) <= MAX_PAYLOAD_BYTES


def test_a_page_of_the_longest_shipments_stays_within_the_size(desk: Desk) -> None:
    bench = greeted(desk, longest(length=50))
    for number in range(PAGE):
        bench.printed(grant(number), packer=longest(), at=longest(length=40))
    desk.sizes.clear()
    assert len(desk.shipments()) == PAGE
    assert max(desk.sizes) <= MAX_PAYLOAD_BYTES


def test_the_most_holds_that_a_station_tells_at_once_fit_in_a_message() -> None:
    long = hold(longest(), note=longest(length=200), by=longest(length=200), at=longest(length=40))
    heard = Heard(
        request=longest(),
        holds=(HeardHold(order=longest(), hold=long),) * MAX_HEARD,
        incarnation=longest(),
        more=True,
    )
    assert len(encode(heard)) <= MAX_PAYLOAD_BYTES


def test_a_grant_with_the_most_pieces_is_granted(desk: Desk, bench: Bench) -> None:
    desk.instruct(instruction(2, pieces=pieces(20)))
    bench.opened()
    answer = bench.print(revision=2)
    assert isinstance(answer, Granted)
    assert len(answer.grant.tracking_numbers) == 20
    assert answer.grant.order == ORDER
