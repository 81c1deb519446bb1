"""What the audit trail says of API tokens: who made or revoked them, whose they are, how they begin."""

from collections.abc import Sequence

from slimy.accounts.models import User
from slimy.audit.record import record


def token_event(verb: str, owner: User, tokens: Sequence[str], by: User | None) -> None:
    """`verb` is create or revoke; `tokens` are the first characters of each; `by` is None for a command."""
    details = {"tokens": list(tokens), "owner": owner.get_username()} | ({} if by else {"by": "manage.py apitoken"})
    record(f"token.{verb}", actor=by, resource=f"accounts.user/{owner.pk}", details=details)
