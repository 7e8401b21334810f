"""A signed badge as a code: whose it is, and Ed25519's proof that the site's administrator says so.

``PS-BADGE-`` and base32 (RFC 4648, without padding), which keyboard-wedge scanners type alike on US and JP maps and QR
codes hold in their alphanumeric mode. Of these bytes: kind, number (4, big-endian), length of the holder, the holder in
UTF-8, signature (64). At most 200 characters.

PyNaCl is loaded where a badge is signed or read, not before: a station that sees none does without its memory.
"""

import base64
from dataclasses import dataclass

from station.bench.core.cards import BADGE_PREFIX
from station.bench.core.devices import BadgeFault, BadgeKind

MAX_HOLDER_BYTES = 48
SIGNATURE_BYTES = 64
_PURPOSE = b"packing-station badge 1\0"
"""Signed with it, so that no signature made for something else is a badge."""
_KINDS = {BadgeKind.PACKER: b"P", BadgeKind.SUPERVISOR: b"S"}
_HEAD_BYTES = 6


@dataclass(frozen=True, slots=True)
class Badge:
    """What stands on a badge."""

    kind: BadgeKind
    number: int
    """Counted by the administrator's register; what is revoked is a number."""
    holder: str
    """A name or a staff number."""

    def __post_init__(self) -> None:
        """Raises ValueError for what no badge holds."""
        length = len(self.holder.encode())
        if not 1 <= length <= MAX_HOLDER_BYTES or not self.holder.isprintable():
            raise ValueError(
                f"{self.holder!r} cannot stand on a badge: 1 to {MAX_HOLDER_BYTES} bytes of UTF-8 "
                f"({MAX_HOLDER_BYTES // 3} Japanese characters), none of them a control character"
            )
        if not 1 <= self.number < 1 << 32:
            raise ValueError(f"{self.number} is no badge number: 1 to {(1 << 32) - 1}")

    @property
    def signed(self) -> bytes:
        """The bytes that are signed, without their purpose."""
        holder = self.holder.encode()
        return _KINDS[self.kind] + self.number.to_bytes(4) + bytes((len(holder),)) + holder


def code_of(badge: Badge, secret: bytes) -> str:
    """The badge's code, signed with the administrator's secret key (32 bytes)."""
    from nacl.signing import SigningKey

    signature = SigningKey(secret).sign(_PURPOSE + badge.signed).signature
    return BADGE_PREFIX + base64.b32encode(badge.signed + signature).decode().rstrip("=")


def public_key_of(secret: bytes) -> bytes:
    """The key that stations hold, which signs nothing."""
    from nacl.signing import SigningKey

    return bytes(SigningKey(secret).verify_key)


def read_badge(text: str, public_key: bytes) -> Badge | BadgeFault:
    """The badge of a code that begins as one. A fault where it is not whole, or nobody signed it who may."""
    from nacl.exceptions import BadSignatureError
    from nacl.signing import VerifyKey

    encoded = text.removeprefix(BADGE_PREFIX)
    try:
        content = base64.b32decode(encoded + "=" * (-len(encoded) % 8))
    except ValueError:  # of binascii, or characters that base32 has not
        return BadgeFault.UNREADABLE
    signed, signature = content[:-SIGNATURE_BYTES], content[-SIGNATURE_BYTES:]
    if len(signed) <= _HEAD_BYTES or len(signed) != _HEAD_BYTES + signed[5]:
        return BadgeFault.UNREADABLE
    try:
        VerifyKey(public_key).verify(_PURPOSE + signed, signature)
    except BadSignatureError:
        return BadgeFault.NOT_OURS
    kind = {letter: kind for kind, letter in _KINDS.items()}[signed[:1]]
    return Badge(kind, int.from_bytes(signed[1:5]), signed[_HEAD_BYTES:].decode())
