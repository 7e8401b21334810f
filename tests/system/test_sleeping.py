"""A process that slept, by SIGSTOP, wakes up with everything that it missed in its sockets: some of it is too late."""

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from station.protocol.reply import Granted, decode_inbox
from station.protocol.request import NotPrinted, decode_request
from station.protocol.topics import InboxOf, RequestFrom, Topics
from tests.system.bench import GRANT_WAIT_S
from tests.system.goods import SHELF
from tests.system.lines import Lines
from tests.system.processes import wait_for
from tests.system.shift import Shift
from tests.system.test_starting import TWO_UNITS
from tests.system.warehouse import PREFIX, Warehouse

TOPICS = Topics(PREFIX)


@pytest.fixture
def shift(short_folder: Path) -> Iterator[Shift]:
    with Shift(Warehouse(short_folder), 1, eventful=False) as at_work:
        at_work.packers[0].resting = True
        yield at_work


def test_a_grant_that_a_station_finds_when_it_wakes_up_too_late_is_given_back_and_not_used(shift: Shift) -> None:
    warehouse, bench = shift.warehouse, shift.warehouse.benches[0]
    lines = warehouse.lines
    assert lines is not None
    order = msgspec.structs.replace(shift.customers.order()[0], revision=2, lines=TWO_UNITS, packer_notes=())
    shift.customers.instructions[order.order, 2] = order
    shift.contact.wait_until_settled([shift.contact.ship(order)])
    bench.scan(order.slips[0])
    bench.view.wait_for("the order is open", lambda screen: screen.session == "packing")
    bench.scan(SHELF[TWO_UNITS[0].name])
    bench.view.wait_for("one unit", lambda screen: sum(line.counted for line in screen.lines) == 1)

    warehouse.desk.pause()
    bench.scan(SHELF[TWO_UNITS[1].name])
    bench.view.wait_for("asking", lambda screen: screen.session == "asking")
    bench.station.pause()
    warehouse.desk.resume()
    wait_for("the desk grants", lambda: _granted(lines))
    time.sleep(GRANT_WAIT_S)
    late = _granted(lines)
    bench.station.resume()

    bench.view.wait_for("printed", lambda screen: screen.notice == "printed" and not screen.unsent)
    assert late[0] in _given_back(lines)
    assert [each.grant for each in shift.contact.all_shipments()] == [_granted(lines)[-1]] != [late[0]]
    breaches = shift.judged()
    assert not breaches, "\n".join(breaches)


def _granted(lines: Lines) -> list[str]:
    said = [word for word in lines.words("desk") if word.topic == TOPICS.of(InboxOf("bench-1"))]
    replies = [decode_inbox(word.payload) for word in said]
    return [reply.grant.grant for reply in replies if isinstance(reply, Granted)]


def _given_back(lines: Lines) -> list[str]:
    said = [word for word in lines.words("bench-1") if word.topic == TOPICS.of(RequestFrom("bench-1"))]
    requests = [decode_request(word.payload) for word in said]
    return [request.grant for request in requests if isinstance(request, NotPrinted)]
