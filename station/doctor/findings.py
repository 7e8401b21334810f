"""What the doctor finds: a line for each thing, and behind each fault its remedy."""

from dataclasses import dataclass, replace
from enum import StrEnum


class Mark(StrEnum):
    """What a finding means."""

    OK = "ok"
    NOTE = "note"
    """It works; somebody should know this."""
    FAULT = "FAULT"
    UNSEEN = "?"
    """It could not be looked at by this user, or now."""
    NOT_HERE = "-"
    """Nothing of the kind is on this machine."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line."""

    mark: Mark
    said: str
    remedy: str = ""
    name: str = ""
    """Of the fault, for programs: it stays when words change."""
    check: str = ""

    def __str__(self) -> str:
        remedy = f". {self.remedy}" if self.remedy else ""
        return f"{self.mark:<5} {self.check:<12} {self.said}{remedy}"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that can be wrong. ``{…}`` in its words stand for what is found."""

    name: str
    words: str
    remedy: str
    mark: Mark = Mark.FAULT

    def found(self, **facts: object) -> Finding:
        """As it was found."""
        return Finding(self.mark, self.words.format(**facts), self.remedy.format(**facts), self.name)


def ok(said: str) -> Finding:
    """Nothing is wrong."""
    return Finding(Mark.OK, said)


def not_here(said: str) -> Finding:
    """There is nothing to look at."""
    return Finding(Mark.NOT_HERE, said)


def of_check(finding: Finding, check: str) -> Finding:
    """With the name of the check that found it."""
    return replace(finding, check=check)


def status_of(marks: set[Mark]) -> int:
    """The exit status: 1 with a fault, 2 where none was seen but not all could be looked at, else 0."""
    if Mark.FAULT in marks:
        return 1
    return 2 if Mark.UNSEEN in marks else 0
