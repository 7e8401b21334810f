"""The layouts that are shipped: for each carrier and paper a file beside this one, and one for any other carrier."""

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from station.label.layout import Layout
from station.label.layout_file import read_layout

SHIPPED = Path(str(files("station.label") / "layouts"))
ANY_CARRIER = "common"
SHIPPED_CARRIERS = (ANY_CARRIER, "yamato", "sagawa", "yupack")
PAPERS = ("80x100", "100x150", "4x6")
"""In mm, and in inches."""


@lru_cache
def shipped_layout(carrier: str, paper: str) -> Layout:
    """The layout of a carrier, by its word, on a paper; for one without a file, that of any carrier."""
    word = carrier if carrier in SHIPPED_CARRIERS else ANY_CARRIER
    return read_layout(SHIPPED / f"{word}-{paper}.toml", SHIPPED)


LAYOUTS: Mapping[str, Layout] = {paper: shipped_layout(ANY_CARRIER, paper) for paper in PAPERS}
"""Those for any carrier, by the name of the paper that a configuration gives."""
