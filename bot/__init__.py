"""The chat: commands in, messages out."""
