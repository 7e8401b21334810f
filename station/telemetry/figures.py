"""Figures for Prometheus. Imported only where ``[metrics]`` is configured: the library takes memory."""

import time
from collections.abc import Callable, Iterable, Iterator

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    start_http_server,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from station.telemetry.life import Line, Program
from station.telemetry.logs import also_count
from station.telemetry.measures import Gauge, Measures
from station.telemetry.messages import MetricsNotOffered, MetricsOffered
from station.telemetry.telling import Said, tell

Gauges = Callable[[], Iterable[Gauge]]
SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
"""From a fast disk's flush to what a packer calls broken."""
COMMIT = "One commit to the database."


def offer(
    program: Program, address: tuple[str, int], *, gauges: Gauges, rejected: Callable[[], dict[str, int]]
) -> Measures:
    """Serve ``/metrics`` on a thread of its own, which ends with the program; whom to tell the figures.

    ``gauges`` and ``rejected`` are read on that thread at each visit, so they look and change nothing. An address that
    cannot be had is told, and nothing else: for its figures' sake no station stops.
    """
    disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for each, which nobody asks for
    registry = CollectorRegistry()
    registry.register(_Now(gauges, rejected))
    ProcessCollector(registry=registry)
    _count_lines(registry)
    measures = _MEASURES[program](registry)
    listen = f"{address[0]}:{address[1]}"
    try:
        start_http_server(address[1], addr=address[0], registry=registry)
    except OSError as error:
        tell(MetricsNotOffered(listen, error.strerror or str(error)))
    else:
        tell(MetricsOffered(listen))
    return measures


def _count_lines(registry: CollectorRegistry) -> None:
    lines = Counter("packing_lines", "Lines of the journal, those left out too.", ("event", "level"), registry=registry)
    orders = Counter("packing_order_events", "Events of orders' lives.", ("event",), registry=registry)

    def count(said: Said) -> None:
        lines.labels(said.event, said.level.name.lower()).inc()
        if isinstance(said, Line):
            orders.labels(said.event).inc()

    also_count(count)


def _seconds(registry: CollectorRegistry, name: str, about: str) -> Histogram:
    return Histogram(f"packing_{name}_seconds", about, buckets=SECONDS, registry=registry)


def _of_desk(registry: CollectorRegistry) -> Measures:
    answers = Counter("packing_hold_answers", "Answers to holds.", ("outcome",), registry=registry)
    waits = _seconds(registry, "hold_answer", "From a hold's arrival to its answer.")

    def hold_answered(outcome: str, seconds: float) -> None:
        answers.labels(outcome).inc()
        waits.observe(seconds)

    return Measures(committed=_seconds(registry, "commit", COMMIT).observe, hold_answered=hold_answered)


def _of_station(registry: CollectorRegistry) -> Measures:
    prints = _seconds(
        registry, "scan_to_first_byte", "From the last matching scan to the label's first byte at the printer."
    )
    matched: dict[str, float] = {}

    def match(grant: str) -> None:
        matched.clear()  # one label at a time; the one before was printed, or never will be
        matched[grant] = time.perf_counter()

    def first_byte(grant: str) -> None:
        began_s = matched.pop(grant, None)
        if began_s is not None:
            prints.observe(time.perf_counter() - began_s)

    return Measures(committed=_seconds(registry, "commit", COMMIT).observe, matched=match, first_byte=first_byte)


_MEASURES: dict[Program, Callable[[CollectorRegistry], Measures]] = {"station": _of_station, "desk": _of_desk}


class _Now:
    """What is looked up at each visit."""

    def __init__(self, gauges: Gauges, rejected: Callable[[], dict[str, int]]) -> None:
        self._gauges = gauges
        self._rejected = rejected

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        """As prometheus_client asks for it."""
        for gauge in self._gauges():
            family = GaugeMetricFamily(gauge.name, gauge.about, labels=(gauge.label,) if gauge.label else ())
            for value, number in gauge.values.items():
                family.add_metric((value,) if gauge.label else (), number)
            yield family
        refused = CounterMetricFamily("packing_rejected_messages", "Messages that were refused.", labels=("kind",))
        for kind, number in self._rejected().items():
            refused.add_metric((kind,), number)
        yield refused
