"""Faults of our own making, one at a time: each guard of the protocol taken away, to see that the worlds notice.

    python -m tests.simulation.mutants [--orders M] [--rare] [NAME...]   exit status 1 where one is not found

A mutant is a piece of source and what stands there instead. It is made while the module is imported, in a process of
its own. Each has to be found: a guard whose absence nobody notices is not needed, or not tested. Where one guard stands
behind another, so that neither is missed alone, the mutant takes both away.
"""

import argparse
import importlib.abc
import importlib.machinery
import importlib.util
import logging
import multiprocessing
import os
import sys
import types
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
MOST_ORDERS = 6_000


@dataclass(frozen=True)
class Edit:
    """What stands in a module, once, and what is there instead."""

    module: str
    old: str
    new: str

    @property
    def path(self) -> Path:
        """The module's file."""
        return ROOT / (self.module.replace(".", "/") + ".py")


@dataclass(frozen=True)
class Mutant:
    """A guard that is gone, with those that stand behind it."""

    name: str
    edits: tuple[Edit, ...]

    def __init__(self, name: str, module: str, old: str, new: str, *behind: Edit) -> None:
        """The first edit in words, then the others."""
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "edits", (Edit(module, old, new), *behind))


@dataclass(frozen=True)
class Found:
    """What the worlds made of a mutant."""

    mutant: str
    orders: int
    seed: int
    broken: str
    """Empty where it was not found."""


REFUSALS = "station.desk.core.refusals"
STEPS, RECORDS, GREETINGS = "station.desk.core.steps", "station.desk.core.records", "station.desk.core.greetings"
ORDER, PUBLISHERS, DESK_LOOP = "station.desk.core.order", "station.desk.core.publishers", "station.desk.loop"
PRINTING, DOUBTING, LINK = "station.bench.core.printing", "station.bench.core.doubting", "station.bench.core.link"
RECALLS, RECALLING = "station.desk.core.recalls", "station.bench.core.recalling"
MACHINE, TURN, BENCH_LOOP = "station.bench.core.machine", "station.bench.core.turn", "station.bench.loop"
JOURNAL, PACKED, HOLD = "station.bench.journal", "station.bench.core.order", "station.protocol.hold"
SERIALS, CAPTURE = "station.desk.core.serials", "station.bench.core.capture"
SCAN_BACK, LABELS_IN_HAND = "station.bench.core.scan_back", "station.desk.core.labels_in_hand"
AGE, SQLITE = "station.age", "station.sqlite"

