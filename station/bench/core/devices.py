"""What the devices of a bench can be and report: the words that the edges and the decisions share."""

from dataclasses import dataclass
from enum import StrEnum

from station.bench.core.codes import Code


class PrinterState(StrEnum):
    """Whether the printer can print now, and if not, why. Only READY allows asking for a print."""

    READY = "ready"
    PAPER_OUT = "paper_out"
    COVER_OPEN = "cover_open"
    CUTTER_FAULT = "cutter_fault"
    OVERHEATED = "overheated"
    """It rests until the print head has cooled down, or the supply voltage is right, and goes on by itself."""
    ERROR = "error"
    """An error that the printer reports and that is none of the others (unrecoverable, mechanical)."""
    WRONG_MODEL = "wrong_model"
    """It says that it is another model than the configured one (GS I). It gets no label."""
    OFFLINE = "offline"
    """It answers, and says that it is off line for none of the reasons above (feed button, panel)."""
    NO_ANSWER = "no_answer"
    """The line is open and nothing answers a status request within its time."""
    DISCONNECTED = "disconnected"
    """There is no line: no such device node, connection refused or lost."""


class Proof(StrEnum):
    """How it is known that a label came out. It stands on the shipment record."""

    PROCESS_ID = "process_id"
    """The printer returned the job's process ID (GS ( H function 48): all before it is printed."""
    STATUS = "status"
    """The printer took the whole job, developed it (GS r) and reported no error after it."""
    LABEL_SCANNED = "label_scanned"
    """The packer scanned the label that came out."""
    PERSON = "person"
    """A person looked and said so at the desk."""


class Button(StrEnum):
    """What can be pressed on the panel."""

    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Scanned:
    """A scanner delivered one whole code."""

    scanner: str
    code: Code


class BadgeKind(StrEnum):
    """What its holder may do."""

    PACKER = "packer"
    SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True)
class BadgeScanned:
    """A scanner delivered a signed badge, and its signature was found good: the decisions never see that."""

    scanner: str
    kind: BadgeKind
    holder: str
    number: int


class BadgeFault(StrEnum):
    """Why a signed badge is not taken."""

    UNREADABLE = "unreadable"
    """Not all of it came."""
    NOT_OURS = "not_ours"
    """Nobody signed it who may: forged, or another site's."""
    REVOKED = "revoked"
    NO_KEY = "no_key"
    """This station has no ``[badges]``: it cannot tell a good one."""


@dataclass(frozen=True, slots=True)
class BadgeRefused:
    """A scanner delivered a signed badge that is not taken."""

    scanner: str
    fault: BadgeFault
    number: int = 0
    """Of a revoked one."""


@dataclass(frozen=True, slots=True)
class ScannerChanged:
    """A scanner came or went. ``detail`` says why it went, for the journal and the status."""

    scanner: str
    up: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PrinterChanged:
    """The printer's state, whenever it differs from the last one reported."""

    state: PrinterState
    paper_near_end: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PrintConfirmed:
    """The whole job of this grant is on paper."""

    grant: str
    proof: Proof


@dataclass(frozen=True, slots=True)
class PrintFailed:
    """The job of this grant will not be confirmed any more.

    ``begun`` is False only where it is certain that not one byte of it reached the printer.
    """

    grant: str
    begun: bool
    reason: str


@dataclass(frozen=True, slots=True)
class BuffersCleared:
    """The printer confirmed that it holds nothing of an earlier job any more."""


@dataclass(frozen=True, slots=True)
class ClearFailed:
    """The printer did not confirm that its buffers are clear."""

    reason: str


@dataclass(frozen=True, slots=True)
class ButtonPressed:
    """A button of the panel went down (debounced)."""

    button: Button


@dataclass(frozen=True, slots=True)
class KeyTurned:
    """The supervisor's key switch."""

    on: bool


PrinterEvent = PrinterChanged | PrintConfirmed | PrintFailed | BuffersCleared | ClearFailed
DeviceEvent = Scanned | BadgeScanned | BadgeRefused | ScannerChanged | PrinterEvent | ButtonPressed | KeyTurned


class Lamp(StrEnum):
    """The three lamps. What they say is the screen's colour too."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"


class Light(StrEnum):
    """What one lamp does."""

    OFF = "off"
    ON = "on"
    BLINK = "blink"


class Sound(StrEnum):
    """The buzzer's words: each has its own pattern, told apart with the eyes on the box."""

    ACCEPTED = "accepted"
    """One more scan is right."""
    COMPLETE = "complete"
    """All items match."""
    REPEATED = "repeated"
    """The same code came twice within the set time: counted once."""
    WRONG = "wrong"
    """This scan does not belong here; nothing was lost."""
    STOP = "stop"
    """A hold: stop at once."""
    ATTENTION = "attention"
    """Something needs a person: paper, cover, an answer that does not come."""


@dataclass(frozen=True, slots=True)
class Indication:
    """The lamps as they should be. Desired state: re-applied whenever the panel comes back."""

    red: Light = Light.OFF
    amber: Light = Light.OFF
    green: Light = Light.OFF
