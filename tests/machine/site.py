"""A bench and its desk in the virtual machine; broker, printer, packer and contact center outside, real processes too.

Both databases lie on one disk that forgets at a power cut what was not flushed: `lossy_disk.py`.
"""

import random
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from station.protocol.topics import Topics
from tests.machine.qemu import Images, Machine
from tests.system import lossy_mount
from tests.system.bench import REPEAT_WINDOW_S, Bench
from tests.system.brokers import mosquitto
from tests.system.contact import NAME, ContactCenter
from tests.system.customers import Customers
from tests.system.goods import PERSONAL, Merchant
from tests.system.lines import Lines
from tests.system.lossy_disk import Cut, Loss, LossyDisk
from tests.system.packer import Packer
from tests.system.processes import DidNotHappen
from tests.system.trace import Fact, Trace
from tests.system.trolley import Trolley
from tests.system.warehouse import PREFIX

READY_S = 900.0
STUCK_S = 900.0
BENCH = "bench-1"
PACE = 30.0
"""An order takes so many times longer on a bench in the machine: its customer has as much more time to interfere."""
OUTSIDE = "10.0.2.2"
"""This machine, seen from the guest: QEMU's user network."""
LOOK_AGAIN_S = 15.0
"""A packer who scans again too early counts an item twice."""
_DISK_MIB = 96

_BROKER = """\
[site]
name = "osaka"

[broker]
host = "{host}"
port = {port}
keepalive_s = 300
"""

_STATION = """\
station = "{name}"
journal = "/var/lib/packing-station/station.db"
screen_socket = "/run/packing-station/screen"

[printer]
connection = "tcp"
host = "{host}"
port = {printer}

[[scanners]]
kind = "serial"
name = "hand"
port = "{scanner}"
gap_ms = 2000

[printing]
grant_wait_ms = 10000

[scanning]
slip_pattern = "^NS-"
repeat_window_ms = {repeat_window_ms}

"""

_DESK = """\
database = "/var/lib/packing-desk/desk.db"
stations = ["{name}"]
supervisors = ["lead"]
recall.answer_s = 60

[label]

"""


