"""The admin, one file a part of it."""
