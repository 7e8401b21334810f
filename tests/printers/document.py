"""The table of models in docs/printers.md, from the capability records."""

from station.printers.models import model_names, record_of
from station.printers.record import PrinterRecord

BEGIN, END = "<!-- models -->\n", "<!-- /models -->"
HEAD = (
    "| `model` | printer | answers GS I 67 | dots a line | dpi | process ID | status back | clearing | cut counter |\n"
    "|---|---|---|---|---|---|---|---|---|\n"
)


def table() -> str:
    """One row a model."""
    return HEAD + "".join(_row(model, record_of(model)) for model in model_names())


def placed(page: str) -> str:
    """The page with the table in its place."""
    before, _, rest = page.partition(BEGIN)
    return before + BEGIN + table() + END + rest.partition(END)[2]


def _row(model: str, record: PrinterRecord) -> str:
    papers = ", ".join(f"{paper.dots_per_line} ({paper.width_mm} mm)" for paper in record.papers)
    counters = None if record.cut_counters is None else bool(record.cut_counters)
    cells = (
        f"`{model}`",
        record.name,
        ", ".join(record.identities) or "?",
        papers or "?",
        str(record.dots_per_inch or "?"),
        *(_word(fact) for fact in (record.process_id, record.status_back, record.clear_buffers, counters)),
    )
    return f"| {' | '.join(cells)} |\n"


def _word(fact: bool | None) -> str:
    return "?" if fact is None else "yes" if fact else "no"
