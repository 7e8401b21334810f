"""Signed badges: the section ``[badges]`` of a station. ``station badges`` writes it."""

from typing import Annotated

import msgspec

from station.config.broker import Section


class Badges(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Packers' badges have to be signed then, and supervisors have badges, too. Without it packers' badges are
    unsigned, and a supervisor has the key switch only. The same for all stations of a site."""

    public_key: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
    """Of the administrator who signs badges: 64 hexadecimal digits. It signs nothing itself, so a stolen memory card
    makes no badge."""
    revoked: tuple[Annotated[int, msgspec.Meta(ge=1, le=(1 << 32) - 1)], ...] = ()
    """The numbers of badges that are not taken any more: lost, copied, of people who left."""
    supervised_s: Annotated[float, msgspec.Meta(ge=5, le=300)] = 30.0
    """So long after a supervisor's badge its holder's word counts, for one action."""
