"""What is asked of a device once, when it is installed, by a person at the station itself."""
