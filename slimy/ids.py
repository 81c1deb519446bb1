"""Ids: unguessable, and in the order of time so that inserts stay local (UUID version 7, RFC 9562)."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh UUIDv7."""
    fresh: UUID = uuid7()
    return fresh


def parse_id(text: str) -> UUID | None:
    """The UUID written in its canonical form (36 characters), or None for anything else."""
    try:
        parsed = UUID(text)
    except (ValueError, AttributeError, TypeError):
        return None
    return parsed if str(parsed) == text.lower() else None
