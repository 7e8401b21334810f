-- Labels that are to be scanned on their boxes. Until now none was.
CREATE TABLE scan_backs (
  grant_id TEXT PRIMARY KEY,
  body TEXT NOT NULL,
  aged_s REAL NOT NULL
) STRICT, WITHOUT ROWID;
