"""The desk's decisions, by what arrived. All that affects an order's state is reached from here."""

from collections.abc import Callable

from station.desk.core.facts import (
    Decision,
    Event,
    Facts,
    HoldArrived,
    HoldToldAgain,
    InstructionArrived,
    InstructionRefused,
    Passed,
    Queried,
    Requested,
)
from station.desk.core.greetings import do_without, hello_said, hold_told_again, holds_told
from station.desk.core.publishers import hold_arrived, instruction_arrived, instruction_refused, queried
from station.desk.core.recalls import time_passed
from station.desk.core.records import record_said, resolve_requested
from station.desk.core.steps import step_requested
from station.protocol.reply import signed
from station.protocol.request import (
    AnyRequest,
    Close,
    DoWithout,
    Gone,
    Heard,
    Hello,
    NoLabel,
    NotPrinted,
    Open,
    Print,
    Printed,
    Reprint,
    Resolve,
    ScannedBack,
    Swap,
    Unknown,
    Void,
    Voided,
)

_REQUESTS: dict[type[AnyRequest], Callable[..., Decision]] = {
    Hello: hello_said,
    Heard: holds_told,
    Open: step_requested,
    Reprint: step_requested,
    Print: step_requested,
    NotPrinted: step_requested,
    Close: step_requested,
    Void: step_requested,
    Swap: step_requested,
    Printed: record_said,
    Unknown: record_said,
    NoLabel: record_said,
    ScannedBack: record_said,
    Voided: record_said,
    Gone: record_said,
    Resolve: resolve_requested,
    DoWithout: do_without,
}


def _requested(facts: Facts, event: Requested) -> Decision:
    return _REQUESTS[type(event.request)](facts, event.client, event.request)


_EVENTS: dict[type[Event], Callable[..., Decision]] = {
    InstructionArrived: instruction_arrived,
    InstructionRefused: instruction_refused,
    HoldArrived: hold_arrived,
    HoldToldAgain: hold_told_again,
    Requested: _requested,
    Queried: queried,
    Passed: time_passed,
}


def decide(facts: Facts, event: Event) -> Decision:
    """What an event comes to. The caller commits the changes and then sends the messages."""
    decision = _EVENTS[type(event)](facts, event)
    incarnation = facts.desk.incarnation
    messages = ((address, signed(message, incarnation)) for address, message in decision.messages)
    return Decision(decision.changes, tuple(messages))
