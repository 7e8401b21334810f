"""One world: built from a seed, troubled for a while, then left alone until all work is done."""

import random
import secrets
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest.mock import patch

from station.bench.core.devices import PrinterState
from station.bench.core.state import Idle, Rules, ScanBackRule, WithoutPermission
from station.bench.replay import Player, Recorded
from station.desk.loop import STATUS_AGAIN_S
from station.protocol.outcome import ShipmentQuery
from tests.promises.labels import LabelSet
from tests.promises.oracle import Broken, Oracle, outstanding
from tests.simulation.disks import copy_database, drop_database
from tests.simulation.faults import Faults
from tests.simulation.goods import first_revision, next_revision
from tests.simulation.network import VERY_LATE_S, Network
from tests.simulation.people import BOSS, ContactCenter, Packer, Supervisor
from tests.simulation.processes import DAY_S, TOPICS, Desk, Station
from tests.simulation.schedule import Schedule

MOST_ORDERS = 16
MOST_ORDERS_RESTORED = 5
"""With a few orders more happens to each of them between a copy and its return."""
TROUBLE_S = 45.0
ANSWER_S = 1.0
"""Promise 2: within a second, when the site is up."""
PATIENCE_S = 400.0
"""So long after the faults ceased, whatever is not done is stuck."""
STATIONS = ("north", "south", "east", "west")
REPLAYED_ONE_IN = 20
"""Of so many worlds one has its stations' decisions recorded and replayed."""

ALWAYS = {
    "packer cancels": 0.02,
    "packer scans the wrong item": 0.05,
    "packer reads twice": 0.1,
    "packer scans the JAN where more is asked for": 0.03,
    "packer scans an expired unit": 0.03,
    "packer scans a unit of another parcel": 0.1,
    "packer scans an item first": 0.03,
    "reprint asked": 0.04,
    "packer scans a shipped order's slip": 0.1,
    "packer scans another slip in between": 0.03,
    "packer walks away": 0.01,
    "scan is torn": 0.02,
    "packer sticks on another label": 0.1,
    "item has no barcode": 0.1,
    "hold garbled": 0.1,
    "parcel has left the bench": 0.15,
    "packer scans another label": 0.1,
    "packer thinks better of it": 0.1,
    "label in hand is made void": 0.02,
    "swap at the dock": 0.06,
}
FAMILIES: dict[str, dict[str, float]] = {
    "network": {"message doubled": 0.15, "message late": 0.15, "message very late": 0.03},
    "lossy network": {"message lost": 0.1},
    "broker": {"broker forgets": 0.5, "message lost": 0.03},
    "printer": {
        "printer fails before the first byte": 0.15,
        "printer loses power in the label": 0.15,
        "printer's confirmation is lost": 0.15,
        "paper runs out in the label": 0.2,
        "line lost with paper out": 0.5,
        "printer does not clear": 0.2,
        "printer set aside by a supervisor": 0.2,
        "printer jams in the label": 0.15,
        "printer is slow": 0.15,
        "printer falls silent in the label": 0.15,
    },
    "desk": {"desk crash": 0.01},
    "station": {"station crash": 0.01},
    "disk": {"disk I/O error": 0.01},
    "two operators": {"two operators on one order": 0.7},
    "take-over": {"take-over from a dead station": 0.5, "take-over by a supervisor": 0.3},
}
TROUBLES = (
    "cut off",
    "broker begins anew",
    "desk stops",
    "desk is frozen",
    "desk's disk is full",
    "station stops",
    "station is frozen",
    "station's disk is full",
    "power cut at a bench",
    "paper out",
    "clock leaps",
)
"""One at a time, at a moment of its own. Frozen is a process that is stopped and goes on (SIGSTOP)."""
FORGOTTEN = ("message lost", "broker forgets", "broker begins anew")
"""What a broker acknowledged may be lost with it: then who does not ask again may believe what was true before."""
DISASTERS = {
    "none": 2,
    "desk restored": 4,
    "journal lost": 1,
    "journal restored": 1,
    "journals swapped": 1,
    "station dead": 1,
    "key": 1,
}
"""How often each of them, at most one a world. An old copy is what most guards are for."""


