"""The protocol as a model, checked with spin in every state within stated bounds."""
