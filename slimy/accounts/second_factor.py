"""The second factor of somebody who signs in on the pages: an authenticator app (TOTP, RFC 6238), and codes for the
day on which it is lost. Whatever changes it is in the audit trail and in the admin's history of the user.
"""

from __future__ import annotations

import secrets
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db.models import QuerySet
from django.utils import timezone
from django_otp import match_token
from django_otp.plugins.otp_totp.models import TOTPDevice

from slimy.accounts.models import RecoveryCode, User
from slimy.accounts.trail import second_factor_event
from slimy.audit.record import record
from slimy.sql import tx

CODES = 10
DIGITS = 20  # of a recovery code: 66 random bits, too many to be found from a hash; digits, for a phone's keys
WAITS = timedelta(minutes=15)  # so long a secret that was shown may be confirmed


@dataclass(frozen=True)
class State:
    """What is to be known about somebody's second factor."""

    since: datetime | None
    last_used: datetime | None
    codes_left: int

    @property
    def is_on(self) -> bool:
        """Whether it is asked for."""
        return self.since is not None


def state_of(user: User) -> State:
    """Of the authenticator that counts."""
    device = TOTPDevice.objects.filter(user=user, confirmed=True).order_by("-pk").first()
    if device is None:
        return State(None, None, 0)
    return State(device.created_at or user.date_joined, device.last_used_at, user.recovery_codes.count())


def is_on(user: User) -> bool:
    """Whether signing in needs a code."""
    return bool(TOTPDevice.objects.filter(user=user, confirmed=True).exists())


def accepts(user: User, code: str) -> bool:
    """Whether `code` (digits only) is the app's, or a recovery code; either is accepted once.

    Call it outside a transaction that may be rolled back: what was used and what was wrong is written down.
    """
    if not (code.isascii() and code.isdigit()):
        return False
    return _spend(user, code) if len(code) == DIGITS else match_token(user, code) is not None


def begin(user: User) -> None:
    """A new secret, which counts for nothing until it is confirmed; one that waited is forgotten."""
    with tx():
        TOTPDevice.objects.filter(user=user, confirmed=False).delete()
        TOTPDevice.objects.create(user=user, name="authenticator", confirmed=False)


def waiting_of(user: User) -> TOTPDevice | None:
    """The secret that waits to be confirmed."""
    device: TOTPDevice | None = _waiting(user).first()
    return device


def confirm(user: User, code: str) -> list[str] | None:
    """With a code of the new app it counts, the one before no more. Returns recovery codes; None for a wrong code."""
    with tx():
        device = _waiting(user).select_for_update().first()
        if device is None or not device.verify_token(code):
            return None
        replaced, _ = TOTPDevice.objects.filter(user=user).exclude(pk=device.pk).delete()
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        second_factor_event("create", user, user, "Set up a second factor.", replaced=bool(replaced))
        return _replace_codes(user)


def give(user: User) -> TOTPDevice:
    """A secret that counts at once, for a command that prints it; what was before is forgotten."""
    with tx():
        had = _forget(user)
        device = TOTPDevice.objects.create(user=user, name="authenticator")
        second_factor_event("create", user, None, "", replaced=had)
    return device


def renew_codes(user: User) -> list[str]:
    """New recovery codes; those of before are worth nothing from now on."""
    with tx():
        second_factor_event("codes", user, user, "Made new recovery codes.")
        return _replace_codes(user)


def remove(user: User, by: User | None) -> bool:
    """Sign in without a code again. Returns whether there was a second factor; `by` is None for a command."""
    with tx():
        had = _forget(user)
        if had:
            second_factor_event("remove", user, by, "Removed the second factor.")
    return had


def secret_of(device: TOTPDevice) -> str:
    """As it is typed into an app: base32, in groups of four."""
    return _grouped(b32encode(device.bin_key).decode(), 4)


def _waiting(user: User) -> QuerySet[TOTPDevice]:
    recent = timezone.now() - WAITS
    waiting: QuerySet[TOTPDevice] = TOTPDevice.objects.filter(user=user, confirmed=False, created_at__gt=recent)
    return waiting.order_by("-pk")


def _forget(user: User) -> bool:
    """All devices and codes. Returns whether there was one that counted."""
    had = is_on(user)
    TOTPDevice.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()
    return had


def _replace_codes(user: User) -> list[str]:
    codes = [f"{secrets.randbelow(10**DIGITS):0{DIGITS}}" for _ in range(CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(code)) for code in codes)
    return [_grouped(code, 5) for code in codes]


def _spend(user: User, code: str) -> bool:
    with tx():
        spent, _ = RecoveryCode.objects.filter(user=user, digest=_digest(code)).delete()
        if spent:
            left = RecoveryCode.objects.filter(user=user).count()
            record("totp.recovery", actor=user, resource=f"accounts.user/{user.pk}", details={"left": left})
    return bool(spent)


def _digest(code: str) -> str:
    return sha256(code.encode()).hexdigest()


def _grouped(text: str, size: int) -> str:
    return " ".join(text[at : at + size] for at in range(0, len(text), size))
