"""An order brought to every stage that it can be in."""

from collections.abc import Callable

from station.protocol.outcome import OutcomeKind
from tests.desk.driver import SLIP, Bench, instruction


def free(_bench: Bench) -> None:
    """Known, and open nowhere."""


def packing(bench: Bench) -> None:
    """Open at the bench."""
    bench.opened()


def granted(bench: Bench) -> None:
    """A grant stands."""
    bench.granted()


def in_doubt(bench: Bench) -> None:
    """The station lost sight of its label."""
    bench.unknown(bench.granted())


def shipped(bench: Bench) -> None:
    """The label came out."""
    bench.printed(bench.granted())


def gone(bench: Bench) -> None:
    """Shipped, and another order was opened there since."""
    shipped(bench)
    bench.desk.instruct(instruction(order="B-1", slips=("B-1",)))
    bench.opened("B-1")


def voided(bench: Bench) -> None:
    """The label came out, and is void."""
    grant = bench.granted()
    bench.printed(grant)
    bench.voided(grant)


def reprint_opened(bench: Bench) -> None:
    """Shipped, and open for another label."""
    shipped(bench)
    bench.reprint(SLIP)


def reprint_granted(bench: Bench) -> None:
    """Shipped, and another label granted."""
    reprint_opened(bench)
    bench.print()


STAGES: dict[Callable[[Bench], None], tuple[OutcomeKind, OutcomeKind]] = {
    free: (OutcomeKind.STOPPED, OutcomeKind.ACCEPTED),
    packing: (OutcomeKind.STOPPED, OutcomeKind.ACCEPTED),
    granted: (OutcomeKind.PRINTING, OutcomeKind.PRINTING),
    in_doubt: (OutcomeKind.UNKNOWN, OutcomeKind.UNKNOWN),
    shipped: (OutcomeKind.RECALLING, OutcomeKind.TOO_LATE),
    gone: (OutcomeKind.TOO_LATE, OutcomeKind.TOO_LATE),
    voided: (OutcomeKind.RECALLED, OutcomeKind.REFUSED),
    reprint_opened: (OutcomeKind.TOO_LATE, OutcomeKind.TOO_LATE),
    reprint_granted: (OutcomeKind.TOO_LATE, OutcomeKind.TOO_LATE),
}
"""What a hold, and a new revision, is answered there."""
