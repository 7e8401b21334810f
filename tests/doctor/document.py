"""docs/maintenance.md: the tables of checks, from the checks themselves."""

from pathlib import Path

from station.doctor.checks import CHECKS, Check
from station.doctor.findings import Fault, Mark
from tests.doctor.tree import faults_of, modules

TARGET = Path(__file__).parents[2] / "docs/maintenance.md"
BEGIN, END = "<!-- checks, by scripts/make-maintenance-doc -->\n", "<!-- end of checks -->\n"


def tables() -> str:
    """Each check, and behind it what it can find."""
    parts = []
    for module in modules():
        checks = [check for check in CHECKS if check.look.__module__ == module.__name__]
        parts.append(f"### {', '.join(f'`{check.name}`' for check in checks) or 'Any check'}\n")
        parts += [f"- `{each.name}`{_whose(each)}: {each.about}." for each in checks]
        parts += [""] if checks else []
        parts.append("| name | | what is found | what mends it |\n|---|---|---|---|")
        parts += [
            f"| `{fault.name}` | {_mark(fault)} | {_cell(fault.words)} | {_cell(fault.remedy)} |"
            for fault in faults_of(module).values()
        ]
        parts.append("")
    return "\n".join(parts)


def placed(page: str) -> str:
    """The page with the tables in their place."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{tables()}\n{END}{after}"


def _whose(check: Check) -> str:
    """Nothing where it is made of both."""
    return f" ({', '.join(f'{role}s' for role in check.of)})" if len(check.of) == 1 else ""


def _mark(fault: Fault) -> str:
    """Faults are most of them."""
    return "" if fault.mark is Mark.FAULT else f"`{fault.mark}`"


def _cell(text: str) -> str:
    """Names for what is found, as the reader of a table expects them."""
    for old, new in (("{", "*"), ("}", "*"), ("!r", ""), ("|", "\\|")):
        text = text.replace(old, new)
    return text
