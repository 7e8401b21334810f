"""What people and chance can do to an emulated printer, in words: the control socket's and the terminal's language."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Protocol

from station.emulator.lines import Line
from station.emulator.printer import Printer
from station.emulator.records import LabelRecorder


class Bench(Protocol):
    """What the words act on."""

    printer: Printer
    line: Line
    recorder: LabelRecorder
    drop_after_bytes: int | None

    def drop_line(self) -> None:
        """Cuts the connection."""

    def unplug(self) -> None:
        """Takes the cable out, until it is plugged in."""

    def plug_in(self) -> None:
        """Puts the cable back."""


_Action = Callable[[Bench, float, float], str | None]
"""From bench, time and the number among the words (0 where there is none) to the answer, "ok" where it is None."""


def _status(bench: Bench) -> str:
    printer = bench.printer
    condition = printer.condition
    return json.dumps(
        {
            "powered": printer.powered,
            "online": printer.works,
            "cover_open": condition.cover_open,
            "paper_out": condition.paper_out,
            "paper_near_end": condition.paper_near_end,
            "paper_left_mm": printer.paper_left_mm,
            "cutter_error": condition.cutter_error,
            "overheated": condition.overheated,
            "unrecoverable_error": condition.unrecoverable_error,
            "switched_offline": condition.switched_offline,
            "silent": printer.silent,
            "connected": bench.line.connected,
            "line": bench.line.address,
            "speed_mm_s": printer.speed_mm_s,
            "received_bytes": printer.received_bytes,
            "executed_bytes": printer.executed_bytes,
            "lost_bytes": printer.lost_bytes,
            "buffered_bytes": printer.buffered_bytes,
            "buffered_rows": printer.buffered_rows,
            "waits_for_image": printer.waits_for_image,
            "strip_hangs_out": printer.strip_hangs_out,
            "status_back_mask": printer.watch_mask,
            "cut_counter": printer.cut_counter,
            "labels": bench.recorder.count,
            "findings": dict(printer.findings),
        }
    )


def _drop_after(bench: Bench, _now: float, count: float) -> None:
    bench.drop_after_bytes = max(1, int(count))


def _silence(bench: Bench, *, silent: bool) -> None:
    bench.printer.silent = silent


def _stall(bench: Bench, now: float, *, stalled: bool) -> None:
    bench.printer.advance(now)
    bench.printer.stalled = stalled
    bench.printer.advance(now)


def _free_cutter(bench: Bench, now: float, _number: float) -> str:
    bench.printer.free_cutter(now)
    return "ok: the error stands until DLE ENQ, DLE DC4 function 8 or power on"


WORDS: Mapping[str, _Action] = MappingProxyType(
    {
        "paper out": lambda bench, now, _: bench.printer.take_paper_out(now),
        "paper in": lambda bench, now, _: bench.printer.load_paper(now),
        "paper N": lambda bench, now, mm: bench.printer.load_paper(now, mm),
        "cover open": lambda bench, now, _: bench.printer.set_cover(now, is_open=True),
        "cover close": lambda bench, now, _: bench.printer.set_cover(now, is_open=False),
        "cutter jam": lambda bench, now, _: bench.printer.jam_cutter(now),
        "cutter jam at cut": lambda bench, now, _: bench.printer.jam_cutter(now, at_cut=True),
        "cutter free": _free_cutter,
        "offline": lambda bench, now, _: bench.printer.set_online(now, online=False),
        "online": lambda bench, now, _: bench.printer.set_online(now, online=True),
        "overheat on": lambda bench, now, _: bench.printer.set_overheated(now, hot=True),
        "overheat off": lambda bench, now, _: bench.printer.set_overheated(now, hot=False),
        "error on": lambda bench, now, _: bench.printer.set_unrecoverable(now, error=True),
        "error off": lambda bench, now, _: bench.printer.set_unrecoverable(now, error=False),
        "drop line": lambda bench, _now, _: bench.drop_line(),
        "drop line after N": _drop_after,
        "unplug": lambda bench, _now, _: bench.unplug(),
        "plug in": lambda bench, _now, _: bench.plug_in(),
        "silent on": lambda bench, _now, _: _silence(bench, silent=True),
        "silent off": lambda bench, _now, _: _silence(bench, silent=False),
        "stall on": lambda bench, now, _: _stall(bench, now, stalled=True),
        "stall off": lambda bench, now, _: _stall(bench, now, stalled=False),
        "power off": lambda bench, _now, _: bench.printer.power_off(),
        "power on": lambda bench, now, _: bench.printer.power_on(now),
        "power off after N": lambda bench, now, count: bench.printer.power_off_after(now, int(count)),
        "speed N": lambda bench, now, speed_mm_s: bench.printer.set_speed(now, speed_mm_s),
        "status": lambda bench, _now, _: _status(bench),
    }
)
"""All words. N is a number: of millimetres, of bytes that come in (drop), of bytes executed (power), of mm/s."""


_AT_CUT = (("before cut: ", True), ("after cut: ", False))
"""What stands before other words to have them done later, once: when the printer cuts next."""


def execute(bench: Bench, line: str, now: float) -> str:
    """Does what the line says; the answer begins with "ok", is the status, or begins with "error"."""
    for prefix, before in _AT_CUT:
        if line.startswith(prefix):
            bench.printer.acts_at_cut[before] = partial(execute, bench, line.removeprefix(prefix), now)
            return "ok"
    number, pattern = 0.0, []
    for word in line.split():
        try:
            number = float(word)
        except ValueError:
            pattern.append(word)
        else:
            pattern.append("N")
    action = WORDS.get(" ".join(pattern))
    if action is None or not 0 <= number < float("inf"):
        return f"error: no such words: {line.strip()[:80]!r}. There are: {', '.join(WORDS)}"
    return action(bench, now, number) or "ok"