MUTANTS = (
    # The desk's decisions.
    Mutant(
        "a held order is granted",
        STEPS,
        "    if order.active_holds:\n        return Answered(",
        "    if False:\n        return Answered(",
    ),
    Mutant(
        "an old revision is granted, and used",
        STEPS,
        "if newest.revision != step.revision:",
        "if False:",
        Edit(
            PRINTING, "if packed.active_holds or not ready or not as_granted:", "if packed.active_holds or not ready:"
        ),
    ),
    Mutant("an older step is answered too", STEPS, "if step.number <= station.last_number:", "if False:"),
    Mutant("a hello gives up no steps", GREETINGS, "given_up = hello.first_step - 1", "given_up = -1"),
    Mutant(
        "a newer revision does not wait for a doubt",
        ORDER,
        "if edition.standing is Standing.ACCEPTED and edition.revision > printed",
        "if False",
    ),
    Mutant(
        "the same step is decided anew",
        STEPS,
        "if step.number == station.last_number and station.last_reply is not None:",
        "if False:",
    ),
    Mutant(
        "a restored desk grants at once", STEPS, "if waits_for := _not_ready(facts, station):", "if waits_for := ():"
    ),
    Mutant(
        "not printed is taken for any grant", STEPS, "order.grant(step.grant)", "next(iter(order.outstanding), None)"
    ),
    Mutant(
        "an order is open at two stations",
        STEPS,
        "    if order.claim and order.claim.station != station.station:\n        up",
        "    if False:\n        up",
    ),
    Mutant(
        "what is in doubt is opened",
        REFUSALS,
        "if order is not None and isinstance(order.claim, InDoubt):",
        "if False:",
    ),
    Mutant("what is shipped is opened", STEPS, "if isinstance(step, Open) and order.shipped:", "if False:"),
    Mutant(
        "a record is kept twice",
        RECORDS,
        "    if record.sequence <= station.last_sequence:\n        return",
        "    if False:\n        return",
    ),
    Mutant(
        "a gap in the records is not noticed",
        RECORDS,
        "if unknown_journal or record.sequence > station.last_sequence + 1:",
        "if unknown_journal:",
    ),
    Mutant(
        "unknown is free",
        RECORDS,
        "    after = order.with_doubt(InDoubt(station.station, station.boot, grant))",
        "    after = replace(order, claim=None)",
    ),
    Mutant(
        "a record told again reopens its order",
        RECORDS,
        "is_told_again = record.sequence <= station.promised_sequence",
        "is_told_again = False",
    ),
    Mutant(
        "a grant named in a hello is forgotten",
        GREETINGS,
        "        if before.grant(grant.grant) is not None or",
        "        if True or",
    ),
    Mutant(
        "only one grant of an order can stand",
        GREETINGS,
        "        if before.grant(grant.grant) is not None or",
        "        if before.outstanding or",
    ),
    Mutant(
        "a station is not told its outstanding grants",
        GREETINGS,
        "    return fitting(grants)",
        "    return ()",
    ),
    Mutant(
        "a restored desk says stopped",
        ORDER,
        "    if catching_up:\n        return OutcomeKind.UNKNOWN\n    return OutcomeKind.RECALLED",
        "    return OutcomeKind.RECALLED",
    ),
    Mutant(
        "a grant is no reason to say printing",
        ORDER,
        "        return OutcomeKind.PRINTING\n    if isinstance(order.claim, InDoubt):",
        "        return OutcomeKind.STOPPED\n    if isinstance(order.claim, InDoubt):",
    ),
    Mutant(
        "a doubt is no reason to say unknown",
        ORDER,
        "        return OutcomeKind.UNKNOWN\n    if catching_up:\n        return OutcomeKind.UNKNOWN\n",
        "        return OutcomeKind.STOPPED\n    if catching_up:\n        return OutcomeKind.UNKNOWN\n",
    ),
    Mutant(
        "a label uses up no mark", ORDER, "label_sets=max(self.label_sets, reprint + 1)", "label_sets=self.label_sets"
    ),
    Mutant(
        "a revision during a grant is accepted",
        PUBLISHERS,
        "return Standing.PENDING if isinstance(order.claim, Granted | InDoubt) else Standing.ACCEPTED",
        "return Standing.ACCEPTED",
    ),
    Mutant(
        "said before it is durable",
        DESK_LOOP,
        "                outgoing.extend(said)",
        "                self._say(said)",
    ),
    Mutant("a changed answer is not owed", DESK_LOOP, "if isinstance(event, Requested | Passed):", "if False:"),
    Mutant(
        "a hold takes the place of another", ORDER, "holds={**self.holds, hold.hold: hold}", "holds={hold.hold: hold}"
    ),
    Mutant("a released hold comes back", HOLD, 'if standing.state == "released":', "if False:"),
    Mutant(
        "the oldest revision is printed", ORDER, "return accepted[-1] if accepted", "return accepted[0] if accepted"
    ),
    Mutant(
        "another content passes for a revision that was taken",
        PUBLISHERS,
        "if standing is not None and standing.digest == edition.digest:",
        "if standing is not None:",
    ),
    Mutant(
        "what waited for a grant is in time after it",
        ORDER,
        "_late(edition, shipped) if edition.revision > printed else",
        "_late(edition, shipped) if False else",
    ),
    Mutant(
        "what is granted is opened elsewhere",
        REFUSALS,
        "if order is not None and isinstance(order.claim, Granted):\n        return refuse",
        "if False:\n        return refuse",
    ),
    Mutant("a label yields two records", RECORDS, 'if facts.fate(grant.grant) == "printed":', "if False:"),
    Mutant("a former journal is believed", GREETINGS, "return hello.journal in known.former", "return False"),
    Mutant(
        "a journal that is behind is believed",
        GREETINGS,
        "return hello.boot_number < known.boot_number or hello.last_sequence < known.last_sequence",
        "return False",
        Edit(
            GREETINGS,
            "return hello.boot != known.boot or hello.last_sequence < known.last_sequence",
            "return hello.boot != known.boot",
        ),
    ),
    Mutant(
        "age goes by the clock on the wall", AGE, "self._opened_s + self._clock.elapsed_s()", "self._clock.wall_s()"
    ),
    Mutant("a grant forgets the units", STEPS, "units=step.units", "units=()"),
    Mutant("a serial number goes out twice", SERIALS, "if unit.serial and (", "if False and ("),
    Mutant("what is committed is not synced", SQLITE, '"synchronous=FULL"', '"synchronous=NORMAL"'),
    # After the print.
    Mutant(
        "what is called back is opened",
        "station.desk.core.refusals",
        "if order is not None and order.recall is not None:",
        "if False:",
    ),
    Mutant(
        "a void number is printed again", ORDER, "if newest is None or self.is_spent(newest):", "if newest is None:"
    ),
    Mutant(
        "a recall that nobody answers lasts for ever",
        RECALLS,
        "if facts.age_s - order.recall.since_s < facts.recall_rules.answer_s:",
        "if True:",
    ),
    Mutant(
        "a release ends a recall that a revision waits for",
        RECALLS,
        'if recall is None or recall.cause != "recall" or order.active_holds or waits:',
        'if recall is None or recall.cause != "recall" or order.active_holds:',
    ),
    Mutant(
        "what waited for a recall waits on when the parcel is gone",
        ORDER,
        "        after = replace(self, recall=None)\n        return after if after.outstanding else _decided(after)",
        "        return replace(self, recall=None)",
    ),
    Mutant(
        "with a label that is void the earlier ones of its number still count",
        ORDER,
        "reprint <= void.grant.reprint and not",
        "reprint == void.grant.reprint and not",
    ),
    Mutant(
        "a desk from an old copy says too late of a label that is void",
        ORDER,
        "    if order.shipped and catching_up:\n        return OutcomeKind.UNKNOWN\n",
        "",
    ),
    Mutant(
        "a void is told twice", RECALLS, "if any(void.grant.grant == grant.grant for void in order.voids):", "if False:"
    ),
    Mutant(
        "one label of a set makes the set void",
        RECALLING,
        "if seen != frozenset(recall.grant.tracking_numbers):",
        "if False:",
    ),
    Mutant(
        "a label that is looked for is any label",
        RECALLING,
        "elif (number := number_on(event.code, grant)) is None:",
        "elif not (number := event.code.tracking_number):",
        Edit(
            RECALLING,
            "if seen != frozenset(recall.grant.tracking_numbers):",
            "if len(seen) < len(recall.grant.tracking_numbers):",
        ),
    ),
    # The station's decisions.
    Mutant(
        "a late grant is used",
        PRINTING,
        "request:\n        return\n    turn.set(pending=None)\n    packed = session.packed\n    ready",
        "request:\n        if not isinstance(session, Packing | Withdrawing):\n            return\n"
        "    turn.set(pending=None)\n    packed = session.packed\n    ready",
    ),
    Mutant(
        "a lost label is printed again", PRINTING, "    if event.begun:\n        begin", "    if False:\n        begin"
    ),
    Mutant(
        "a grant begun before a crash is forgotten",
        MACHINE,
        "for grant in remembered.begun_grants:",
        "for grant in ():",
    ),
    Mutant(
        "the packer's word is not waited for to be kept",
        DOUBTING,
        "    if turn.bench.outbox and turn.bench.outbox[0].sequence <= session.sequence:\n        return",
        "    if False:\n        return",
    ),
    Mutant(
        "a label is printed with another mark than granted",
        DOUBTING,
        "reprint=session.doubt.grant.reprint + 1",
        "reprint=session.doubt.grant.reprint",
        Edit(
            PRINTING, "if packed.active_holds or not ready or not as_granted:", "if packed.active_holds or not ready:"
        ),
    ),
    Mutant(
        "the printer is not cleared",
        DOUBTING,
        "    if session.is_told and (who := spend(turn)):",
        "    if who := spend(turn) or 'nobody':",
    ),
    Mutant(
        "a label that nobody scanned back is forgotten at a start",
        MACHINE,
        "turn.set(scan_backs=remembered.scan_backs)",
        "turn.set(scan_backs=())",
    ),
    Mutant(
        "a label is not scanned back",
        SCAN_BACK,
        "if turn.rules.scan_back is not ScanBackRule.ALWAYS:",
        "if True:",
    ),
    Mutant(
        "an outstanding grant that is not remembered is ignored",
        LINK,
        "        if not is_known(turn.bench, reference.grant):\n            _doubt(turn, reference)",
        "        pass",
    ),
    Mutant(
        "what the desk lacks is not sent again",
        LINK,
        "for record in (*lacking, *outbox) if record.sequence > last_sequence",
        "for record in outbox if record.sequence > last_sequence",
    ),
    Mutant(
        "a permission outlives a hello",
        LINK,
        "    if isinstance(session, Asking):\n        withdraw",
        "    if False:\n        withdraw",
    ),
    Mutant(
        "a record is said once",
        LINK,
        "    if bench.outbox and now >= bench.outbox_resend_at:\n        turn.set(outbox_resend_at=again)",
        "    if bench.outbox and now >= bench.outbox_resend_at:\n        turn.set(outbox_resend_at=now + 10**9)",
    ),
    Mutant("the point of no return is not on disk", BENCH_LOOP, "            self._commit(begins)", "            pass"),
    Mutant(
        "the first byte goes before the point of no return",
        BENCH_LOOP,
        "            self._commit(begins)\n",
        "            pass\n",
        Edit(
            BENCH_LOOP,
            "            self._fulfil(wish)\n        if",
            "            self._fulfil(wish)\n        if begins:\n            self._commit(begins)\n        if",
        ),
    ),
    Mutant(
        "a hold that was heard is not written down",
        JOURNAL,
        'self._db.execute("INSERT OR REPLACE INTO holds VALUES (?, ?, ?, ?, ?)", row)',
        "pass",
    ),
    Mutant(
        "a record is said before it is on disk",
        BENCH_LOOP,
        "        if any(isinstance(entry, effects.DISK_FIRST) for entry in self._unwritten):",
        "        if False:",
    ),
    Mutant(
        "a hold comes back after its release",
        PACKED,
        'if standing is not None and standing.state == "released":',
        "if False:",
    ),
    Mutant(
        "a unit is taken without what is asked for",
        CAPTURE,
        "if lacking := next((what for what in line.capture if not said[what]), None):",
        "if lacking := None:",
        Edit(STEPS, "if lacking := lacking_units(to_pack, order, step):", "if lacking := None:"),
    ),
    Mutant(
        "a new label goes on whatever is in the parcel",
        LABELS_IN_HAND,
        "if instruction is None or not order.takes_label_alone(instruction.goods):",
        "if instruction is None:",
        Edit(STEPS, "if lacking := lacking_units(to_pack, order, step):", "if lacking := None:"),
    ),
    Mutant(
        "a supervisor's word for something else sets a printer aside",
        DOUBTING,
        "if session.is_told and (who := spend(turn)):",
        "if who := spend(turn):",
    ),
    Mutant(
        "a station keeps the address",
        TURN,
        "        self.wishes.append(wish)",
        '        self.wishes.extend([] if type(wish).__name__ == "Forget" else [wish])',
    ),
)


