"""The firmware's ``config.txt`` and ``cmdline.txt``, read as a Raspberry Pi reads them. Pure."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

MAX_LINE = 98
MAX_DEPTH = 3
MODELS = (
    (r"Zero 2", frozenset({"pi0", "pi0w", "pi02"})),
    (r"(Pi|Module) 3\b.*Plus", frozenset({"pi3", "pi3+"})),
    (r"(Pi|Module) 3\b", frozenset({"pi3"})),
    (r"Pi 400", frozenset({"pi4", "pi400"})),
    (r"Module 4S", frozenset({"pi4", "cm4s"})),
    (r"Module 4\b", frozenset({"pi4", "cm4"})),
    (r"Pi 4\b", frozenset({"pi4"})),
    (r"Pi 500", frozenset({"pi5", "pi500"})),
    (r"Module 5\b", frozenset({"pi5", "cm5"})),
    (r"Pi 5\b", frozenset({"pi5"})),
)
"""Of the text in the device tree, the filters that apply (Raspberry Pi documentation, config.txt, model filters)."""


def filters_of(model: str) -> frozenset[str]:
    """The filters that apply to a model; empty for one that is not known here."""
    return next((filters for pattern, filters in MODELS if re.search(pattern, model)), frozenset())


@dataclass(frozen=True, slots=True)
class Line:
    """What a GPIO line is set to at power-on, as far as the file says it."""

    mode: str = ""
    level: str = ""
    pull: str = ""

    def with_word(self, word: str) -> "Line":
        """Later words replace earlier ones of their kind."""
        if word in ("dh", "dl"):
            return Line(self.mode, word, self.pull)
        if word in ("pu", "pd", "pn", "np"):
            return Line(self.mode, self.level, word)
        return Line(word, self.level, self.pull)


@dataclass(slots=True)
class BootConfig:
    """What of ``config.txt`` counts on one model."""

    settings: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    """``dtparam=``."""
    overlays: dict[str, dict[str, str]] = field(default_factory=dict)
    lines: dict[int, Line] = field(default_factory=dict)
    too_long: list[str] = field(default_factory=list)


def read_boot_config(
    text: str, filters: frozenset[str], include: Callable[[str], str | None] = lambda _name: None
) -> BootConfig:
    """``include`` gives the text of another file of the boot partition."""
    found, overlay = BootConfig(), ""
    for line in _counting(text, filters, include, found.too_long):
        key, _, value = line.partition("=")
        match key:
            case "gpio":
                _set_lines(found.lines, value)
            case "dtoverlay":
                overlay, _, words = value.partition(",")
                if overlay:
                    found.overlays[overlay] = _words(words)
            case "dtparam":
                # The overlay's before it; what that does not know is the base's.
                found.overlays.get(overlay, {}).update(_words(value))
                found.parameters.update(_words(value))
            case _:
                found.settings[key] = value
    return found


def _counting(
    text: str, filters: frozenset[str], include: Callable[[str], str | None], too_long: list[str], depth: int = 0
) -> Iterator[str]:
    """The lines that count. Filters other than those by model are taken as not fulfilled."""
    counts = True
    for line in map(str.strip, text.splitlines()):
        if heading := re.fullmatch(r"\[(.+)\]", line):
            counts = heading[1] == "all" or heading[1] in filters
        elif counts and line.startswith("include "):
            text_of = include(line[8:].strip()) if depth < MAX_DEPTH else None
            yield from _counting(text_of or "", filters, include, too_long, depth + 1)
        elif counts and line and not line.startswith("#"):
            if len(line) > MAX_LINE:
                too_long.append(line)
            yield line[:MAX_LINE]


def _words(text: str) -> dict[str, str]:
    pairs = (word.partition("=") for word in text.split(",") if word)
    return {key.strip(): value.strip() if separator else "on" for key, separator, value in pairs}


def _set_lines(lines: dict[int, Line], value: str) -> None:
    pins, _, words = value.partition("=")
    for each in pins.split(","):
        first, _, last = each.strip().partition("-")
        if not first.isdecimal() or (last and not last.isdecimal()):
            continue
        for pin in range(int(first), int(last or first) + 1):
            for word in words.split(","):
                lines[pin] = lines.get(pin, Line()).with_word(word.strip())


def consoles(command_line: str) -> list[str]:
    """The ports that the kernel's messages go to."""
    return [word[8:].split(",")[0] for word in command_line.split() if word.startswith("console=")]
