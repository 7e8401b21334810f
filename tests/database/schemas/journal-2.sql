BEGIN TRANSACTION;
CREATE TABLE age (                        -- station/age.py
  one INTEGER PRIMARY KEY CHECK (one = 1),
  counted_s REAL NOT NULL,
  wall_s REAL NOT NULL
) STRICT;
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
INSERT INTO "audit" VALUES(1,1,'printer','','','','ready',0.0,0.0);
INSERT INTO "audit" VALUES(2,1,'slip','','A-1001','','pack',0.0,0.0);
INSERT INTO "audit" VALUES(3,1,'opened','A-1001','','','revision 1',0.0,0.0);
INSERT INTO "audit" VALUES(4,1,'item','A-1001','4901234567894','','1/1',0.0,0.0);
INSERT INTO "audit" VALUES(5,1,'print begins','A-1001','','','1-61dc2e4c6646558d.4 without_permission=False',0.0,0.0);
INSERT INTO "audit" VALUES(6,1,'printed','A-1001','','','1-61dc2e4c6646558d.4: proof process_id',0.0,0.0);
CREATE TABLE grants (                     -- past the point of no return
  grant_id TEXT PRIMARY KEY,
  body TEXT NOT NULL,                     -- JSON: GrantReference
  fate TEXT,                              -- NULL: not known; printed | no_label | dropped
  aged_s REAL NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "grants" VALUES('1-61dc2e4c6646558d.4','{"grant":"1-61dc2e4c6646558d.4","order":"A-1001","revision":1,"reprint":0,"tracking_numbers":["400012345670"]}','printed',0.0);
INSERT INTO "grants" VALUES('1-boot.9','{"grant":"1-boot.9","order":"BEGUN","revision":1,"reprint":0,"tracking_numbers":["999999999990"]}',NULL,0.0);
CREATE TABLE holds (                      -- every hold that was heard, as it stands
  order_id TEXT NOT NULL,
  hold_id TEXT NOT NULL,
  active INTEGER NOT NULL,
  body TEXT NOT NULL,                     -- JSON: Hold
  aged_s REAL NOT NULL,
  PRIMARY KEY (order_id, hold_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "holds" VALUES('HELD','h-1',1,'{"version":1,"hold":"h-1","kind":"cancel","state":"active","note":"","by":"","at":""}',0.0);
CREATE TABLE journal (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  journal_id TEXT NOT NULL,
  boot_number INTEGER NOT NULL,
  epoch TEXT NOT NULL,                    -- the desk's, as last known
  seen_decision INTEGER NOT NULL
) STRICT;
INSERT INTO "journal" VALUES(1,'0d0537e8afa2f471',1,'e',1);
CREATE TABLE records (                    -- for the desk: sent until kept
  sequence INTEGER PRIMARY KEY,
  body TEXT NOT NULL,                     -- JSON: AnyRecord
  kept INTEGER NOT NULL DEFAULT 0,
  aged_s REAL NOT NULL                    -- this database's age, here and below; for retention only
) STRICT;
INSERT INTO "records" VALUES(1,'{"type":"printed","version":1,"request":"0d0537e8afa2f471:1","journal":"0d0537e8afa2f471","sequence":1,"grant":{"grant":"1-61dc2e4c6646558d.4","order":"A-1001","revision":1,"reprint":0,"tracking_numbers":["400012345670"]},"at":"at 0.0","packer":"","proof":"process_id","without_permission":false}',0,0.0);
CREATE INDEX records_unkept ON records (sequence) WHERE kept = 0;
CREATE INDEX grants_open ON grants (grant_id) WHERE fate IS NULL;
CREATE INDEX holds_active ON holds (order_id) WHERE active = 1;
CREATE INDEX audit_by_order ON audit (order_id);
CREATE INDEX audit_by_age ON audit (aged_s);
COMMIT;
PRAGMA user_version = 2;