RARE = {
    "a hello gives up no steps": "the model finds it: FIRST_STEP",
    "a newer revision does not wait for a doubt": "the model finds it: NEWER_IN_DOUBT",
    "not printed is taken for any grant": "a not_printed that comes late is an older step, which is not taken",
    "an order is open at two stations": "a grant goes only to the station where the desk has the order open",
    "a gap in the records is not noticed": "each record names its grant, and nothing is granted before all are there",
    "a grant begun before a crash is forgotten": "the desk names it in its welcome; a label by the key alone is lost",
    "a record is said before it is on disk": "a journal that lacks what the desk has counts as lost: people look",
    "a record told again reopens its order": "it costs a take-over, no promise, says the model: OPEN_IN_HELLO",
    "only one grant of an order can stand": "the model finds it: FURTHER_DOUBTS",
    "a changed answer is not owed": "the model finds it: CORRECTIONS",
    "a former journal is believed": "a step of another boot asks for a hello",
    "the packer's word is not waited for to be kept": "the desk refuses while the grant stands",
    "a permission outlives a hello": "the model finds it: NOT_AFTER_HELLO",
    "the first byte goes before the point of no return": "an outstanding grant that is not remembered is in doubt",
    "a recall that nobody answers lasts for ever": "without faults people answer; the desk's own tests find it",
    "a void is told twice": "nobody is asked for a label that is void already; the desk's own tests find it",
    "a hold comes back after its release": "the journal and the desk let no released hold come back either",
    "a supervisor's word for something else sets a printer aside": "the long lane and the bench's own tests find it",
    "what the desk lacks is not sent again": "steps wait for records, which are said until they are kept",
    "a hold that was heard is not written down": "publishers see the new epoch, and publish again",
}
"""Mutants that these worlds do not find within some thousand orders, and why: what stands behind, or who finds them."""
COMMON = tuple(mutant for mutant in MUTANTS if mutant.name not in RARE)


