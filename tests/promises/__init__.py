"""The six promises as a judge that sees the truth: one for the simulated worlds and for the real processes."""
