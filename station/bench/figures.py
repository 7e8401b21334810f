"""What stands at a value at a bench, for `station.telemetry.figures`."""

from station.bench.core.devices import PrinterState
from station.bench.core.state import Bench, Doubting, Ready
from station.telemetry.measures import Gauge


def gauges(bench: Bench) -> tuple[Gauge, ...]:
    """Of one moment: a bench is never changed, only followed by another."""
    doubts = len(bench.doubts) + isinstance(bench.session, Doubting)
    return (
        Gauge(
            "packing_printer_state",
            "1 for the state that the printer is in.",
            {state.value: float(state is bench.printer.state) for state in PrinterState},
            "state",
        ),
        Gauge(
            "packing_scanner_up",
            "Whether the scanner is there.",
            {name: float(up) for name, up in bench.scanners.items()},
            "scanner",
        ),
        Gauge("packing_desk_connected", "Whether the desk answers.", {"": float(isinstance(bench.link, Ready))}),
        Gauge("packing_unsent_records", "Records that the desk has not kept yet.", {"": float(len(bench.outbox))}),
        Gauge("packing_labels_in_doubt", "Labels of which nobody knows whether they came out.", {"": float(doubts)}),
    )
