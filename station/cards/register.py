"""What the site's administrator keeps, away from the stations: the secret key, and which badges there are."""

import secrets
from pathlib import Path

import msgspec

from station.bench.core.devices import BadgeKind
from station.cards.badge import Badge, code_of, public_key_of

SECRET_BYTES = 32


class RegisterUnusable(Exception):
    """The key or its register cannot be used; the text says which, why and what to do."""


class Entry(msgspec.Struct, frozen=True):
    """One badge that was made."""

    number: int
    kind: BadgeKind
    holder: str
    revoked: bool = False


class Register(msgspec.Struct, frozen=True):
    """Every badge of one key, in the order of their numbers."""

    badges: tuple[Entry, ...] = ()

    @property
    def revoked(self) -> tuple[int, ...]:
        """The numbers that stations refuse."""
        return tuple(entry.number for entry in self.badges if entry.revoked)


class Administrator:
    """A secret key file, readable by its owner only, and the register beside it (``….badges.json``)."""

    def __init__(self, key: Path) -> None:
        """Raises RegisterUnusable."""
        self._register_path = _register_of(key)
        try:
            self._secret = bytes.fromhex(key.read_text("ascii").strip())
            self._register = msgspec.json.decode(self._register_path.read_bytes(), type=Register)
        except OSError as error:
            raise RegisterUnusable(
                f"{error.filename}: cannot be read ({error.strerror}); a key and its register are made by "
                "`station badges new-key FILE`, and are kept and backed up together"
            ) from error
        except (ValueError, msgspec.MsgspecError) as error:
            raise RegisterUnusable(f"{key} or {self._register_path} is damaged ({error}); put back a backup") from error
        if len(self._secret) != SECRET_BYTES:
            raise RegisterUnusable(f"{key} holds no key; put back a backup")

    @property
    def register(self) -> Register:
        """The badges so far."""
        return self._register

    def make(self, kind: BadgeKind, holder: str) -> tuple[Badge, str]:
        """A new badge and its code; noted before it is handed out. Raises ValueError for a holder that does not fit."""
        number = max((entry.number for entry in self._register.badges), default=0) + 1
        badge = Badge(kind, number, holder)
        self._write(Register((*self._register.badges, Entry(number, kind, holder))))
        return badge, code_of(badge, self._secret)

    def revoke(self, numbers: frozenset[int]) -> None:
        """Raises RegisterUnusable where one of these badges was never made."""
        if strange := sorted(numbers - {entry.number for entry in self._register.badges}):
            raise RegisterUnusable(f"{self._register_path} has no badge {strange[0]}: see `station badges list`")
        entries = (
            msgspec.structs.replace(entry, revoked=entry.revoked or entry.number in numbers)
            for entry in self._register.badges
        )
        self._write(Register(tuple(entries)))

    def section(self) -> str:
        """What every station's configuration holds."""
        revoked = ", ".join(str(number) for number in self._register.revoked)
        return f'[badges]\npublic_key = "{public_key_of(self._secret).hex()}"\nrevoked = [{revoked}]\n'

    def _write(self, register: Register) -> None:
        _replace(self._register_path, register)
        self._register = register


def new_key(key: Path) -> Administrator:
    """Make a key and an empty register. Raises RegisterUnusable where there is one already."""
    register = _register_of(key)
    try:
        if register.exists():
            raise FileExistsError(17, "it exists already", str(register))
        key.touch(0o600, exist_ok=False)
        key.write_text(secrets.token_bytes(SECRET_BYTES).hex() + "\n", "ascii")
        _replace(register, Register())
    except OSError as error:
        raise RegisterUnusable(
            f"{error.filename}: no key is made ({error.strerror}); badges of an older key would be worth nothing: "
            "name another file"
        ) from error
    return Administrator(key)


def _register_of(key: Path) -> Path:
    return key.with_name(key.name + ".badges.json")


def _replace(path: Path, register: Register) -> None:
    """Whole or not at all."""
    beside = path.with_name(path.name + ".new")
    beside.write_bytes(msgspec.json.format(msgspec.json.encode(register), indent=1) + b"\n")
    beside.replace(path)
