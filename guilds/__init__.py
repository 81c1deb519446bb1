"""Guilds, who is in them, and their settings."""
