"""Everything that a bench's decisions remember.

    Idle ──slip──> Opening ──opened──> Packing ──all match──> Asking ──granted──> Printing ──confirmed──> Idle
      ^               │ refused          ^ │cancel              │ no answer, hold,      │ line lost
      └───────────────┴──────────────────┼─┘                    v printer gone          v
                                         └──────kept────── Withdrawing             Doubting ──label scanned──> Idle
                                         └──────kept────── Settling <──no label came out──┘

    Where labels are always scanned back:  Printing ──confirmed──> ScanningBack ──all labels scanned──> Idle
    Idle ──called back, or a card──> CallingBack ──all scanned──> Voiding ──kept──> Idle, or Opening for the new label

The sessions are types of their own, so that what belongs to one cannot be asked of another: only Asking can use a
grant, and only Printing has one under way.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto
from functools import lru_cache

from station.bench.core.devices import PrinterChanged, PrinterState
from station.bench.core.notices import Key, Notice
from station.bench.core.order import Packed
from station.protocol.reply import CallBack
from station.protocol.request import AnyRecord, AnyStep, GrantReference, HeardHold, NotPrinted, Print


class Intent(Enum):
    """What the next slip is scanned for."""

    PACK = auto()
    TAKE_OVER = auto()
    REPRINT = auto()
    VOID = auto()
    SWAP = auto()


@dataclass(frozen=True, slots=True)
class Idle:
    """No order is open."""

    intent: Intent = Intent.PACK
    supervisor: str = ""
    """Who answers for the intent, where somebody has to."""
    until: float | None = None
    """What a card said of the next slip holds so long."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A slip was scanned; the desk is asked."""

    step: AnyStep
    slip: str
    late_after: float
    reprint: bool = False
    supervisor: str = ""
    voided: str = ""
    """The order whose label was just made void here for another one in its place, and is on its parcel still."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """The card "quantity" was scanned: its digits, and then the item that it is of."""

    until: float
    digits: str = ""


@dataclass(frozen=True, slots=True)
class NoBarcode:
    """The card "no barcode" was scanned: one of these lines, and then a supervisor's word."""

    until: float
    choices: tuple[int, ...]
    """Lines by index, as the screen numbers them, from 1."""
    line: int | None = None
    """The one that was chosen, by index."""


@dataclass(frozen=True, slots=True)
class Packing:
    """The order is open here."""

    packed: Packed
    card: Quantity | NoBarcode | None = None
    """Begun by a card and not yet ended. Whatever else happens to the session drops it."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Everything matches and the printer is ready: permission is asked for, until ``give_up_at``."""

    packed: Packed
    step: Print
    give_up_at: float


@dataclass(frozen=True, slots=True)
class Withdrawing:
    """The permission that was asked for is given back, unused: this process knows that it did not begin."""

    packed: Packed
    step: NotPrinted
    cancelled: bool = False
    begun_grant: GrantReference | None = None
    """The grant, where the journal says of it that the point of no return was passed."""
    of_other_content: bool = False
    """It was for another content than the label at hand: the order goes, and is opened anew with the desk's."""


@dataclass(frozen=True, slots=True)
class Printing:
    """Past the point of no return; nothing is known yet."""

    packed: Packed
    grant: GrantReference


@dataclass(frozen=True, slots=True)
class Doubt:
    """A grant of which nobody here knows whether its label came out."""

    grant: GrantReference
    packed: Packed | None = None
    """The order, where this process still has it open."""


@dataclass(frozen=True, slots=True)
class Doubting:
    """A person is asked to look. ``scanned``: tracking numbers of labels that came out."""

    doubt: Doubt
    scanned: frozenset[str] = frozenset()
    clearing: bool = False
    is_told: bool = False
    """That the printer cannot be cleared: only who knows that may set it aside."""


@dataclass(frozen=True, slots=True)
class Settling:
    """No label came out, says a person; the desk has to keep that before anything is asked again."""

    doubt: Doubt
    sequence: int


@dataclass(frozen=True, slots=True)
class ScanningBack:
    """The labels are on paper, and recorded. They are scanned on their boxes before anything else begins here."""

    grant: GrantReference
    scanned: frozenset[str] = frozenset()
    """Tracking numbers."""
    is_wrong: bool = False
    """Another label was scanned last: red, until a right one is."""
    wrong: int = 0
    """Other labels that were scanned."""


@dataclass(frozen=True, slots=True)
class CallingBack:
    """A label that came out is looked for, to void it. ``scanned``: tracking numbers that were."""

    recall: CallBack
    scanned: frozenset[str] = frozenset()

    @property
    def by_desk(self) -> bool:
        """Whether a hold or a newer revision wants it; else a person here does."""
        return self.recall.cause == "recall"


@dataclass(frozen=True, slots=True)
class Voiding:
    """All of it was scanned; the desk has to keep that before anybody destroys it."""

    recall: CallBack
    sequence: int


Session = (
    Idle
    | Opening
    | Packing
    | Asking
    | Withdrawing
    | Printing
    | Doubting
    | Settling
    | ScanningBack
    | CallingBack
    | Voiding
)