class GuestBench(Bench):
    """The bench whose station is in the machine: scanner and screen are at QEMU's sockets, the printer is outside."""

    def __init__(self, folder: Path) -> None:
        """Its scanner is read by the guest's second serial port."""
        super().__init__(BENCH, folder, on_pty=False, speed_mm_s=1500)
        self._wire: socket.socket | None = None

    @property
    def printer_port(self) -> int:
        """Where the emulated printer is reached."""
        return self._tcp_port

    def send(self, data: bytes) -> None:
        """What the scanner sends; to a machine without power it says it in vain."""
        with self._scanner_lock:
            try:
                self._connected().sendall(data)
            except OSError:
                self.unplug()

    def unplug(self) -> None:
        """The machine that it was plugged into is gone."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    def _connected(self) -> socket.socket:
        if self._wire is None:
            self._wire = socket.socket(socket.AF_UNIX)
            self._wire.settimeout(5)
            self._wire.connect(str(self.folder / "scanner"))
        return self._wire


@dataclass
class Site:
    """All of it. Entering it starts what is outside; the machine is off until ``power_on``."""

    images: Images
    folder: Path
    seed: int
    mount_options: str = "defaults"
    """Of the disk with the databases."""
    devices: str = ""
    """More of the station's configuration."""
    before_start: str = "true"
    """A command in the guest, before desk and station start."""

    def __post_init__(self) -> None:
        """Nothing runs yet."""
        self.chance = random.Random(self.seed)
        self.bench = GuestBench(self.folder / "b")
        self.broker = mosquitto(self.folder)
        self.machine: Machine | None = None
        self.happened: list[Fact] = []
        self.repaired = 0
        """How often the file system did not mount before it was repaired."""
        self._image = self.folder / "data.ext4"
        self._disk: LossyDisk | None = None

    def __enter__(self) -> Self:
        """Broker, printer, packer and contact center are there."""
        with self._image.open("wb") as image:
            image.truncate(_DISK_MIB << 20)
        subprocess.run(("mke2fs", "-q", "-F", "-t", "ext4", str(self._image)), check=True)
        self.broker.start()
        port = self.broker.port_of(NAME)
        self.lines = Lines(self.folder, {"desk": port, BENCH: port})
        self.bench.printer.start()
        self.contact = ContactCenter(port, PREFIX).__enter__()
        self.trolley = Trolley(self._taken)
        self.merchant = Merchant(random.Random(self.seed))
        self.customers = Customers(
            self.contact, self.merchant, self.chance, withdraw=self.trolley.withdraw, eventful=True, pace=PACE
        )
        self.packer = Packer(self.bench, self.trolley, self.chance, self.customers.pieces_of, look_again_s=LOOK_AGAIN_S)
        self.packer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(AssertionError):
            self.packer.stop()
        self.customers.close()
        self.contact.__exit__(kind, error, trace)
        if self.machine is not None:
            self.power_cut(Loss.DROP)
        self.bench.view.close()
        self.bench.printer.end()
        self.lines.process.cut_off()
        self.broker.end()

    # Power

    def power_on(self) -> None:
        """The machine comes up with the disk as the last power cut left it; desk and station are being started."""
        self.repaired += lossy_mount.repair(self._image)
        server = self.folder / "nbd"
        self._disk = LossyDisk(self._image, server)
        self.machine = Machine(self.images, self.bench.folder, self.images.resumed()).__enter__()
        self.machine.write("/etc/packing-station/station.toml", self._station_toml())
        self.machine.write("/etc/packing-station/desk.toml", self._desk_toml())
        device = self.machine.plug_disk(server)
        self.machine.run(_START.format(device=device, options=self.mount_options, before=self.before_start))
        self._note("power on")

    def wait_until_ready(self) -> None:
        """Until a slip could be scanned. Raises DidNotHappen with what the journal has."""
        try:
            self.bench.view.wait_for("ready", lambda seen: seen.desk and seen.printer == "ready", READY_S)
        except DidNotHappen as error:
            raise DidNotHappen(f"{error}\n{self.journal()}") from None

    def power_cut(self, loss: Loss, *, aimed_s: float = 0.0) -> Cut:
        """The machine stands still in the middle of what it does, and what its disk had not written is lost.

        ``aimed_s``: as the disk's.
        """
        assert self.machine is not None
        assert self._disk is not None
        cut = self._disk.power_cut(loss, self.chance, aimed_s=aimed_s)
        self.machine.power_cut()
        self.bench.unplug()
        self.machine = None
        self._note(f"power cut, {cut.unflushed} unflushed writes are {loss}")
        return cut

    def journal(self) -> str:
        """The last that desk and station said in the machine."""
        assert self.machine is not None
        return self.machine.run("journalctl -b -n 40 --no-pager -o short-monotonic -u packing-desk -u packing-station")

    # Work

    def stock(self, count: int) -> None:
        """So many orders wait on the trolley."""
        while self.trolley.waiting < count:
            instruction, _ = self.customers.order()
            self.trolley.add(instruction)

    def work_off(self) -> None:
        """Until every order is packed or cancelled and everybody is answered. Raises DidNotHappen for stuck ones."""
        left, since = len(self.trolley.left), time.monotonic()
        while self.trolley.left:
            time.sleep(0.1)
            if len(self.trolley.left) != left:
                left, since = len(self.trolley.left), time.monotonic()
            elif time.monotonic() - since > STUCK_S:
                screen = self.bench.view.newest()[1]
                raise DidNotHappen(f"stuck: {sorted(self.trolley.left)}\n{screen}\n{self.journal()}")
        self.customers.settle(STUCK_S)

    # Judgement

    def judged(self) -> list[str]:
        """Every breach of a promise. All orders are done, and the machine is on."""
        self.bench.view.wait_for(
            "nothing left to tell", lambda screen: not screen.unsent and screen.session == "idle", STUCK_S
        )
        trace = Trace(
            Topics(PREFIX),
            self.customers.instructions,
            self.contact.questions,
            words=self.lines.words("desk"),
            sheets=self.bench.paper.sheets(),
            destroyed=self.packer.destroyed,
            shipments=self.contact.all_shipments(),
            happened=self.happened,
        )
        lost = [f"{order}: packed, says the packer; no label" for order in self.trolley.done - trace.packed()]
        return [*trace.judged(), *lost, *self.trolley.errors]

    def damage(self) -> list[str]:
        """What is wrong with the disk that a power cut left: looked at in a copy, as the next start finds it."""
        with _mounted_copy(self._image) as folder:
            return lossy_mount.damage(folder)

    def orders_kept(self) -> int:
        """How many orders the desk's database knows, on the disk as the last power cut left it."""
        with _mounted_copy(self._image) as folder:
            database = folder / "packing-desk" / "desk.db"
            if not database.exists():
                return 0
            with suppress(sqlite3.Error), closing(sqlite3.connect(database)) as db:
                return int(db.execute("SELECT count(*) FROM orders").fetchone()[0])
            return 0

    def personal_data(self) -> list[str]:
        """Promise 6: where on the station's disk somebody's name, street or telephone stands. No order is open."""
        with _mounted_copy(self._image) as folder:
            files = [path for path in (folder / "packing-station").rglob("*") if path.is_file()]
            return [path.name for path in files if PERSONAL.search(path.read_bytes())]

    # What it is made of

    def _taken(self, order: str) -> None:
        self.customers.order_taken(order)

    def _note(self, text: str) -> None:
        self.happened.append(Fact(time.monotonic(), frozenset(), text))

    def _broker(self, name: str) -> str:
        return _BROKER.format(host=OUTSIDE, port=self.lines.port_of(name))

    def _station_toml(self) -> str:
        text = _STATION.format(
            name=BENCH,
            host=OUTSIDE,
            printer=self.bench.printer_port,
            scanner=self.images.board.scanner_port,
            repeat_window_ms=int(REPEAT_WINDOW_S * 1000),
        )
        return text + self.devices + self._broker(BENCH)

    def _desk_toml(self) -> str:
        return _DESK.format(name=BENCH) + self._broker("desk")


_START = """set -e
mkdir -p /data
mount -o {options} {device} /data
for name in packing-desk packing-station; do
  [ -d /data/$name ] || install -d -m 0700 -o $name -g $name /data/$name
  mkdir -p /var/lib/$name
  mount --bind /data/$name /var/lib/$name
done
{before}
systemctl start --no-block packing-desk packing-station
"""


@contextmanager
def _mounted_copy(image: Path) -> Iterator[Path]:
    """Its files, after the file system's own journal was replayed; the disk stays as it is."""
    with tempfile.TemporaryDirectory() as folder:
        copy, mounted = Path(folder, "copy"), Path(folder, "mounted")
        shutil.copyfile(image, copy)
        lossy_mount.repair(copy)
        mounted.mkdir()
        subprocess.run(("mount", "-o", "loop", str(copy), str(mounted)), check=True)
        try:
            yield mounted
        finally:
            subprocess.run(("umount", str(mounted)), check=True)