@dataclass(frozen=True)
class Judged:
    """What became of a world."""

    seed: int
    orders: int
    faults: Counter[str]
    story: tuple[str, ...]
    broken: str = ""
    """The promise that was broken, in words; empty where all were kept."""


def run_world(seed: int, folder: Path, stations: int = 2, *, replayed: bool | None = None) -> Judged:
    """Live through one world; its files are in ``folder``. ``stations``: 2 to 4.

    ``replayed``: whether what its stations decided is recorded, and decided again at the end; default: of some worlds.
    """
    world = World(
        seed, folder, STATIONS[:stations], recorded=seed % REPLAYED_ONE_IN == 0 if replayed is None else replayed
    )
    ids = random.Random(seed + 1)
    with patch.object(secrets, "token_hex", lambda count: ids.randbytes(count).hex()):
        try:
            world.run()
            broken = ""
        except Exception as error:
            broken = f"{type(error).__name__}: {error}"
        finally:
            world.end()
    if world.recorded:
        broken = "; ".join(filter(None, (broken, world.replayed())))
    faults = world.faults
    return Judged(seed, len(world.orders), faults.happened, tuple(faults.story), broken)


class World:
    """A desk, some stations, a few orders, and all that can happen to them."""

    def __init__(self, seed: int, folder: Path, stations: tuple[str, ...], *, recorded: bool) -> None:
        """Chance decides what this world is like."""
        self.recorded = recorded
        # Not by chance, so that a world with one seed stays what it was.
        self.scan_back = tuple(ScanBackRule)[seed % len(ScanBackRule)]
        self.has_badges, self.counts_by_card = seed // 3 % 2 == 1, seed // 6 % 2 == 1
        self.schedule = Schedule()
        self.chance = chance = random.Random(seed)
        self.folder = folder
        (self.disaster,) = chance.choices(tuple(DISASTERS), tuple(DISASTERS.values()))
        families = [name for name in FAMILIES if chance.random() < 0.5]
        if self.disaster == "key":
            families = [name for name in families if name != "take-over"]
        self.families = tuple(families)
        likelihood = ALWAYS | {kind: p for name in families for kind, p in FAMILIES[name].items()}
        if self.disaster == "desk restored":
            likelihood["a station is away when the desk comes back"] = 0.5
            likelihood["packer scans a shipped order's slip"] = 0.4
        if self.disaster == "key":
            likelihood["printed without permission"] = 0.9
        self.faults = Faults(self.schedule, chance, likelihood)
        self.faults.tell("world", f"seed {seed}: {self.disaster}; {', '.join(families)}")
        self.network = Network(self.faults, sure=self._sure)
        self.oracle = Oracle(TOPICS)
        most = MOST_ORDERS_RESTORED if self.disaster == "desk restored" else MOST_ORDERS
        self.orders = tuple(f"O{number}" for number in range(1, chance.randint(1, most) + 1))
        self.desk = Desk(
            self.faults,
            self.network,
            folder / "desk.db",
            roster=stations,
            supervisors=(BOSS,),
            watch=self.oracle.hear,
            restored=self.oracle.forgotten,
        )
        self.stations = tuple(self._station(name) for name in stations)
        self.contact = ContactCenter(self.faults, self.network, self.oracle)
        self.colleague = ContactCenter(self.faults, self.network, self.oracle, name="colleague", operator=1)
        self.supervisor = Supervisor(self.faults, self.network, self.desk)
        self._kept_back: set[str] = set()
        """Orders that stay on hold to the end."""

    def run(self) -> None:
        """Trouble, then peace, then judgement. Raises Broken."""
        self._begin()
        self.schedule.run(TROUBLE_S)
        self._make_peace()
        while undone := self._undone():
            if self.schedule.now > TROUBLE_S + PATIENCE_S:
                raise Broken(f"stuck: {undone}")
            self.schedule.run(self.schedule.now + 1.0)
        self._judge()

    def end(self) -> None:
        """Close the files."""
        if self.desk.up:
            self.desk.store.close()
        for station in self.stations:
            if station.up:
                station.journal.close()

    def replayed(self) -> str:
        """The first decision of a station that comes out otherwise when it is decided again; empty where none does."""
        for station in self.stations:
            if not station.path.exists():
                continue  # a promise broke while its disk was away
            recorded, player = Recorded(station.path), Player()
            for chapter in recorded.chapters():
                for played in player.play(recorded, chapter):
                    if not played.same:
                        return f"replay: {station.name}, run {chapter.boot_number}: {played}"
            recorded.close()
        return ""

    # Trouble

    def _begin(self) -> None:
        for operator in self._operators:
            operator.begin()
        self.supervisor.begin()
        self.desk.start()
        for number, station in enumerate(self.stations):
            station.start()
            packer = Packer(
                self.faults,
                station,
                self.oracle,
                partial(self._work, number),
                has_badge=self.has_badges,
                counts_by_card=self.counts_by_card,
            )
            self.schedule.after(0.5, packer.begin)
        for number, name in enumerate(self.orders):
            self._plan_order(number, name)
        # Without permission is printed only where the desk cannot be reached when everything matches.
        for _ in range(self.chance.randint(4, 12) if self.disaster == "key" else self.chance.randint(0, 3)):
            self.schedule.at(self.chance.uniform(2.0, TROUBLE_S), self._one_trouble)
        if self.disaster not in ("none", "key"):
            self.schedule.at(self.chance.uniform(8.0, TROUBLE_S - 10.0), self._strike)

    def _plan_order(self, number: int, name: str) -> None:
        """Instruction, revisions and holds at moments of their own; a hold may come before its order."""
        chance = self.chance
        instruction = first_revision(name, number, chance)
        moment = chance.uniform(0.0, 10.0)
        self.schedule.at(moment, lambda: self.contact.instruct(instruction))
        for _ in range(chance.choice((0, 0, 1, 2))):
            moment += chance.uniform(0.5, 15.0)
            self.schedule.at(moment, lambda: self._revise(name, number))
        for hold in range(chance.choice((0, 1, 1, 2, 3))):
            begins = chance.uniform(0.0, 25.0)
            self.schedule.at(begins, partial(self.contact.hold, name, f"H{hold}"))
            if chance.random() < 0.6:
                ends = begins + chance.uniform(0.1, 15.0)
                self.schedule.at(ends, partial(self.contact.release, name, f"H{hold}"))
        if self.faults.strikes("two operators on one order"):
            for meddle in (self._meddle_with_revision, self._meddle_with_hold):
                self.schedule.at(chance.uniform(10.0, 30.0), partial(meddle, name, number))

    def _revise(self, name: str, number: int) -> None:
        self.contact.instruct(next_revision(self.contact.newest[name], number, self.chance))

    def _meddle_with_revision(self, name: str, number: int) -> None:
        """A colleague takes the next number too, with another content."""
        self.colleague.instruct(next_revision(self.contact.newest[name], number, self.chance, operator=1))

    def _meddle_with_hold(self, name: str, _number: int) -> None:
        """A colleague places a hold beside the others, and releases one that is not hers."""
        self.colleague.hold(name, "C0")
        if standing := self.contact.standing(name):
            self.colleague.release(name, self.chance.choice(standing))
        self.schedule.after(self.chance.uniform(0.1, 10.0), partial(self.colleague.release, name, "C0"))

    def _one_trouble(self) -> None:  # noqa: C901, PLR0912  (a table in the form of a match)
        kind, seconds = self.chance.choice(TROUBLES), self.chance.uniform(0.5, 10.0)
        station = self.chance.choice(self.stations)
        if not station.up:
            return
        self.faults.happened[kind] += 1
        self.faults.tell("world", f"{kind}: {station.name}, {seconds:.1f} s")
        match kind:
            case "cut off":
                station.disconnect(seconds)
            case "broker begins anew":
                self._lose_broker(seconds)
            case "desk stops":
                self.desk.crash("by chance", seconds)
            case "desk is frozen":
                self.desk.stop_for(min(seconds, TROUBLE_S - self.schedule.now))
            case "desk's disk is full":
                self.desk.disk.fill(seconds)
            case "station stops":
                station.crash("by chance", seconds)
            case "station is frozen":
                station.stop_for(min(seconds, TROUBLE_S - self.schedule.now))
            case "station's disk is full":
                station.disk.fill(seconds)
            case "power cut at a bench":
                station.printer.lose_power()
                station.crash("with its printer", seconds)
            case "clock leaps":
                for process in (self.desk, station):
                    process.clock_wrong_by_s += self.chance.choice((-1, 1)) * self.chance.uniform(1.0, 20_000 * DAY_S)
            case _:
                station.printer._change(PrinterState.PAPER_OUT)

    def _lose_broker(self, seconds: float) -> None:
        """With all that it kept; who was connected comes back a little after it."""
        self.schedule.after(seconds, self.network.begin_anew)
        processes: tuple[Desk | Station, ...] = (self.desk, *self.stations)
        for process in processes:
            process.lose_line(seconds + self.chance.uniform(0.01, 2.0))
        self.network.forget()

    def _strike(self) -> None:
        """The one great disaster of this world."""
        station = self.chance.choice(self.stations)
        self.faults.happened[self.disaster] += 1
        self.faults.tell("world", f"disaster: {self.disaster} {station.name}")
        match self.disaster:
            case "desk restored":
                if self.desk.up:
                    copy_database(self.desk.path, self.folder / "copy.db")
                    self.schedule.after(self.chance.uniform(0.1, 15.0), self._put_back)
            case "journal lost":
                station.crash("for its disk", 3.0)
                drop_database(station.path)
            case "journals swapped":
                station.crash("for a spare disk", 3.0)
                station.path.replace(self.folder / "aside.db")
                drop_database(station.path)
                self.schedule.after(self.chance.uniform(5.0, 15.0), lambda: self._swap_back(station))
            case "journal restored":
                copy_database(station.path, self.folder / "copy.db")
                self.schedule.after(self.chance.uniform(0.5, 15.0), lambda: self._restore_journal(station))
            case "station dead":
                station.printer.lose_power()
                station.crash("for good", 10**6)
                self.schedule.after(5.0, lambda: self.supervisor.look(station, list(self.orders)))

    def _put_back(self) -> None:
        """A copy can only tell with the stations' help what it lacks: they must have heard what was answered."""
        if not self.faults.active:
            return
        if not self._stations_heard_all():
            self.schedule.after(0.5, self._put_back)
            return
        if self.faults.strikes("a station is away when the desk comes back"):
            self.chance.choice(self.stations).disconnect(self.chance.uniform(1.0, 20.0))
        self.desk.put_back(self.folder / "copy.db")

    def _stations_heard_all(self) -> bool:
        unreleased = self.oracle.stopped - self.oracle.released
        return all(
            any(station.up and station.journal.hold(order, hold) for station in self.stations)
            for order, hold in unreleased
        )

    def _swap_back(self, station: Station) -> None:
        """The first disk was whole after all."""
        station.crash("for its first disk", 3.0)
        drop_database(station.path)
        (self.folder / "aside.db").replace(station.path)

    def _restore_journal(self, station: Station) -> None:
        station.crash("for its disk", 3.0)
        drop_database(station.path)
        copy_database(self.folder / "copy.db", station.path)

    # Peace

    def _make_peace(self) -> None:
        self.faults.cease()
        self.network.begin_anew()
        if not self.desk.up:
            self.desk.start()
        for station in self.stations:
            if station.up:
                station.connect()
            else:
                station.start()
            station.printer.mend()
        for operator in self._operators:
            for name, hold in operator.all_standing:
                if self.chance.random() < 0.2:
                    self._kept_back.add(name)
                else:
                    operator.release(name, hold)
            for after_s in (5.5, 33.5, 70.5):
                self.schedule.after(after_s, operator.ask_of_revisions)

    def _work(self, bench: int) -> list[str]:
        """A parcel stands at one bench; while there is trouble, a copy of its slip may lie at another."""
        todo = [name for name in self.orders if not self.oracle.out(name)]
        if self.faults.active:
            return todo
        return [name for name in todo if int(name[1:]) % len(self.stations) == bench and name not in self._kept_back]

    def _undone(self) -> list[str]:
        undone = [f"{name}: no label" for name in self.orders if not self.oracle.out(name) and self._is_free(name)]
        if not self.desk.up or not all(each.port.connected for each in (self.desk, *self._operators)):
            return [*undone, "not everybody is up and connected"]
        undone += [f"the desk waits for {name}" for name in sorted(self.desk.store.desk.waits_for)]
        undone += [f"{name}: a grant is outstanding" for name in self.orders if outstanding(self.desk.store, name)]
        self.oracle.look_up_voids(self.desk.store)
        undone += [f"{name}: called back" for name in self.orders if self._called_back(name)]
        undone += [f"{name}: claimed" for name in self.orders if self._claimed(name)]
        for station in self.stations:
            if not station.up or not isinstance(station.bench.session, Idle) or station.bench.outbox:
                undone.append(f"{station.name}: {station.bench.session if station.up else 'down'}")
        return undone + [f"no answer: {each}" for operator in self._operators for each in operator.unanswered]

    def _claimed(self, name: str) -> bool:
        order = self.desk.store.order(name)
        return order is not None and order.claim is not None

    def _called_back(self, name: str) -> bool:
        order = self.desk.store.order(name)
        return order is not None and order.recall is not None

    def _is_free(self, name: str) -> bool:
        return name not in self._kept_back

    # Judgement

    def _judge(self) -> None:
        self.oracle.judge_paper(self.orders)
        self.oracle.judge_records(self.desk.store.shipments(ShipmentQuery(query="all"), 10_000))
        # What the network kept back for very long may tell of a desk that is no more, and is corrected by its status.
        is_calm = self.schedule.now > TROUBLE_S + VERY_LATE_S or "network" not in self.families
        if is_calm and not any(self.faults.happened[kind] for kind in FORGOTTEN):
            self._judge_answers("heard last")
        for operator in self._operators:
            operator.ask_all()
        # Nobody takes the word of a desk whose status he has not heard; it is said again after a while.
        all_know_it = all(operator.knows(self.desk.store.desk.epoch) for operator in self._operators)
        answer_s = ANSWER_S if is_calm and all_know_it else 2 * STATUS_AGAIN_S
        self.schedule.run(self.schedule.now + answer_s)
        for operator in self._operators:
            if operator.unanswered:
                raise Broken(f"promise 2: no answer within {answer_s} s: {operator.unanswered}")
        self._judge_answers("answered")

    def _judge_answers(self, how: str) -> None:
        for operator in self._operators:
            for (name, hold), said in operator.holds.items():
                answer = operator.answers.get((name, f"hold-{hold}"))
                true = self.oracle.true_answer(name, released=said.state == "released")
                if answer is not true:
                    raise Broken(f"promise 2: {operator.name}, {name} {hold}: {how} {answer}, and it is {true}")

    # How it is built

    @property
    def _operators(self) -> tuple[ContactCenter, ContactCenter]:
        return self.contact, self.colleague

    def _station(self, name: str) -> Station:
        mode = WithoutPermission.SUPERVISOR if self.disaster == "key" else WithoutPermission.STOP
        rules = Rules(station=name, slip_pattern="^NS-", without_permission=mode, scan_back=self.scan_back)
        path = self.folder / f"{name}.db"
        return Station(
            self.faults,
            self.network,
            path,
            name=name,
            rules=rules,
            came_out=self._came_out,
            begins=self.oracle.begin,
            packs=self.oracle.packs,
            lets_pass=self.oracle.let_pass.add,
            recorded=self.recorded,
            keeps_journal=not self.disaster.startswith("journal"),
        )

    def _came_out(self, label_set: LabelSet) -> None:
        what = f"{label_set.order} revision {label_set.revision} of {label_set.grant}, {label_set.out} out"
        self.faults.tell(label_set.station, f"   LABEL {what}")
        self.oracle.see(label_set)

    def _sure(self, topic: str) -> bool:
        """A desk from an old copy learns of a hold from the stations, so they have to have heard it."""
        return self.disaster == "desk restored" and "/holds/" in topic
