"""What is printed for people to scan: command cards, and badges that nobody else can make."""
