"""The one exception: a supervisor's key prints while the desk is away; it is on the record, and all else stays true."""

import random
from contextlib import suppress
from pathlib import Path

import pytest

from station.bench.core.screen import Screen
from tests.system.bench import Bench
from tests.system.processes import DidNotHappen
from tests.system.shift import Shift
from tests.system.warehouse import Warehouse

SEED = random.SystemRandom().randrange(1 << 32)
WAITS = ("no_answer", "no_desk")


def _waits_in_vain(screen: Screen) -> bool:
    complete = bool(screen.lines) and all(line.counted == line.quantity for line in screen.lines)
    return complete and screen.notice in WAITS and screen.session in ("packing", "withdrawing")


def _labels_by_key_are_on_the_record(folder: Path, times: int) -> None:
    with Shift(Warehouse(folder, keyed=True), SEED) as shift:
        lines, turned = shift.warehouse.lines, 0
        assert lines is not None
        while turned < times:
            shift.add_orders(1)
            with suppress(DidNotHappen):  # it may be on hold, or printed already
                shift.warehouse.benches[0].view.wait_for("open", lambda screen: screen.session == "packing", 3)
                lines.make("desk", shift.chance.choice(("stall", "swallow", "cut")))
                turned += _turn_the_key(shift.warehouse.benches[0])
            lines.make("desk", "pass")
        shift.work_off()
        shift.report()
        breaches = shift.judged()
        assert not breaches, "\n".join(breaches)
        assert any(each.without_permission for each in shift.contact.all_shipments())


def _turn_the_key(bench: Bench) -> int:
    """Once the desk is waited for in vain. Raises DidNotHappen where it is not."""
    bench.view.wait_for("it waits in vain", _waits_in_vain, 4)
    bench.turn_key(on=True)
    bench.view.wait_for("printed, or held", lambda screen: not _waits_in_vain(screen), 5)
    bench.turn_key(on=False)
    return 1


def test_labels_by_the_supervisors_key_are_on_the_record_and_nothing_else_is_untrue(short_folder: Path) -> None:
    _labels_by_key_are_on_the_record(short_folder, 3)


@pytest.mark.full
@pytest.mark.timeout(600)
def test_labels_by_the_key_many_times(short_folder: Path) -> None:
    _labels_by_key_are_on_the_record(short_folder, 15)