class _Made(importlib.machinery.SourceFileLoader):
    """Compiles a module with the mutant in it, past every cache."""

    edits: Sequence[Edit]

    def get_code(self, fullname: str) -> types.CodeType:
        """The mutant's code."""
        source = self.get_source(fullname) or ""
        for edit in self.edits:
            if source.count(edit.old) != 1:
                raise ValueError(f"{edit.old!r} stands {source.count(edit.old)} times in {fullname}")
            source = source.replace(edit.old, edit.new)
        return compile(source, self.path, "exec")


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None = None, _target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Of the mutant's modules only."""
        edits = [edit for edit in self._mutant.edits if edit.module == fullname]
        if not edits:
            return None
        loader = _Made(fullname, str(edits[0].path))
        loader.edits = edits
        return importlib.util.spec_from_loader(fullname, loader)


def hunt(mutant: Mutant, most_orders: int) -> Found:
    """Live through worlds with the mutant until a promise breaks. In a process that has imported nothing yet."""
    sys.meta_path.insert(0, _Finder(mutant))
    from tests.simulation.__main__ import live_once

    logging.disable()
    orders = 0
    for seed in range(1_000_000):
        judged = live_once(seed, 2)
        orders += judged.orders
        if judged.broken or orders >= most_orders:
            return Found(mutant.name, orders, seed, judged.broken)
    raise AssertionError("unreachable")


