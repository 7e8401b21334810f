"""Between the scanners and the decisions: a signed badge becomes whose it is, or why it is not taken.

Whoever has a badge's code is its holder to the station; so it goes no further than here: to no journal, no log.
"""

from collections.abc import Callable
from typing import TypeVar

from station.bench.core.cards import BADGE_PREFIX
from station.bench.core.devices import BadgeFault, BadgeRefused, BadgeScanned, Scanned
from station.cards.badge import read_badge
from station.config.badges import Badges

_E = TypeVar("_E")


def reading_badges(
    config: Badges | None, post: Callable[[_E | BadgeScanned | BadgeRefused], None]
) -> Callable[[_E], None]:
    """For the events of one scanner, called on its thread; the first badge takes some milliseconds longer."""

    def read(event: _E) -> None:
        post(badge_of(event, config) if isinstance(event, Scanned) and is_badge(event) else event)

    return read


def is_badge(scanned: Scanned) -> bool:
    """Whether a code claims to be a signed badge."""
    return scanned.code.text.startswith(BADGE_PREFIX)


def badge_of(scanned: Scanned, config: Badges | None) -> BadgeScanned | BadgeRefused:
    """Whose badge it is, by the station's configuration."""
    if config is None:
        return BadgeRefused(scanned.scanner, BadgeFault.NO_KEY)
    badge = read_badge(scanned.code.text, bytes.fromhex(config.public_key))
    if isinstance(badge, BadgeFault):
        return BadgeRefused(scanned.scanner, badge)
    if badge.number in config.revoked:
        return BadgeRefused(scanned.scanner, BadgeFault.REVOKED, badge.number)
    return BadgeScanned(scanned.scanner, badge.kind, badge.holder, badge.number)
