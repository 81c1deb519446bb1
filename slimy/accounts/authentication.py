"""Who is asking: a bearer token for clients, the session (with CSRF check) for pages."""

from hmac import compare_digest
from typing import Any

from django.db.models import Q
from django.utils import timezone
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from knox.models import AuthToken
from knox.settings import CONSTANTS
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from slimy.accounts.models import User

LONGEST_TOKEN = 256


class BearerAuthentication(TokenAuthentication):
    """`Authorization: Bearer <token>`: knox's hashed tokens, found in one indexed statement."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, AuthToken]:
        """The owner of a token that exists, hasn't expired and whose user is active. Raises AuthenticationFailed."""
        if not token.isalnum() or len(token) > LONGEST_TOKEN:
            raise AuthenticationFailed("Invalid token.")
        text = token.decode("ascii")
        alive = Q(expiry__isnull=True) | Q(expiry__gt=timezone.now())
        found = AuthToken.objects.select_related("user").filter(
            alive, token_key=text[: CONSTANTS.TOKEN_KEY_LENGTH], user__is_active=True
        )
        digest = hash_token(text)
        for candidate in found:
            if compare_digest(digest, candidate.digest):
                return candidate.user, candidate
        raise AuthenticationFailed("Invalid token.")


class PageSessionAuthentication(SessionAuthentication):
    """The session of somebody who signed in on a page."""

    def authenticate_header(self, request: Request) -> str:
        """Also without credentials the answer is 401 and names the scheme for clients."""
        return "Bearer"

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        """None when the client tried a token: a bad token is never saved by a cookie."""
        return None if "Authorization" in request.headers else super().authenticate(request)
