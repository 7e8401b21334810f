"""How many lines of a kind are written: a flood must not fill the journal, nor push other lines out of it."""

from dataclasses import dataclass, field

WINDOW_S = 30.0
"""As journald's own RateLimitIntervalSec=."""


@dataclass(slots=True)
class _Window:
    ends_s: float
    written: int = 0
    suppressed: int = 0


@dataclass(slots=True)
class Limits:
    """Counts by kind, in windows that begin with a kind's first line."""

    _windows: dict[str, _Window] = field(default_factory=dict)

    def admits(self, kind: str, most: int, now_s: float) -> bool:
        """Whether one more line of this kind is written now."""
        window = self._windows.get(kind)
        if window is None or (window.ends_s <= now_s and not window.suppressed):
            window = self._windows[kind] = _Window(now_s + WINDOW_S)
        if window.written < most:
            window.written += 1
            return True
        window.suppressed += 1
        return False

    def over(self, now_s: float) -> tuple[tuple[str, int], ...]:
        """The kinds whose window has ended and of which lines were left out, with how many; each is told once."""
        over = [kind for kind, window in self._windows.items() if window.suppressed and window.ends_s <= now_s]
        return tuple((kind, self._windows.pop(kind).suppressed) for kind in over)

    @property
    def due_s(self) -> float | None:
        """When there is something to tell next."""
        return min((window.ends_s for window in self._windows.values() if window.suppressed), default=None)
