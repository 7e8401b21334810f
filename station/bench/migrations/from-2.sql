-- Recorded decisions, for station replay.
CREATE TABLE chapters (
  id INTEGER PRIMARY KEY,
  boot TEXT NOT NULL,
  boot_number INTEGER NOT NULL,
  software TEXT NOT NULL,
  format INTEGER NOT NULL,
  first_event INTEGER NOT NULL,
  beginning TEXT NOT NULL,
  ended TEXT NOT NULL,
  at_s REAL NOT NULL
) STRICT;

CREATE TABLE recorded (
  chapter INTEGER NOT NULL,
  first_event INTEGER NOT NULL,
  body BLOB NOT NULL,
  elapsed_s REAL NOT NULL,
  at_s REAL NOT NULL,
  aged_s REAL NOT NULL,
  PRIMARY KEY (chapter, first_event)
) STRICT, WITHOUT ROWID;
