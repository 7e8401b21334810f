-- What comes after the print: recalls, labels that are void, swaps; serial numbers of units. Until now there were none.
CREATE TABLE new_orders (
  order_id TEXT PRIMARY KEY,
  claim_kind TEXT,
  claim_station TEXT,
  claim_boot TEXT,
  claim_reprint INTEGER,
  claim_grant TEXT,
  doubts TEXT NOT NULL,
  shipped TEXT,
  granted_contents TEXT NOT NULL,
  voids TEXT NOT NULL,
  recall TEXT,
  label_sets INTEGER NOT NULL,
  touched_s INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO new_orders
SELECT order_id, claim_kind, claim_station, claim_boot, claim_reprint, claim_grant, doubts, shipped, granted_contents,
  '[]', NULL, label_sets, touched_s
FROM orders;

DROP TABLE orders;
ALTER TABLE new_orders RENAME TO orders;
CREATE INDEX orders_by_claim ON orders (claim_station) WHERE claim_station IS NOT NULL;
CREATE INDEX orders_by_touch ON orders (touched_s);
CREATE INDEX orders_called_back ON orders (order_id) WHERE recall IS NOT NULL;

CREATE TABLE new_editions (
  order_id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  digest TEXT NOT NULL,
  standing TEXT NOT NULL,
  slips TEXT NOT NULL,
  tracking_numbers TEXT NOT NULL,
  swap INTEGER NOT NULL,
  instruction BLOB,
  PRIMARY KEY (order_id, revision)
) STRICT, WITHOUT ROWID;

INSERT INTO new_editions
SELECT order_id, revision, digest, standing, slips, tracking_numbers, 0, instruction FROM editions;

DROP TABLE editions;
ALTER TABLE new_editions RENAME TO editions;
CREATE INDEX editions_with_instruction ON editions (order_id) WHERE instruction IS NOT NULL;

CREATE TABLE labels (
  tracking_number TEXT PRIMARY KEY,
  order_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX labels_by_order ON labels (order_id);

INSERT OR REPLACE INTO labels
SELECT number.value, order_id FROM shipments, json_each(shipments.body, '$.tracking_numbers') AS number
WHERE order_id IN (SELECT order_id FROM orders) ORDER BY shipments.number;

CREATE TABLE serials (
  item TEXT NOT NULL,
  serial TEXT NOT NULL,
  grant_id TEXT NOT NULL,
  order_id TEXT NOT NULL,
  station TEXT NOT NULL,
  printed_at TEXT NOT NULL,
  PRIMARY KEY (item, serial, grant_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX serials_by_order ON serials (order_id);
