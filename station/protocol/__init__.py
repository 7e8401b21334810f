"""The hold protocol: topics, messages, identifiers. The one description of the public interface.

The AsyncAPI document in ``docs/`` is generated from these types; both programs, the contact center's commands
and the tests use them.
"""
