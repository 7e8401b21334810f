"""A whole site without hardware: broker, desk, station, emulated devices, and a tour of what it does."""
