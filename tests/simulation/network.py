"""The broker, as bad as the protocol allows: messages are lost, doubled, late and swapped, and it forgets."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from tests.simulation.faults import Faults

VERY_LATE_S = 40.0
Take = Callable[[str, bytes, bool], None]


@dataclass
class Port:
    """One client's connection."""

    client: str
    patterns: tuple[str, ...]
    take: Take
    session: bool
    """Whether the broker keeps messages while it is away."""
    connected: bool = False
    kept: list[tuple[str, bytes]] = field(default_factory=list)
    """Messages that wait for it."""

    def hears(self, topic: str) -> bool:
        """Whether a subscription matches."""
        return any(_matches(pattern, topic) for pattern in self.patterns)


@dataclass
class Network:
    """Every message to every client that hears it, some time, some times or never."""

    faults: Faults
    ports: list[Port] = field(default_factory=list)
    sure: Callable[[str], bool] = lambda _topic: False
    """Topics of which a message may be late and doubled, but not lost."""
    up: bool = True
    _retained: dict[str, bytes] = field(default_factory=dict)
    _hearers: dict[str, list[Port]] = field(default_factory=dict)
    """Of each topic."""

    def attach(self, port: Port) -> Port:
        """Add a client."""
        self.ports.append(port)
        self._hearers.clear()
        return port

    def forget(self) -> None:
        """The broker ends, and its memory with it: what it kept for those who are away, and what it retained."""
        self.up = False
        self._retained.clear()
        for port in self.ports:
            port.connected = False
            port.kept.clear()

    def begin_anew(self) -> None:
        """It is back."""
        self.up = True

    def connect(self, port: Port) -> None:
        """The client's connection stands; what is retained comes first. Where there is no broker, later."""
        if not self.up:
            raise AssertionError(f"{port.client} connects where there is no broker")
        port.connected = True
        for topic, payload in self._retained.items():
            if port.hears(topic):
                self.faults.schedule.after(0.001, partial(self._deliver, port, topic, payload, retained=True))
        kept, port.kept = port.kept, []
        for topic, payload in kept:
            self.faults.schedule.after(self._delay_s(), partial(self._deliver, port, topic, payload, waits=True))

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, personal: bool = False) -> None:
        """A message on its way. What is ``personal`` waits nowhere."""
        if not self.up:
            return
        if retain:
            self._retained[topic] = payload
        hearers = self._hearers.get(topic)
        if hearers is None:
            hearers = self._hearers[topic] = [port for port in self.ports if port.hears(topic)]
        for port in hearers:
            for delay_s in self._copies(topic):
                self.faults.schedule.after(
                    delay_s, partial(self._deliver, port, topic, payload, waits=port.session and not personal)
                )

    def redeliver(self, port: Port, topic: str, payload: bytes) -> None:
        """A message that was not acknowledged comes again."""
        self.faults.schedule.after(0.5, partial(self._deliver, port, topic, payload, waits=True))

    def _copies(self, topic: str) -> list[float]:
        """After how long each copy arrives."""
        if not self.sure(topic) and self.faults.strikes("message lost"):
            return []
        delays = [self._delay_s()]
        while self.faults.strikes("message doubled"):
            delays.append(self._delay_s())
        return delays

    def _delay_s(self) -> float:
        chance = self.faults.chance
        if self.faults.strikes("message very late"):
            return chance.uniform(3.0, VERY_LATE_S)
        if self.faults.strikes("message late"):
            return chance.uniform(0.05, 3.0)
        return chance.uniform(0.001, 0.004)

    def _deliver(self, port: Port, topic: str, payload: bytes, *, waits: bool = False, retained: bool = False) -> None:
        if port.connected:
            port.take(topic, payload, retained)
        elif waits and self.up and (self.sure(topic) or not self.faults.strikes("broker forgets")):
            port.kept.append((topic, payload))


def _matches(pattern: str, topic: str) -> bool:
    wanted, levels = pattern.split("/"), topic.split("/")
    return len(wanted) == len(levels) and all(w in ("+", level) for w, level in zip(wanted, levels, strict=True))
