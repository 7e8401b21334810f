"""What was measured, as a table and as JSON."""

import statistics
from collections.abc import Sequence
from typing import Literal

import msgspec

_HEADINGS = ("figure", "unit", "median", "p99", "floor", "floor's p99", "ratio", "p99 ratio", "n", "aim")


class Spread(msgspec.Struct, frozen=True):
    """Samples of one figure."""

    samples: int
    median: float
    p99: float
    """The largest, where there are fewer than a hundred."""


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table."""

    name: str
    unit: str
    product: Spread
    floor: Spread | None = None
    floor_name: str = ""
    aims: tuple["Aim", ...] = ()


class Aim(msgspec.Struct, frozen=True):
    """What a figure should keep to."""

    of: Literal["median", "median ratio", "p99 ratio"]
    limit: float
    bound: Literal["at most", "at least"] = "at most"

    def reached(self, figure: Figure) -> float:
        """The value that the limit stands for."""
        if self.of == "median":
            return figure.product.median
        if figure.floor is None:
            raise ValueError(f"{figure.name} has an aim beside a floor, and no floor")
        if self.of == "median ratio":
            return figure.product.median / figure.floor.median
        return figure.product.p99 / figure.floor.p99

    def met(self, figure: Figure) -> bool:
        """Whether the figure keeps to it."""
        reached = self.reached(figure)
        return reached <= self.limit if self.bound == "at most" else reached >= self.limit


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A whole run."""

    at: str
    machine: str
    load_before: tuple[float, float, float]
    """The machine's load averages: over 0.5 at the start, something else was at work."""
    load_after: tuple[float, float, float]
    figures: tuple[Figure, ...]

    @property
    def all_met(self) -> bool:
        """Whether no aim was missed."""
        return all(aim.met(figure) for figure in self.figures for aim in figure.aims)


def spread(samples: Sequence[float]) -> Spread:
    """Median and 99th percentile; at least one sample."""
    ordered = sorted(samples)
    return Spread(len(ordered), statistics.median(ordered), ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)])


def milliseconds(samples_s: Sequence[float]) -> Spread:
    """The spread of times that were taken in seconds."""
    return spread([1000 * sample_s for sample_s in samples_s])


def as_table(report: Report) -> str:
    """For people, in Markdown."""
    rows: list[tuple[str, ...]] = [_HEADINGS, *(_row(figure) for figure in report.figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [f"| {' | '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))} |" for row in rows]
    floors: dict[str, str] = {}
    for figure in report.figures:
        if figure.floor_name:
            floors[figure.floor_name] = "; ".join(filter(None, (floors.get(figure.floor_name), figure.name)))
    lines.insert(1, f"|{'|'.join('-' * (width + 2) for width in widths)}|")
    return "\n".join(
        (
            *lines,
            "",
            *(f"Floor of {floor}: {name}." for name, floor in floors.items()),
            "",
            f"{report.at}, {report.machine}; load average {_loads(report.load_before)} before, "
            f"{_loads(report.load_after)} after.",
        )
    )


def _row(figure: Figure) -> tuple[str, ...]:
    product, floor = figure.product, figure.floor
    return (
        figure.name,
        figure.unit,
        _number(product.median),
        _p99(product),
        _number(floor.median) if floor else "",
        _p99(floor) if floor else "",
        f"{product.median / floor.median:.2f}" if floor else "",
        f"{product.p99 / floor.p99:.2f}" if floor and _p99(product) and _p99(floor) else "",
        str(product.samples),
        ", ".join(
            f"{aim.of} {aim.bound} {aim.limit:g}: {'met' if aim.met(figure) else 'MISSED'}" for aim in figure.aims
        ),
    )


def _p99(of: Spread) -> str:
    return _number(of.p99) if of.samples >= 100 else ""


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _loads(loads: tuple[float, float, float]) -> str:
    return " ".join(f"{load:.2f}" for load in loads)
