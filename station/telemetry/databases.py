"""What the daemons say of their databases' files: room, age, damage, schemas, sealing."""

from station.telemetry.message import Level, Message


class DiskFull(Message, frozen=True):
    """Nothing can be decided."""

    event = "disk full"
    level = Level.ERR
    text = "{reason}; waiting until there is room"
    reason: str


class DatabaseMissing(Message, frozen=True):
    """There was one: nothing is decided without a person's word."""

    event = "database missing"
    level = Level.ERR
    text = "{reason}; nothing is decided until then"
    reason: str


class UsableAgain(Message, frozen=True):
    """There is room, or a person has put a database in place."""

    event = "database usable again"
    level = Level.NOTICE
    text = "{database} can be used again; going on"
    database: str


class ReserveUsed(Message, frozen=True):
    """No label is printed until there is room."""

    event = "reserve of the disk used"
    level = Level.ERR
    text = "{reason}; what was begun is written with the reserve, and no label is printed"
    reason: str


class Dropped(Message, frozen=True):
    """Retention did its work."""

    event = "dropped what is past its time"
    level = Level.INFO
    text = "dropped what is past its time: {rows} rows"
    rows: int


class CopyDropped(Message, frozen=True):
    """The same of a file beside the desk's database, which a person may have counted on."""

    event = "copy dropped"
    level = Level.NOTICE
    text = "{copy} is dropped: names and addresses are kept no longer"
    copy: str


class Sealed(Message, frozen=True):
    """A key is new, or is the first."""

    event = "instructions sealed anew"
    level = Level.NOTICE
    text = "{instructions} instructions are sealed with key {key} now; a former key is needed no longer"
    instructions: int
    key: str


class MigrationBegun(Message, frozen=True):
    """A program finds what an earlier version wrote."""

    event = "schema is brought forward"
    level = Level.NOTICE
    text = "{database}: schema {found} is brought forward to {wanted}; as it was: {kept}"
    database: str
    found: int
    wanted: int
    kept: str


class MigrationDone(Message, frozen=True):
    """In one transaction."""

    event = "schema brought forward"
    level = Level.NOTICE
    text = "{database}: has schema {wanted} now"
    database: str
    wanted: int


class DatabaseSetAside(Message, frozen=True):
    """The desk's is damaged."""

    event = "damaged database set aside"
    level = Level.CRIT
    text = "{reason}: it is set aside as {kept}, and nothing is decided without a person's word"
    reason: str
    kept: str


class JournalSetAside(Message, frozen=True):
    """A station's is damaged. Its next start begins a new one."""

    event = "damaged journal set aside"
    level = Level.CRIT
    text = "{reason}: it is set aside as {kept}"
    reason: str
    kept: str


class JournalReplaced(Message, frozen=True):
    """With what could be read of the damaged one."""

    event = "damaged journal replaced"
    level = Level.CRIT
    text = (
        "a new journal is begun in place of a damaged one, of which these could be read: {records} records that the "
        "desk lacks, {in_doubt} labels in doubt, {holds} holds. What the desk granted here is in doubt until packers "
        "have looked. Take {damaged} away once it is no longer needed (docs/data.md)"
    )
    records: int
    in_doubt: int
    holds: int
    damaged: str


class JournalLost(Message, frozen=True):
    """A station begins a new journal."""

    event = "journal counts as lost"
    level = Level.ERR
    text = "{reason}"
    reason: str
