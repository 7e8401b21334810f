"""contact.toml: how the contact center's and the supervisors' commands reach the broker."""

from station.config.broker import Broker, Section, Site
from station.protocol.codec import Identifier


class ContactConfig(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A publisher's or a supervisor's commands."""

    site: Site
    name: Identifier
    """Who says it: the user's name at the broker, on holds and in records."""
    broker: Broker = Broker()
