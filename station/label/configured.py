"""The label press as a configuration has it."""

from pathlib import Path

from station.config.label import LabelConfig
from station.label.fonts import open_typeface
from station.label.layouts import LAYOUTS
from station.label.press import LabelPress


def configured_press(config: LabelConfig) -> LabelPress:
    """A press with the configured font, paper and carriers. Raises FontMissing."""
    typeface = open_typeface(None if config.font is None else Path(config.font))
    return LabelPress(typeface, LAYOUTS[config.layout], config.carriers)
