"""Reading a program's TOML file: every key typed and bounded; a mistake is told by key, value and remedy."""

import os
import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec

_T = TypeVar("_T")
MAX_FILE_BYTES = 262_144
_PLACE = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?$", re.DOTALL)
_STEP = re.compile(r"\.([A-Za-z0-9_]+)|\[(\d+)\]|\[(\.\.\.)\]")


class ConfigError(Exception):
    """A configuration that cannot be used. The text names the file, the key, the value and the remedy."""


def read_config(path: Path, kind: type[_T]) -> _T:
    """The configuration in a TOML file; raises ConfigError."""
    return config_of(read_table(path), kind, str(path))


def read_table(path: Path) -> dict[str, Any]:
    """What a TOML file says, of whatever types; raises ConfigError."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); give the file with --config") from error
    if len(content) > MAX_FILE_BYTES:
        raise ConfigError(f"{path}: is larger than {MAX_FILE_BYTES} bytes; this is no configuration of ours")
    try:
        return tomllib.loads(content.decode())
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: is not valid TOML: it is nested too deeply") from error


def config_of(table: dict[str, Any], kind: type[_T], source: str) -> _T:
    """The configuration in a parsed table; ``source`` names it in errors. Raises ConfigError."""
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{source}: {_explained(str(error), table)}") from None


def secret(reference: str, key: str) -> str:
    """The path of a secret file.

    ``credential:NAME`` is a systemd credential (LoadCredential=), anything else a path. Raises ConfigError where the
    file is not there: a secret never stands in the configuration itself, nor on a command line.
    """
    if reference.startswith("credential:"):
        name = reference.removeprefix("credential:")
        folder = os.environ.get("CREDENTIALS_DIRECTORY")
        if folder is None:
            raise ConfigError(
                f"{key} = {reference!r}: there are no systemd credentials here; start by systemd with "
                f"LoadCredential={name}:…, or give a path"
            )
        path = Path(folder) / name
    else:
        path = Path(reference)
    if not os.access(path, os.R_OK):
        raise ConfigError(f"{key} = {reference!r}: {path} is missing or not readable by this user")
    return str(path)


def _explained(reason: str, table: dict[str, Any]) -> str:
    match = _PLACE.match(reason)
    what, path = (match["what"], match["path"] or "") if match else (reason, "")
    if (unknown := re.search(r"unknown field `(.*)`", what)) is not None:
        key = f"{path}.{unknown[1]}".lstrip(".")
        return f"{key}: there is no such key; check its spelling against docs/configuration.md, or take it out"
    if (missing := re.search(r"missing required field `(.*)`", what)) is not None:
        key = f"{path}.{missing[1]}".lstrip(".")
        return f"{key}: is missing; add it (docs/configuration.md)"
    if what[1:2].islower():
        what = what[:1].lower() + what[1:]
    return f"{path.lstrip('.')} = {_value(table, path)}: {what}; correct it" if path else f"{what}; correct it"


def _value(table: object, path: str) -> str:
    """The offending value as it stands in the file, shortened."""
    for name, index, _ in _STEP.findall(path):
        if isinstance(table, dict) and name in table:
            table = table[name]
        elif isinstance(table, list) and index and int(index) < len(table):
            table = table[int(index)]
        else:
            break
    return repr(table)[:80]
