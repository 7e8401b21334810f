"""What the daemons say of themselves to those who look after them: the journal's lines, and figures for Prometheus."""
