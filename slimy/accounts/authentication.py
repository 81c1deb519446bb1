"""Who is asking: a bearer token for clients, the session (with CSRF check) for pages."""

from hmac import compare_digest
from typing import Any

from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from knox.settings import CONSTANTS
from rest_framework.authentication import SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from slimy.accounts.models import User
from slimy.accounts.remembered import Digest, recall, remember
from slimy.sql import query

LONGEST_TOKEN = 256

# The ORM would take longer to write this than PostgreSQL to answer it.
# `from_db` takes values in the order of the model; the user's other fields are read when somebody asks for them.
_WANTED = ("id", "username", "is_active", "is_staff", "is_superuser")
_SHOWN = [field.attname for field in User._meta.concrete_fields if field.attname in _WANTED]  # noqa: SLF001
_ALIVE = f"""
SELECT t.digest, t.expiry, now() AS now, {", ".join(f"u.{name}" for name in _SHOWN)}
  FROM knox_authtoken t JOIN accounts_user u ON u.id = t.user_id
 WHERE t.token_key = %(key)s AND (t.expiry IS NULL OR t.expiry > now()) AND u.is_active"""  # noqa: S608  # nosec B608


class BearerAuthentication(TokenAuthentication):
    """`Authorization: Bearer <token>`: knox's hashed tokens, found in one indexed statement and remembered a moment."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, Digest]:
        """The owner of a token that exists, hasn't expired and whose user is active, and the token's digest.

        Raises AuthenticationFailed.
        """
        if not token.isalnum() or len(token) > LONGEST_TOKEN:
            raise AuthenticationFailed("Invalid token.")
        text = token.decode("ascii")
        digest = hash_token(text)
        if row := recall(digest):
            return User.from_db("default", _SHOWN, row), Digest(digest, is_remembered=True)
        return _look_up(text[: CONSTANTS.TOKEN_KEY_LENGTH], digest)


def look_again(request: Request, digest: str) -> tuple[User, Digest]:
    """Who the token of a request belongs to by now, whatever is remembered. Raises AuthenticationFailed."""
    token = get_authorization_header(request).split()[1].decode("ascii")
    return _look_up(token[: CONSTANTS.TOKEN_KEY_LENGTH], digest)


def _look_up(key: str, digest: str) -> tuple[User, Digest]:
    for found in query(_ALIVE, {"key": key}):
        if compare_digest(digest, found["digest"]):
            row = tuple(found[name] for name in _SHOWN)
            remember(digest, found["id"], row, found["expiry"], found["now"])
            return User.from_db("default", _SHOWN, row), Digest(digest, is_remembered=False)
    raise AuthenticationFailed("Invalid token.")


class PageSessionAuthentication(SessionAuthentication):
    """The session of somebody who signed in on a page."""

    def authenticate_header(self, request: Request) -> str:
        """Also without credentials the answer is 401 and names the scheme for clients."""
        return "Bearer"

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        """None when the client tried a token: a bad token is never saved by a cookie."""
        return None if "Authorization" in request.headers else super().authenticate(request)
