"""Backups of PostgreSQL, and the proof that they can be restored."""
