"""The packer's screen: sees only what the daemon publishes to it, so that it can crash without touching a print."""
