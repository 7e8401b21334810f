"""A change of this machine: said in words before it is made."""

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass


class Refused(Exception):
    """It cannot be done, or must not be; the text says what, why and what to do. Nothing was left half done."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not yet as it should be."""

    words: str
    make: Callable[[], None]


def carry_out(changes: Iterable[Change], *, dry_run: bool) -> int:
    """Says each and makes it, or with ``dry_run`` says it only. Returns how many there were."""
    count = 0
    for count, change in enumerate(changes, start=1):  # noqa: B007  # a change may be found after an earlier one
        say(f"would {change.words}" if dry_run else change.words)
        if not dry_run:
            change.make()
    return count


def say(words: str) -> None:
    """One line for whoever installs; at once, also through ssh. Where nobody listens any more the work goes on."""
    try:
        print(words, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
