"""Encryption of personal data at rest: the section ``[encryption]`` of a desk."""

from pathlib import Path

from station.config.broker import Section
from station.config.reading import ConfigError, secret

KEY_BYTES = 32


class Encryption(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names and addresses are encrypted in the desk's database. Each key is a file of 64 hexadecimal digits, as
    `openssl rand -hex 32` makes it: a path, or ``credential:NAME`` for a systemd credential."""

    key: str
    """All that is kept is sealed with this one: what is not yet, at the next start."""
    former_keys: tuple[str, ...] = ()
    """With which something may be sealed still. After one start with the new key they can be taken out, unless a backup
    needs them."""


def keys(config: Encryption | None) -> tuple[bytes, ...]:
    """The keys, the one to seal with first; none without the section. Raises ConfigError."""
    if config is None:
        return ()
    former = tuple(_key(reference, "encryption.former_keys") for reference in config.former_keys)
    return (_key(config.key, "encryption.key"), *former)


def _key(reference: str, name: str) -> bytes:
    path = Path(secret(reference, name))
    try:
        key = bytes.fromhex(path.read_text("ascii").strip())
    except (OSError, ValueError) as error:
        raise ConfigError(f"{name} = {reference!r}: {path} cannot be read as a key: {error}") from error
    if len(key) != KEY_BYTES:
        raise ConfigError(
            f"{name} = {reference!r}: {path} holds {len(key)} bytes, and a key has {KEY_BYTES}: make one with openssl "
            f"rand -hex {KEY_BYTES}"
        )
    return key
