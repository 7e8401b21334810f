"""``station broker-check``: whether a site's broker, with its settings and rights, does what the programs need."""
