"""A bundle's own description: what it is, whom it fits, and the sum of each of its files."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from installation.changes import Refused
from installation.machine import Target

NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """``manifest.json`` at the top of a bundle."""

    version: str
    roles: tuple[str, ...]
    target: Target
    sums: dict[str, str] = field(repr=False)
    """SHA-256 of every file, by its path in the bundle."""

    def write(self, bundle: Path) -> None:
        """Into the bundle."""
        (bundle / NAME).write_text(json.dumps(asdict(self), indent=1, sort_keys=True) + "\n")

    def refuse_damage(self, bundle: Path) -> None:
        """Raises Refused where a file of it is missing, changed, or more than it names."""
        found = sums_of(bundle)
        wrong = sorted(name for name in found.keys() | self.sums if found.get(name) != self.sums.get(name))
        if wrong:
            raise Refused(f"the bundle {bundle} is damaged: {', '.join(wrong[:5])}; copy it here anew")

    def refuse_another(self, machine: Target) -> None:
        """Raises Refused where its compiled parts would not run."""
        if machine != self.target:
            raise Refused(
                f"this bundle is for {self.target}, and the machine is {machine}: take the bundle made for it"
            )


def parse(text: str | bytes) -> Manifest:
    """From its JSON. Raises Refused."""
    try:
        found = json.loads(text)
        return Manifest(found["version"], tuple(found["roles"]), Target(**found["target"]), found["sums"])
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(f"{NAME} of the bundle cannot be read: {error}; make the bundle anew") from error


def sums_of(bundle: Path) -> dict[str, str]:
    """Of every file but the manifest itself; what Python leaves behind does not count."""
    files = (file for file in sorted(bundle.rglob("*")) if file.is_file() and "__pycache__" not in file.parts)
    return {str(file.relative_to(bundle)): sum_of(file) for file in files if file != bundle / NAME}


def sum_of(file: Path) -> str:
    """SHA-256."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
