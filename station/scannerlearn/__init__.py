"""``station scanner``: a printed sheet of three patterns, and what their scans tell of a scanner: its configuration."""
