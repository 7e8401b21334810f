"""Which printer should stand there: by the configuration, its model's record, and what was kept of its probe.

A printer that says by its name (GS I 67) that it is another model gets no label: its head may be narrower, and it may
prove less. One that says nothing is not refused: many do not answer. With ``generic`` nothing is refused.
"""

from dataclasses import dataclass

from station.printers.answers import Answers
from station.printers.models import GENERIC, model_that_answers, record_of


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is known of the printer before it says anything."""

    model: str = GENERIC
    process_id: bool | None = None
    """As configured; None to find out."""
    kept: Answers | None = None

    @property
    def asks_for_name(self) -> bool:
        """Whether anything depends on the printer's name."""
        return self.model != GENERIC or bool(self.kept and self.kept.name)

    def refusal(self, name: str | None) -> str:
        """Why a printer of this name gets no label; empty where it does."""
        if not name or self.model == GENERIC:
            return ""
        record, other = record_of(self.model), model_that_answers(name)
        if name in record.identities or (not record.identities and other is None):
            return ""
        return (
            f"configured is {self.model} ({record.name}), but the printer says that it is a {name}: "
            "plug in the right one, or correct model in [printer]"
        )

    def knows_process_id(self, name: str | None) -> bool | None:
        """Whether a printer of this name answers process IDs; None where it has to be tried."""
        if self.process_id is not None:
            return self.process_id
        return self.kept.process_id if self.kept and name and name == self.kept.name else None

    def difference(self, name: str | None) -> str:
        """In which way a printer of this name is not the one that was probed; empty where it may be that one."""
        if self.kept is None or not self.kept.name or name is None or name == self.kept.name:
            return ""
        said = f"says that it is a {name}" if name else "does not say its model"
        return f"the printer {said}, and a {self.kept.name} was probed here: run station printer probe again"
