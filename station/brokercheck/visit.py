"""What all checks of one run share: the identities, the topics, words of our own, and what has to be tidied up."""

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from station.brokercheck.call import Call, Heard, Refused, Unreachable
from station.brokercheck.identities import Identity, Talk, private_addresses, status_addresses, talks
from station.config.broker import MqttVersion
from station.protocol.codec import encode
from station.protocol.hold import Hold
from station.protocol.topics import Address, HoldOn, Topics

CALLS = 6
CALL_AGAIN_S = 1.0


@dataclass
class Visit:
    """One run of the check at one broker."""

    topics: Topics
    identities: Sequence[Identity]
    nonce: str
    """Tells this run's words from those of another, and of the site's programs."""
    anybody: bool = False
    """No identities were given: the broker is asked as one that lets anybody in."""
    versions: dict[Identity, MqttVersion] = field(default_factory=dict)
    reached: bool = False
    """Everybody has been let in once; who is refused now tries again, as the programs do."""
    called_again: int = 0
    _count: "itertools.count[int]" = field(default_factory=itertools.count)

    @property
    def order(self) -> str:
        """An order that no site has."""
        return f"broker-check-{self.nonce}"

    def client_id(self, identity: Identity, which: str = "") -> str:
        """Not the program's own, which may be running. Where the broker ties ids to certificates it is all the same."""
        return f"{identity.name}-check-{self.nonce}{which}"

    def call(
        self,
        identity: Identity,
        which: str = "",
        *,
        as_id: str | None = None,
        clean: bool = True,
        acknowledges: bool = True,
        will: tuple[str, bytes] | None = None,
        answer: Callable[[Call, Heard], None] = lambda _call, _heard: None,
    ) -> Call:
        """Connect. ``which`` tells two of one identity apart, ``as_id`` is somebody else's.

        Raises Unreachable, ConfigError.
        """
        left = CALLS
        while True:
            try:
                return Call(
                    identity,
                    as_id or self.client_id(identity, which),
                    self.versions.get(identity, "5"),
                    clean=clean,
                    acknowledges=acknowledges,
                    will=will,
                    answer=answer,
                )
            except Refused:
                raise
            except Unreachable:
                left -= 1
                if not (self.reached and left):
                    raise
            self.called_again += 1
            time.sleep(CALL_AGAIN_S)

    def words(self, address: Address | None = None, size: int = 0) -> bytes:
        """A payload that comes only once, of at least that size.

        The programs refuse its version and do nothing; an unreadable hold would hold its order, so there it is a
        release.
        """
        token = f"{self.nonce}-{next(self._count)}"
        if isinstance(address, HoldOn):
            return encode(Hold(hold=address.hold, kind="other", state="released", note=token, by="broker-check"))
        bare = b'{"version":0,"check":"%s","pad":""}' % token.encode()
        return bare[:-2] + b"x" * (size - len(bare)) + bare[-2:]

    def private_talks(self) -> list[Talk]:
        """Ways from one to another, best first."""
        return list(talks(self.identities, private_addresses(self.identities, self.order)))

    def status_talks(self) -> list[Talk]:
        """The same for retained words."""
        return list(talks(self.identities, status_addresses(self.identities)))

    def there_and_back(self) -> tuple[Talk, Talk] | None:
        """Two who can talk to each other."""
        ways = self.private_talks()
        for there in ways:
            for back in ways:
                if (back.sayer, back.hearer) == (there.hearer, there.sayer):
                    return there, back
        return None
