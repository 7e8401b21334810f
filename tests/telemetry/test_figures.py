"""Figures for Prometheus: there when they are asked for, and not even loaded when they are not."""

import logging
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.request import urlopen

import pytest

from station.bench.core.state import Bench
from station.bench.figures import gauges as bench_gauges
from station.desk.figures import gauges as desk_gauges
from station.telemetry.figures import offer
from station.telemetry.life import Line, Program
from station.telemetry.logs import Handler
from station.telemetry.measures import Gauge, Measures
from station.telemetry.messages import BrokerLost, MessageRefused
from station.telemetry.telling import LOGGER, tell
from tests.bench.driver import Driver

Offer = Callable[[Program, tuple[Gauge, ...]], tuple[Measures, Callable[[], dict[str, float]]]]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _bench() -> Bench:
    return replace(Driver().ready().bench, scanners={"fixed": True})


@pytest.fixture
def handler() -> Iterator[Handler]:
    root, before = logging.getLogger(), LOGGER.level
    handler = Handler("test", None)
    others = [each for each in root.handlers if isinstance(each, Handler)]  # of a program that ran in this process
    for other in others:
        root.removeHandler(other)
    root.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    yield handler
    root.removeHandler(handler)
    for other in others:
        root.addHandler(other)
    LOGGER.setLevel(before)


@pytest.fixture
def offered(handler: Handler) -> Offer:
    assert handler.count is None

    def begin(program: Program, gauges: tuple[Gauge, ...]) -> tuple[Measures, Callable[[], dict[str, float]]]:
        port = free_port()
        measures = offer(program, ("127.0.0.1", port), gauges=lambda: gauges, rejected=lambda: {"hold": 3})

        def read() -> dict[str, float]:
            with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
                text = answer.read().decode()
            return {name: float(value) for name, value in re.findall(r"^([^#\s].*) (\S+)$", text, re.MULTILINE)}

        return measures, read

    return begin


def test_lines_are_counted_those_that_the_limit_leaves_out_too(offered: Offer) -> None:
    _, read = offered("station", ())
    for _ in range(100):
        tell(MessageRefused("hold", "why"))
    tell(Line("station", "printed", "A-1"))
    figures = read()

    assert figures['packing_lines_total{event="message refused",level="warning"}'] == 100
    assert figures['packing_lines_total{event="printed",level="info"}'] == 1
    assert figures['packing_order_events_total{event="printed"}'] == 1
    assert figures['packing_rejected_messages_total{kind="hold"}'] == 3


def test_a_label_is_timed_from_the_scan_that_matched_to_its_own_first_byte(offered: Offer) -> None:
    measures, read = offered("station", ())
    measures.first_byte("earlier")  # of which no scan is known
    measures.matched("g1")
    measures.matched("g2")
    measures.first_byte("g1")  # given up for the other
    assert read()["packing_scan_to_first_byte_seconds_count"] == 0
    measures.first_byte("g2")
    measures.first_byte("g2")
    assert read()["packing_scan_to_first_byte_seconds_count"] == 1
    assert 0 < read()["packing_scan_to_first_byte_seconds_sum"] < 5


def test_answers_to_holds_are_counted_by_outcome_and_timed(offered: Offer) -> None:
    measures, read = offered("desk", ())
    measures.hold_answered("stopped", 0.003)
    measures.hold_answered("too_late", 0.3)
    figures = read()

    assert figures['packing_hold_answers_total{outcome="stopped"}'] == 1
    assert figures['packing_hold_answer_seconds_bucket{le="0.005"}'] == 1
    assert figures["packing_hold_answer_seconds_sum"] == pytest.approx(0.303)


def test_a_bench_shows_its_printer_its_scanners_and_what_is_unsent(offered: Offer) -> None:
    _, read = offered("station", bench_gauges(_bench()))
    figures = read()

    states = {name: value for name, value in figures.items() if name.startswith("packing_printer_state")}
    assert [name for name, value in states.items() if value] == ['packing_printer_state{state="ready"}']
    assert len(states) > 5
    assert figures['packing_scanner_up{scanner="fixed"}'] == figures["packing_desk_connected"] == 1
    assert figures["packing_unsent_records"] == figures["packing_labels_in_doubt"] == 0


@pytest.mark.usefixtures("handler")
def test_an_address_that_is_taken_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = taken.getsockname()
        measures = offer("desk", address, gauges=tuple, rejected=dict)
    measures.committed(0.1)
    assert f"metrics.listen = 127.0.0.1:{address[1]}: Address already in use" in caplog.text


def test_without_metrics_the_library_is_not_loaded() -> None:
    program = (
        "import sys, station.bench.app, station.desk.app, station.cli\n"
        "print([name for name in sys.modules if name.startswith(('prometheus_client', 'http.server'))])"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert loaded == "[]\n"


def test_the_page_names_every_figure_and_no_other(offered: Offer) -> None:
    found: set[str] = set()
    standing: dict[Program, tuple[Gauge, ...]] = {
        "station": bench_gauges(_bench()),
        "desk": desk_gauges({"station-1": True}, {"station-1"}, ()),
    }
    for program, gauges in standing.items():
        measures, read = offered(program, gauges)
        measures.hold_answered("stopped", 1)
        tell(Line("station", "printed", "A-1"))
        tell(BrokerLost("no connection"))
        names = (re.sub(r"(_bucket|_sum|_count)?(\{.*)?$", "", name) for name in read())
        found |= {name for name in names if not name.startswith("process_")}
    page = (Path(__file__).parents[2] / "docs/journal.md").read_text("utf-8")
    table = page.partition("| figure |")[2].partition("\n\n")[0]

    assert set(re.findall(r"`(packing_\w+)", table)) == found
