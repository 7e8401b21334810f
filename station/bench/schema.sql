-- The station's journal. No personal data: orders are named by their numbers only.
CREATE TABLE journal (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  journal_id TEXT NOT NULL,
  boot_number INTEGER NOT NULL,
  epoch TEXT NOT NULL,                    -- the desk's, as last known
  seen_decision INTEGER NOT NULL
) STRICT;

CREATE TABLE age (                        -- station/age.py
  one INTEGER PRIMARY KEY CHECK (one = 1),
  counted_s REAL NOT NULL,
  wall_s REAL NOT NULL
) STRICT;

CREATE TABLE records (                    -- for the desk: sent until kept
  sequence INTEGER PRIMARY KEY,
  body TEXT NOT NULL,                     -- JSON: AnyRecord
  kept INTEGER NOT NULL DEFAULT 0,
  aged_s REAL NOT NULL                    -- this database's age, here and below; for retention only
) STRICT;
CREATE INDEX records_unkept ON records (sequence) WHERE kept = 0;

CREATE TABLE grants (                     -- past the point of no return
  grant_id TEXT PRIMARY KEY,
  body TEXT NOT NULL,                     -- JSON: GrantReference
  fate TEXT,                              -- NULL: not known; printed | voided | no_label | dropped
  aged_s REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX grants_open ON grants (grant_id) WHERE fate IS NULL;

CREATE TABLE scan_backs (                 -- labels on paper that nobody has scanned on their boxes yet
  grant_id TEXT PRIMARY KEY,
  body TEXT NOT NULL,                     -- JSON: GrantReference
  aged_s REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE holds (                      -- every hold that was heard, as it stands
  order_id TEXT NOT NULL,
  hold_id TEXT NOT NULL,
  active INTEGER NOT NULL,
  body TEXT NOT NULL,                     -- JSON: Hold
  aged_s REAL NOT NULL,
  PRIMARY KEY (order_id, hold_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX holds_active ON holds (order_id) WHERE active = 1;

CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  boot_number INTEGER NOT NULL,
  what TEXT NOT NULL,
  order_id TEXT NOT NULL,
  code TEXT NOT NULL,
  packer TEXT NOT NULL,
  detail TEXT NOT NULL,
  at_s REAL NOT NULL,                     -- this machine's clock, shown to people
  aged_s REAL NOT NULL
) STRICT;
CREATE INDEX audit_by_order ON audit (order_id);
CREATE INDEX audit_by_age ON audit (aged_s);

CREATE TABLE chapters (                   -- what the decisions were given and what they decided: station/bench/recording.py
  id INTEGER PRIMARY KEY,
  boot TEXT NOT NULL,                     -- of the run: one start of the daemon
  boot_number INTEGER NOT NULL,
  software TEXT NOT NULL,                 -- the version that decided
  format INTEGER NOT NULL,
  first_event INTEGER NOT NULL,           -- within the run
  beginning TEXT NOT NULL,                -- JSON: Beginning
  ended TEXT NOT NULL,                    -- stopped | goes on; empty: under way, or cut off
  at_s REAL NOT NULL
) STRICT;

CREATE TABLE recorded (                   -- each chapter is one zlib stream of JSON lines, in parts
  chapter INTEGER NOT NULL,
  first_event INTEGER NOT NULL,
  body BLOB NOT NULL,
  elapsed_s REAL NOT NULL,                -- when it was written, by the clock that limits are counted with
  at_s REAL NOT NULL,                     -- the same, by this machine's clock
  aged_s REAL NOT NULL,
  PRIMARY KEY (chapter, first_event)
) STRICT, WITHOUT ROWID;
