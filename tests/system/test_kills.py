"""Every fault at random moments: one label, no answered hold broken, nothing lost, nothing stuck."""

import random
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.system.brokers import QUICK, BrokerKind
from tests.system.faults import ALL_BUT_POWER, NEEDS_SMALL_DISKS, Fault, Faults
from tests.system.shift import ORDERS_AHEAD, Shift
from tests.system.warehouse import Warehouse

SEED = random.SystemRandom().randrange(1 << 32)


def _every_promise_is_kept(folder: Path, broker: BrokerKind, wanted: Mapping[Fault, int], benches: int) -> None:
    with Shift(Warehouse(folder, benches, broker=broker, printers_on_pty=1, small_disks=True), SEED) as shift:
        if missing := shift.warehouse.no_small_disks:
            print(f"no disk is filled: {missing}")
            wanted = {fault: count for fault, count in wanted.items() if fault not in NEEDS_SMALL_DISKS}
        faults = Faults(shift.warehouse, random.Random(SEED), shift.customers.meddle)
        try:
            faults.strike(wanted, meanwhile=lambda: shift.stock(ORDERS_AHEAD))
            shift.work_off()
        finally:
            print(faults.counts(), faults.recovery_s(), faults.errors, sep="\n")
            shift.report()
        breaches = shift.judged()
        assert not breaches, "\n".join(breaches)
        assert faults.errors == []


@pytest.mark.parametrize("broker", [*QUICK, pytest.param("nats-cluster", marks=pytest.mark.full)], indirect=True)
def test_no_promise_is_broken_by_kills_and_cut_lines(short_folder: Path, broker: BrokerKind) -> None:
    few = {
        Fault.STATION: 6,
        Fault.DESK: 2,
        Fault.BROKER: 2,
        Fault.LINE: 3,
        Fault.POWER: 3,
        Fault.PAPER: 1,
        Fault.SCANNER: 1,
    }
    _every_promise_is_kept(short_folder, broker, few, benches=3)


def test_no_promise_is_broken_by_sleep_broken_tcp_full_disks_and_old_copies(
    short_folder: Path, broker: BrokerKind
) -> None:
    once = dict.fromkeys(ALL_BUT_POWER, 1) | {Fault.STATION_STOPPED: 2}
    _every_promise_is_kept(short_folder, broker, once, benches=3)


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_no_promise_is_broken_by_hundreds_of_faults_of_every_kind(short_folder: Path, broker: BrokerKind) -> None:
    power = {
        Fault.STATION: 120,
        Fault.DESK: 40,
        Fault.BROKER: 40,
        Fault.LINE: 30,
        Fault.POWER: 30,
        Fault.PAPER: 10,
        Fault.SCANNER: 10,
    }
    many = dict.fromkeys(ALL_BUT_POWER, 10) | {Fault.STATION_STOPPED: 20}
    _every_promise_is_kept(short_folder, broker, power | many, benches=4)
