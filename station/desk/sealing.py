"""Instructions encrypted in the database's file: whoever takes the disk, or a backup, has no addresses.

XChaCha20-Poly1305 by PyNaCl (libsodium), which the project has for badges: authenticated, and its random nonces of 24
bytes need no counter that a restored copy would set back. A sealed instruction is bound to its order and revision.
https://pynacl.readthedocs.io/en/latest/secret/#nacl.secret.Aead
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from station.sqlite import Database, StoreUnusable
from station.telemetry.databases import Sealed
from station.telemetry.telling import tell

SEALED = b"\x01"
"""In front of a sealed instruction, with its key's mark. One that is not sealed begins with a brace."""
MARK_BYTES = 8
AT_ONCE = 500
_HEAD = f"substr(instruction, 1, {len(SEALED) + MARK_BYTES})"
_OTHERS = f"""\
SELECT order_id, revision, instruction FROM editions
WHERE instruction IS NOT NULL AND {_HEAD} IS NOT ? AND (order_id, revision) > (?, ?)
ORDER BY order_id, revision LIMIT ?"""  # noqa: S608
_HEADS = f"SELECT DISTINCT {_HEAD} FROM editions WHERE instruction IS NOT NULL"  # noqa: S608
_PUT = "UPDATE editions SET instruction = ?3 WHERE order_id = ?1 AND revision = ?2"


class WrongKey(StoreUnusable):
    """Instructions are sealed with a key that is not here."""


@dataclass(frozen=True, slots=True)
class Key:
    """32 random bytes."""

    secret: bytes

    @property
    def head(self) -> bytes:
        """What stands in front of all that is sealed with it. The mark tells keys apart, and tells nothing of them."""
        return SEALED + hashlib.blake2b(self.secret, digest_size=MARK_BYTES, person=b"packing-desk").digest()

    @property
    def name(self) -> str:
        """For people: to see which key is meant."""
        return self.head[len(SEALED) :].hex()


@dataclass(frozen=True, slots=True)
class Seal:
    """Seals with one key, and opens what former ones sealed. Without a key nothing is sealed."""

    key: Key | None = None
    former: tuple[Key, ...] = ()

    @classmethod
    def of(cls, secrets: Sequence[bytes]) -> Self:
        """The key to seal with first, if any."""
        keys = tuple(Key(secret) for secret in secrets)
        return cls(keys[0], keys[1:]) if keys else cls()

    def seal(self, order: str, revision: int, instruction: bytes) -> bytes:
        """As it goes into the database."""
        if self.key is None:
            return instruction
        from nacl.secret import Aead

        return self.key.head + bytes(Aead(self.key.secret).encrypt(instruction, _bound(order, revision)))

    def open(self, order: str, revision: int, stored: bytes) -> bytes:
        """As it came; raises WrongKey, and StoreUnusable where it is not what was sealed."""
        if not stored.startswith(SEALED):
            return stored
        from nacl.exceptions import CryptoError
        from nacl.secret import Aead

        key = self._keys.get(stored[: len(SEALED) + MARK_BYTES])
        if key is None:
            raise WrongKey(_missing([stored]))
        try:
            return Aead(key.secret).decrypt(stored[len(key.head) :], _bound(order, revision))
        except CryptoError as error:
            raise StoreUnusable(
                f"the instruction of order {order}, revision {revision} is not what was sealed: somebody changed the "
                "database's file, or it is damaged; put back a backup: station restore (docs/data.md)"
            ) from error

    @property
    def _keys(self) -> dict[bytes, Key]:
        return {key.head: key for key in (self.key, *self.former) if key is not None}

    def bring_up(self, db: Database) -> None:
        """Have all that is kept sealed with the one key, whatever it was; a little in each transaction.

        Raises WrongKey where something is sealed with a key that is not here, before anything is changed.
        """
        strange = [head for (head,) in db.execute(_HEADS) if head.startswith(SEALED) and head not in self._keys]
        if strange:
            raise WrongKey(_missing(strange))
        if self.key is None:
            return
        count = sum(self._reseal(db, rows) for rows in self._others(db, self.key))
        if count:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # what was overwritten is not to lie in the log
            tell(Sealed(count, self.key.name))

    def _others(self, db: Database, key: Key) -> Iterator[list[tuple[str, int, bytes]]]:
        last = ("", -1)
        while rows := db.execute(_OTHERS, (key.head, *last, AT_ONCE)).fetchall():
            yield rows
            last = rows[-1][:2]

    def _reseal(self, db: Database, rows: list[tuple[str, int, bytes]]) -> int:
        with db.transaction():
            db.executemany(
                _PUT,
                [
                    (order, revision, self.seal(order, revision, self.open(order, revision, stored)))
                    for order, revision, stored in rows
                ],
            )
        return len(rows)


def _bound(order: str, revision: int) -> bytes:
    return f"{order}\0{revision}".encode()


def _missing(heads: list[bytes]) -> str:
    names = ", ".join(sorted({head[len(SEALED) : len(SEALED) + MARK_BYTES].hex() for head in heads}))
    return (
        f"instructions in the database are sealed with key {names}, which is not among [encryption] of desk.toml: give "
        "it in key or former_keys; where it is lost, so are the addresses: station restore --empty (docs/data.md)"
    )
