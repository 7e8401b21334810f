"""Ends: by SIGTERM at once, cleanly and saying so; and by a configuration that no restart mends, in one sentence."""

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.system.brokers import BrokerKind
from tests.system.processes import STATION, Process, wait_for
from tests.system.shift import Shift
from tests.system.warehouse import Warehouse

END_S = 3.0
"""The last word to a broker that is going away, and paho's sleep between two attempts to connect: a second each."""
CANNOT_START, TRY_AGAIN = 78, 75


@pytest.fixture(scope="module")
def warehouse(module_folder: Path, broker: BrokerKind) -> Iterator[Warehouse]:
    with Warehouse(module_folder, broker=broker) as found:
        yield found


@pytest.fixture(params=["desk", "station"])
def daemon(request: pytest.FixtureRequest, warehouse: Warehouse) -> Process:
    return warehouse.desk if request.param == "desk" else warehouse.benches[0].station


def _ends_in_time(process: Process) -> None:
    began_s = time.monotonic()
    assert process.end() == 0, process.last_words()
    assert time.monotonic() - began_s < END_S
    assert not process.said("Traceback")


def test_sigterm_ends_a_daemon_and_its_status_says_that_it_is_down(warehouse: Warehouse, daemon: Process) -> None:
    with warehouse.contact_center() as contact:

        def up() -> bool | None:
            status = contact.desk if daemon is warehouse.desk else contact.stations.get("bench-1")
            return status.up if status else None

        wait_for("its status says up", lambda: up() is True)
        _ends_in_time(daemon)
        wait_for("its status says down", lambda: up() is False)
        daemon.start()
        wait_for("its status says up again", lambda: up() is True)


def test_sigterm_ends_a_daemon_whose_broker_is_away(warehouse: Warehouse, daemon: Process) -> None:
    warehouse.broker.cut_off_all()
    try:
        _ends_in_time(daemon)
    finally:
        warehouse.broker.start()
        daemon.start()


def test_sigterm_in_mid_print_finishes_the_label_says_so_and_nobody_is_asked(
    short_folder: Path, broker: BrokerKind
) -> None:
    with Shift(Warehouse(short_folder, broker=broker, speed_mm_s=100), 1, eventful=False) as shift:
        bench = shift.warehouse.benches[0]
        shift.add_orders(2)
        for _ in range(2):
            bench.view.wait_for("printing", lambda screen: screen.session == "printing")
            _ends_in_time(bench.station)
            bench.station.start()
            bench.view.wait_for("it goes on", lambda screen: screen.session != "printing")
        shift.work_off()
        breaches = shift.judged()
        assert not breaches, "\n".join(breaches)
        assert bench.station.said("the label in hand is finished first")
        assert sum(packer.met["in_doubt"] for packer in shift.packers) == 0


def test_told_to_retire_a_station_finishes_the_open_order_and_ends(short_folder: Path, broker: BrokerKind) -> None:
    with Shift(Warehouse(short_folder, broker=broker, speed_mm_s=100), 1, eventful=False) as shift:
        bench = shift.warehouse.benches[0]
        shift.add_orders(1)
        bench.view.wait_for("the order is open", lambda screen: screen.session == "packing")
        bench.station.retire()
        wait_for("it ends", lambda: not bench.station.running)
        assert bench.station.status == 0
        assert bench.station.said("the open order is finished first")
        assert bench.station.count_said("printed, order ") == 1
        bench.station.start()
        shift.work_off()
        breaches = shift.judged()
        assert not breaches, "\n".join(breaches)


Spoil = Callable[[str], str | None]

SPOILED: dict[str, tuple[Spoil, str, int]] = {
    "missing": (lambda _text: None, "cannot be read", CANNOT_START),
    "no TOML": (lambda text: text + "\n[site\n", "TOML", CANNOT_START),
    "unknown key": (lambda text: text.replace("[broker]", "[broker]\nhots = 1"), "broker.hots", CANNOT_START),
    "wrong type": (lambda text: text.replace("port = ", "port = 'x' # "), "port", CANNOT_START),
    "no site": (lambda text: text.replace('name = "osaka"', ""), "site.name", CANNOT_START),
    "no certificate": (
        lambda text: text + '\n[broker.tls]\nca = "/nowhere/ca.crt"\ncertificate = "c"\nkey = "k"\n',
        "broker.tls.ca",
        CANNOT_START,
    ),
    "unusable database": (
        lambda text: text.replace("journal.db", "no/j.db").replace("desk.db", "no/d.db"),
        ".db",
        TRY_AGAIN,
    ),
}
"""How, what is named, and the exit status: 78 where no restart mends it, 75 where it may pass by itself."""


@pytest.mark.parametrize("what", SPOILED)
@pytest.mark.parametrize("program", ["desk", "run"])
def test_what_cannot_start_says_what_to_do_and_whether_to_try_again(
    warehouse: Warehouse, short_folder: Path, program: str, what: str
) -> None:
    good = warehouse.desk_config if program == "desk" else warehouse.benches[0].config
    spoil, named, status = SPOILED[what]
    config = short_folder / "spoiled.toml"
    (short_folder / "b1" / "disk").mkdir(parents=True)
    (short_folder / "disk").mkdir()
    if (text := spoil(good.read_text().replace(str(warehouse.folder), str(short_folder)))) is not None:
        config.write_text(text)
    ended = subprocess.run(
        [*STATION, program, "--config", str(config)], capture_output=True, text=True, timeout=20, check=False
    )
    assert ended.returncode == status
    assert named in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stderr.startswith("station: ")