def hunt_each(mutants: Sequence[Mutant], most_orders: int) -> Iterator[Found]:
    """Each in a process of its own, as many at a time as there are cores."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=fresh, max_tasks_per_child=1) as pool:
        for hunted in as_completed([pool.submit(hunt, mutant, most_orders) for mutant in mutants]):
            yield hunted.result()


def main() -> int:
    """Exit status 1 where a mutant is not found."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="some of them; default: all")
    parser.add_argument("--orders", type=int, default=MOST_ORDERS, metavar="M", help="at most (default %(default)s)")
    parser.add_argument("--rare", action="store_true", help="those too that are known to hide behind other guards")
    arguments = parser.parse_args()
    made = MUTANTS if arguments.rare or arguments.names else COMMON
    wanted = [mutant for mutant in made if not arguments.names or mutant.name in arguments.names]
    results: list[Found] = []
    for found in hunt_each(wanted, arguments.orders):
        results.append(found)
        told = (
            f"found after {found.orders} orders, seed {found.seed}: {found.broken[:70]}"
            if found.broken
            else "NOT FOUND"
        )
        print(f"{found.mutant:<52} {told}", flush=True)
    missed = [found for found in results if not found.broken]
    print(f"{len(results) - len(missed)} of {len(results)} mutants found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
