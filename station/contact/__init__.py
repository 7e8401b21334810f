"""The contact center's command line: each command asks the desk until it is answered, and says the answer in words."""
