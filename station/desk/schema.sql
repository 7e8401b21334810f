-- The desk's database. One row says what an order is now; history says how it became so.
CREATE TABLE desk (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  epoch TEXT NOT NULL,
  decision INTEGER NOT NULL,
  waits_for TEXT NOT NULL,                -- JSON array of stations
  starts INTEGER NOT NULL                 -- of the desk on this file: its answers are numbered after it
) STRICT;

CREATE TABLE age (                        -- station/age.py
  one INTEGER PRIMARY KEY CHECK (one = 1),
  counted_s REAL NOT NULL,
  wall_s REAL NOT NULL
) STRICT;

CREATE TABLE orders (
  order_id TEXT PRIMARY KEY,
  claim_kind TEXT,                        -- packing | granted | in_doubt
  claim_station TEXT,
  claim_boot TEXT,
  claim_reprint INTEGER,
  claim_grant TEXT,                       -- JSON: GrantReference
  doubts TEXT NOT NULL,                   -- JSON array of InDoubt, beside the claim
  shipped TEXT,                           -- JSON: Shipped
  granted_contents TEXT NOT NULL,         -- JSON: revision to content, as grants named it
  voids TEXT NOT NULL,                    -- JSON array of Voided
  recall TEXT,                            -- JSON: Recall, while its label is called back
  label_sets INTEGER NOT NULL,
  touched_s INTEGER NOT NULL              -- this database's age, to the hour; for retention only
) STRICT, WITHOUT ROWID;
CREATE INDEX orders_by_claim ON orders (claim_station) WHERE claim_station IS NOT NULL;
CREATE INDEX orders_by_touch ON orders (touched_s);
CREATE INDEX orders_called_back ON orders (order_id) WHERE recall IS NOT NULL;

CREATE TABLE editions (
  order_id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  digest TEXT NOT NULL,
  standing TEXT NOT NULL,
  slips TEXT NOT NULL,                    -- JSON array
  tracking_numbers TEXT NOT NULL,         -- JSON array
  swap INTEGER NOT NULL,
  instruction BLOB,                       -- personal data; NULL once dropped
  PRIMARY KEY (order_id, revision)
) STRICT, WITHOUT ROWID;
CREATE INDEX editions_with_instruction ON editions (order_id) WHERE instruction IS NOT NULL;

CREATE TABLE slips (
  slip TEXT PRIMARY KEY,
  order_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX slips_by_order ON slips (order_id);

CREATE TABLE labels (                     -- that came out: which order has this one
  tracking_number TEXT PRIMARY KEY,
  order_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX labels_by_order ON labels (order_id);

CREATE TABLE holds (
  order_id TEXT NOT NULL,
  hold_id TEXT NOT NULL,
  body TEXT NOT NULL,                     -- JSON: Hold
  known INTEGER NOT NULL,                 -- 0: no such hold was known when its release came
  PRIMARY KEY (order_id, hold_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE corrections (               -- answers that changed, until the broker has taken the new one
  order_id TEXT NOT NULL,
  what TEXT NOT NULL,                     -- hold-<hold> | revision-<n>
  PRIMARY KEY (order_id, what)
) STRICT, WITHOUT ROWID;

CREATE TABLE stations (
  station TEXT PRIMARY KEY,
  body TEXT NOT NULL                      -- JSON: Station
) STRICT, WITHOUT ROWID;

CREATE TABLE grants (
  grant_id TEXT PRIMARY KEY,
  order_id TEXT NOT NULL,
  fate TEXT NOT NULL                      -- printed | not_printed
) STRICT, WITHOUT ROWID;
CREATE INDEX grants_by_order ON grants (order_id);

CREATE TABLE serials (                    -- of units that are granted or went out: none goes out twice
  item TEXT NOT NULL,                     -- GTIN
  serial TEXT NOT NULL,
  grant_id TEXT NOT NULL,
  order_id TEXT NOT NULL,
  station TEXT NOT NULL,
  printed_at TEXT NOT NULL,               -- for people; empty while it is granted
  PRIMARY KEY (item, serial, grant_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX serials_by_order ON serials (order_id);

CREATE TABLE shipments (
  number INTEGER PRIMARY KEY,
  order_id TEXT NOT NULL,
  body TEXT NOT NULL                      -- JSON: Shipment
) STRICT;
CREATE INDEX shipments_by_order ON shipments (order_id);

CREATE TABLE history (
  order_id TEXT NOT NULL,
  line INTEGER NOT NULL,                  -- counted within the order
  at_s REAL NOT NULL,                     -- desk's clock, for people
  what TEXT NOT NULL,
  station TEXT NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (order_id, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE strays (                     -- lines that belong to no order: refused instructions of orders that never came
  line INTEGER PRIMARY KEY,
  order_id TEXT NOT NULL,
  at_s REAL NOT NULL,
  what TEXT NOT NULL,
  station TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;
