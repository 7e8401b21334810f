"""For all tests."""

import signal

# A shell that starts the tests in the background has them ignore it, and every program that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)
