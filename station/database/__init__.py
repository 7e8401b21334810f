"""What both programs need of their SQLite files beside reading and writing: schemas, copies, damage, room."""
