"""What the audit trail says of API tokens and second factors: who made or took them away, and whose they are."""

from collections.abc import Sequence

from django.contrib.admin.models import CHANGE, LogEntry

from slimy.accounts.models import User
from slimy.audit.record import record


def token_event(verb: str, owner: User, tokens: Sequence[str], by: User | None) -> None:
    """`verb` is create or revoke; `tokens` are the first characters of each; `by` is None for a command."""
    details = {"tokens": list(tokens), "owner": owner.get_username()} | ({} if by else {"by": "manage.py apitoken"})
    record(f"token.{verb}", actor=by, resource=f"accounts.user/{owner.pk}", details=details)


def second_factor_event(verb: str, owner: User, by: User | None, message: str, **details: object) -> None:
    """`verb` is create, remove or codes; `message` is for the owner's history in the admin, where commands aren't."""
    details = {"owner": owner.get_username(), **details} | ({} if by else {"by": "manage.py totp"})
    record(f"totp.{verb}", actor=by, resource=f"accounts.user/{owner.pk}", details=details)
    if by is not None:
        LogEntry.objects.log_actions(by.pk, [owner], CHANGE, message, single_object=True)
