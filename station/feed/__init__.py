"""The MQTT client that both programs and the contact center's commands use."""
