"""The message catalogs as systemd reads them (https://systemd.io/CATALOG)."""

import re
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parents[2] / "systemd" / "catalog"
FILES = {"en": FOLDER / "packing-station.catalog", "ja": FOLDER / "packing-station.ja.catalog"}
PARTS = {"en": ("Meaning: ", "Seen by the packer: ", "To do: "), "ja": ("意味: ", "画面: ", "対処: ")}
_ENTRY = re.compile(r"^-- ([0-9a-f]{32})\n((?:[A-Z][A-Za-z-]+: [^\n]+\n)+)\n(.*?)(?=^#|\Z)", re.MULTILINE | re.DOTALL)


class Entry(NamedTuple):
    """One message's explanation."""

    id: str
    headers: dict[str, str]
    body: str

    @property
    def named(self) -> set[str]:
        """The fields that it names: as a value, or as where to look."""
        return set(re.findall(r"@([A-Z_]+)@", self.body)) | set(re.findall(r"\b([A-Z_]+)=", self.body))


def entries(language: str) -> list[Entry]:
    """All of one language."""
    found = _ENTRY.findall(FILES[language].read_text("utf-8"))
    return [Entry(id_, dict(line.split(": ", 1) for line in head.splitlines()), body) for id_, head, body in found]
