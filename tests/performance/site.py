"""Figures of a whole site: broker, desk with label, station, printer; orders packed one after the other."""

import json
import os
import socket
import time
from collections.abc import Callable
from typing import NamedTuple

from station.protocol.topics import OutcomeOf, ShipmentOf
from tests.performance import memory
from tests.performance.floors import STAMP
from tests.performance.orders import ITEM
from tests.performance.publisher import Publisher
from tests.performance.report import Aim, Figure, milliseconds
from tests.performance.rig import Rig
from tests.performance.steps import OUTCOMES, instruct, topics

PACKER_S = 0.15
"""Between slip and item, and between orders: a packer takes longer. The labels are drawn in this time."""
WARM_UP = 10


def packed_orders(rig: Rig, orders: int) -> list[Figure]:
    """From the last matching scan to the first byte at the printer, and what the programs then weigh."""
    desk = rig.program("desk", rig.desk_words("desk", label=True))
    tap = rig.printer()
    scanner, node = rig.terminal()
    (rig.folder / "scanner").symlink_to(node)
    station = rig.program("station", rig.station_words(tap.port))
    station.wait_for("the station's screen", (rig.folder / "screen").exists)
    screen, floor = Screen(rig), PrintFloor(rig)
    publisher = Publisher(rig.port, (OUTCOMES, topics.pattern(ShipmentOf)))
    screen.wait_for(lambda shown: shown["printer"] == "ready" and shown["desk"])
    product_s, floors = [], []
    for number in range(orders + WARM_UP):
        order = f"A-{number}"
        publisher.ask(instruct(number), topics.of(OutcomeOf(order, "revision-1")))
        screen.wait_for(lambda shown: shown["session"] == "idle")
        os.write(scanner, f"NS-{number}\r".encode())
        screen.wait_for(lambda shown: shown["session"] == "packing")
        time.sleep(PACKER_S)
        tap.await_job()
        scanned_s = time.monotonic()
        os.write(scanner, f"{ITEM}\r".encode())
        product_s.append(tap.first_byte_s() - scanned_s)
        publisher.wait_for(topics.of(ShipmentOf(order)))
        time.sleep(PACKER_S)
        floors.append(floor.sample())
    product = milliseconds(product_s[WARM_UP:])
    figures = [
        Figure(
            name="last matching scan to first byte at the printer",
            unit="ms",
            product=product,
            floor=milliseconds([each.from_request_s for each in floors[WARM_UP:]]),
            floor_name="a paho request and answer with a SQLite commit at each side, and a socket write",
            aims=(Aim("median ratio", 1.5), Aim("p99 ratio", 2.0)),
        ),
        Figure(
            name="the same, beside a floor that reads its scan",
            unit="ms",
            product=product,
            floor=milliseconds([each.from_scan_s for each in floors[WARM_UP:]]),
            floor_name="that floor, from a scan on a terminal on",
        ),
        *memory.figures(f"station with its font, {orders} orders packed", station.pid, Aim("median", 96)),
        *memory.figures("desk with [label]", desk.pid),
    ]
    publisher.close()
    for program in (station, desk, floor.asker, floor.answerer):
        program.end()
    return figures


class Screen:
    """What the packer sees."""

    def __init__(self, rig: Rig) -> None:
        """Connect."""
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(rig.folder / "screen"))
        connection.settimeout(20)
        self._lines = connection.makefile()
        self._newest = json.loads(self._lines.readline())

    def wait_for(self, is_shown: Callable[[dict[str, object]], object]) -> None:
        """Until the screen shows it, or has shown it since the last call."""
        while not is_shown(self._newest):
            self._newest = json.loads(self._lines.readline())


class FloorSample(NamedTuple):
    """Until the first byte at the printer."""

    from_scan_s: float
    from_request_s: float


class PrintFloor:
    """Two bare programs, with their scanner and printer here."""

    def __init__(self, rig: Rig) -> None:
        """Start them."""
        self.answerer = rig.floor("answer", rig.port, rig.folder / "floor-desk.db")
        self._scanner, node = rig.terminal()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            printer_port = listener.getsockname()[1]
            self.asker = rig.floor("ask", rig.port, rig.folder / "floor-station.db", node, printer_port)
            self._printer, _ = listener.accept()
        self._printer.settimeout(10)
        for program in (self.answerer, self.asker):
            program.wait_for("the floor is ready", lambda: "ready" in program.log.read_text())  # noqa: B023

    def sample(self) -> FloorSample:
        """One scan."""
        scanned_s = time.monotonic()
        os.write(self._scanner, f"{ITEM}\r".encode())
        stamp = self._printer.recv(STAMP.size)
        arrived_s = time.monotonic()
        (asked_s,) = STAMP.unpack(stamp)
        return FloorSample(arrived_s - scanned_s, arrived_s - float(asked_s))
