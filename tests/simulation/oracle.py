"""Who sees the paper and hears every word of the desk, and says where a promise of the protocol is broken."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from station.desk.core.order import Granted, InDoubt
from station.desk.store import Store
from station.protocol.codec import Invalid
from station.protocol.outcome import Outcome, OutcomeKind, ShipmentQuery, decode_outcome
from station.protocol.reply import Granted as GrantedReply
from station.protocol.reply import decode_inbox
from station.protocol.topics import InboxOf, OutcomeOf, Topics
from tests.simulation.printing import LabelSet

Kind = OutcomeKind


class Broken(AssertionError):
    """A promise is broken."""


@dataclass
class Oracle:
    """The truth, and what was said about it."""

    topics: Topics
    sets: list[LabelSet] = field(default_factory=list)
    """Every set of which a label came out, in the order of their first labels."""
    stopped: set[tuple[str, str]] = field(default_factory=set)
    """Holds that were answered ``stopped``, by order and hold."""
    released: set[tuple[str, str]] = field(default_factory=set)
    """Holds whose release was published."""
    accepted: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """The newest revision of an order that was answered ``accepted``."""
    granted: set[str] = field(default_factory=set)
    reprints_asked: Counter[str] = field(default_factory=Counter)
    """How often a person asked for another label."""

    def hear(self, topic: str, payload: bytes) -> None:
        """A word of the desk. What is untrue when it is said breaks promise 2."""
        address = self.topics.parse(topic)
        if isinstance(address, OutcomeOf):
            self._judge(decode_outcome(payload))
        elif isinstance(address, InboxOf):
            try:
                reply = decode_inbox(payload)
            except Invalid as error:
                raise Broken(f"the desk says what no station understands: {error}") from error
            if isinstance(reply, GrantedReply):
                self.granted.add(reply.grant.grant)

    def begin(self, label_set: LabelSet) -> None:
        """A station hands labels to its printer."""
        if not alone(label_set.grant) and label_set.grant not in self.granted:
            raise Broken(f"promise 4: {label_set.grant} was never granted")

    def see(self, label_set: LabelSet) -> None:
        """A label comes out of a printer."""
        if label_set.out == 1:
            self.sets.append(label_set)
        if alone(label_set.grant):
            return
        order = label_set.order
        if standing := [hold for name, hold in self.stopped - self.released if name == order]:
            raise Broken(f"promise 1: a label of {order} comes out, and {standing} was answered stopped")
        if self.accepted[order] > label_set.revision:
            raise Broken(f"promise 4: revision {label_set.revision} of {order}, {self.accepted[order]} was accepted")

    def out(self, order: str) -> list[LabelSet]:
        """The whole sets of an order that lie there."""
        return [each for each in self.sets if each.order == order and each.whole]

    def forgotten(self, store: Store) -> None:
        """The desk is an old copy: a revision that it does not know has to be published again to count."""
        for name in list(self.accepted):
            order = store.order(name)
            newest = order.newest if order is not None else None
            self.accepted[name] = newest.revision if newest is not None else 0

    def judge_paper(self, orders: tuple[str, ...]) -> None:
        """Promise 3: one label set; another only because a person asked, and marked."""
        for name in orders:
            marks = Counter(each.reprint for each in self.out(name))
            if doubled := [mark for mark, count in marks.items() if count > 1]:
                raise Broken(f"promise 3: {name} has two label sets marked {doubled}: {self.out(name)}")
            if len(self.out(name)) > 1 + self.reprints_asked[name]:
                raise Broken(f"promise 3: nobody asked for all of {self.out(name)}")

    def judge_records(self, store: Store) -> None:
        """Promise 5: one shipment record for each set that came out, and none for another."""
        records = Counter(each.grant for each in store.shipments(ShipmentQuery(query="all"), 10_000))
        paper = Counter(each.grant for each in self.sets if each.whole)
        if records != paper:
            raise Broken(f"promise 5: records {records - paper} too many, {paper - records} missing")

    def _judge(self, outcome: Outcome) -> None:
        name, kind = outcome.order, outcome.outcome
        if outcome.of == "revision":
            if kind is Kind.ACCEPTED:
                self.accepted[name] = max(self.accepted[name], int(outcome.subject))
            if kind is Kind.TOO_LATE:
                self._overtaken(name, int(outcome.subject))
            return
        hold, out = (name, outcome.subject), self.out(name)
        if kind is Kind.STOPPED:
            if [each for each in out if not alone(each.grant)]:
                raise Broken(f"promise 2: {hold} is stopped, and {out} came out")
            self.stopped.add(hold)
        elif kind is Kind.TOO_LATE:
            if not [each for each in out if each.grant == outcome.grant and each.station == outcome.station]:
                raise Broken(f"promise 2: {hold} is too late, and {outcome.grant} is not on paper: {out}")
        elif kind is Kind.FREED and hold not in self.released:
            raise Broken(f"promise 2: {hold} is freed, and nobody released it")

    def _overtaken(self, name: str, revision: int) -> None:
        """It was too late for a revision. It may have been accepted before a label without permission was told of."""
        if not self.out(name):
            raise Broken(f"promise 2: revision {revision} of {name} is too late, and no label is out")
        if self.accepted[name] >= revision and any(alone(each.grant) for each in self.out(name)):
            self.accepted[name] = max(each.revision for each in self.out(name))


def alone(grant: str) -> bool:
    """Whether a label is printed without permission, by the supervisor's key."""
    return ".alone" in grant


def outstanding(store: Store, order: str) -> bool:
    """Whether the desk waits for the end of a grant of this order."""
    found = store.order(order)
    return found is not None and isinstance(found.claim, Granted | InDoubt)
