"""What a check found, and the line that says it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """What a finding means for the site."""

    OK = "ok"
    NOTE = "note"
    """It serves; somebody should know this."""
    NO = "NO"
    """It does not serve; the remedy is said."""
    NOT_TRIED = "-"
    """The identities at hand cannot try it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line."""

    mark: Mark
    check: str
    measured: str
    needed: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        needed = f" (needed: {self.needed})" if self.needed else ""
        remedy = f". {self.remedy}" if self.remedy else ""
        return f"{self.mark:<5} {self.check:<11} {self.measured}{needed}{remedy}"


def judged(good: bool, check: str, measured: str, *, needed: str, remedy: str) -> Finding:
    """Good, or not and what mends it."""
    return Finding(Mark.OK if good else Mark.NO, check, measured, needed, "" if good else remedy)


def is_fit(findings: Iterable[Finding]) -> bool:
    """Whether nothing was found that does not serve."""
    return all(finding.mark is not Mark.NO for finding in findings)