@dataclass(frozen=True, slots=True)
class Away:
    """There is no connection to the broker."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """Hello is said, and said again, until the desk answers."""

    request: str
    resend_at: float


@dataclass(frozen=True, slots=True)
class Telling:
    """The desk may have forgotten holds; it is told those that were heard here, once it has all records."""

    incarnation: str
    remaining: tuple[HeardHold, ...]
    request: str = ""
    """Of the part under way; empty before the first."""
    resend_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Ready:
    """The desk knows this station, and all that this station knows."""


Link = Away | Greeting | Telling | Ready


class ScanBackRule(StrEnum):
    """When the packer scans a label that came out."""

    ALWAYS = "always"
    """Each, after it is stuck on."""
    IN_DOUBT = "in_doubt"
    """Where nobody knows whether it came out."""
    NEVER = "never"
    """Then cards say whether it came out."""


class WithoutPermission(StrEnum):
    """What happens when the desk is away and everything matches."""

    STOP = "stop"
    SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True)
class Rules:
    """What a site sets."""

    station: str
    software: str = ""
    slip_pattern: str | None = None
    """A regular expression that every slip matches and no item does; without it every code that is no GTIN may be a
    slip."""
    repeat_window_s: float = 0.4
    grant_wait_s: float = 3.0
    resend_s: float = 1.0
    retry_s: float = 1.0
    without_permission: WithoutPermission = WithoutPermission.STOP
    scan_back: ScanBackRule = ScanBackRule.IN_DOUBT
    packer_required: bool = False
    """No slip is opened before a packer's badge was scanned."""
    quantity_card: bool = True
    card_wait_s: float = 20.0
    """So long a card waits for what has to be scanned after it."""
    supervised_s: float = 30.0
    """So long after a supervisor's badge its holder's word counts, for one action."""
    signed_badges: bool = False
    """Packers' badges have to be signed, too."""

    def is_slip(self, text: str) -> bool:
        """Whether a code is surely a slip's."""
        return self.slip_pattern is not None and _compiled(self.slip_pattern).search(text) is not None


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, in both of its meanings."""

    elapsed_s: float
    """Never set back: every limit is counted with it."""
    shown: Callable[[], str]
    """For people: ISO 8601 with offset, never compared. Asked for only where a record needs it: making the text takes a
    processor that wakes from a pause longer than many a decision."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which process this is, of which journal."""

    journal: str
    boot: str
    boot_number: int


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the journal tells a process that starts."""

    identity: Identity
    outbox: tuple[AnyRecord, ...] = ()
    last_sequence: int = 0
    first_sequence: int = 1
    """Of the records that the journal still has."""
    begun_grants: tuple[GrantReference, ...] = ()
    """Past the point of no return, and not known to have come out or not."""
    scan_backs: tuple[GrantReference, ...] = ()
    """On paper, and not scanned back yet."""
    epoch: str = ""
    seen_decision: int = 0
    is_new: bool = False
    """The journal has just been made."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A step that waits for its answer; a newer one gives it up."""

    step: AnyStep
    resend_at: float


@dataclass(frozen=True, slots=True)
class Scan:
    """The last code of a scanner."""

    text: str
    at: float


@dataclass(frozen=True, slots=True)
class Supervised:
    """A supervisor's badge was scanned; its holder's word counts for the next action that needs one."""

    holder: str
    until: float


@dataclass(frozen=True, slots=True)
class Bench:
    """The whole state. Everything in it can be lost but what the journal keeps: see ``restarted``."""

    identity: Identity
    session: Session = field(default_factory=Idle)
    notice: Notice = field(default_factory=lambda: Notice(Key.NO_DESK))
    told: int = 0
    """Notices so far: the same one again is an answer of its own, and has to be seen as one."""
    link: Link = field(default_factory=Away)
    pending: Pending | None = None
    asked: int = 0
    """Names given to requests of this boot."""
    outbox: tuple[AnyRecord, ...] = ()
    """Records that the desk has not kept; the first is under way."""
    outbox_resend_at: float = 0.0
    last_sequence: int = 0
    first_sequence: int = 1
    """Of the records that the journal still has."""
    doubts: tuple[Doubt, ...] = ()
    """Still to be asked about, after the session's own."""
    scan_backs: tuple[GrantReference, ...] = ()
    """Labels on paper that are still to be scanned back, after the session's own."""
    recalls: tuple[CallBack, ...] = ()
    """Labels to be found here, as the desk said last."""
    recalls_number: int = 0
    """Of that word, in the desk's epoch: an earlier one that comes later says nothing."""
    epoch: str = ""
    incarnation: str = ""
    """Of the desk that welcomed this process last: no other one's answers count."""
    seen_decision: int = 0
    printer: PrinterChanged = field(default_factory=lambda: PrinterChanged(PrinterState.DISCONNECTED))
    scanners: Mapping[str, bool] = field(default_factory=dict)
    last_scans: Mapping[str, Scan] = field(default_factory=dict)
    key_on: bool = False
    supervised: Supervised | None = None
    packer: str = ""


@lru_cache(maxsize=4)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def next_deadline(bench: Bench) -> float | None:
    """When the decisions want to be asked again, though nothing happens. In the same clock as ``now``."""
    moments: list[float] = []
    if isinstance(bench.link, Greeting) or (isinstance(bench.link, Telling) and not bench.outbox):
        moments.append(bench.link.resend_at)
    if isinstance(bench.link, Ready) and bench.pending is not None and not bench.outbox:
        moments.append(bench.pending.resend_at)
    if isinstance(bench.link, Ready | Telling) and bench.outbox:
        moments.append(bench.outbox_resend_at)
    if bench.supervised is not None:
        moments.append(bench.supervised.until)
    match bench.session:
        case Opening(late_after=moment) | Asking(give_up_at=moment):
            moments.append(moment)
        case Packing(packed) if packed.ask_after > 0 and packed.complete:
            moments.append(packed.ask_after)
        case Packing(card=Quantity(until=moment) | NoBarcode(until=moment)):
            moments.append(moment)
        case Idle(until=float(moment)):
            moments.append(moment)
        case _:
            pass
    return min(moments, default=None)
