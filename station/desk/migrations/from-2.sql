-- A grant names its content; what was granted or shipped so far says which content its revision had.
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
  label_sets INTEGER NOT NULL,
  touched_s INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO new_orders
SELECT order_id, claim_kind, claim_station, claim_boot, claim_reprint, claim_grant, doubts, shipped,
  (SELECT json_group_object(revision, content) FROM (
    SELECT json_extract(claim_grant, '$.revision') AS revision, json_extract(claim_grant, '$.content') AS content
    UNION SELECT json_extract(shipped, '$.revision'), json_extract(shipped, '$.content')
    UNION SELECT json_extract(value, '$.grant.revision'), json_extract(value, '$.grant.content') FROM json_each(doubts)
  ) WHERE content != ''),
  label_sets, touched_s
FROM orders;

DROP TABLE orders;
ALTER TABLE new_orders RENAME TO orders;
CREATE INDEX orders_by_claim ON orders (claim_station) WHERE claim_station IS NOT NULL;
CREATE INDEX orders_by_touch ON orders (touched_s);
