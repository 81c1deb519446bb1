"""Who is asking: a bearer token for clients, the session (with CSRF check) for pages."""

from hmac import compare_digest
from typing import Any

from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from knox.settings import CONSTANTS
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from slimy.accounts.models import User
from slimy.sql import query

LONGEST_TOKEN = 256

# Every request asks this: the ORM would take longer to write it than PostgreSQL to answer it.
# `from_db` takes values in the order of the model; the user's other fields are read when somebody asks for them.
_WANTED = ("id", "username", "is_active", "is_staff", "is_superuser")
_SHOWN = [field.attname for field in User._meta.concrete_fields if field.attname in _WANTED]  # noqa: SLF001
_ALIVE = f"""
SELECT t.digest, {", ".join(f"u.{name}" for name in _SHOWN)}
  FROM knox_authtoken t JOIN accounts_user u ON u.id = t.user_id
 WHERE t.token_key = %(key)s AND (t.expiry IS NULL OR t.expiry > now()) AND u.is_active"""  # noqa: S608


class BearerAuthentication(TokenAuthentication):
    """`Authorization: Bearer <token>`: knox's hashed tokens, found in one indexed statement."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, str]:
        """The owner of a token that exists, hasn't expired and whose user is active, and the token's digest.

        Raises AuthenticationFailed.
        """
        if not token.isalnum() or len(token) > LONGEST_TOKEN:
            raise AuthenticationFailed("Invalid token.")
        text = token.decode("ascii")
        digest = hash_token(text)
        for row in query(_ALIVE, {"key": text[: CONSTANTS.TOKEN_KEY_LENGTH]}):
            if compare_digest(digest, row["digest"]):
                return User.from_db("default", _SHOWN, [row[name] for name in _SHOWN]), digest
        raise AuthenticationFailed("Invalid token.")


class PageSessionAuthentication(SessionAuthentication):
    """The session of somebody who signed in on a page."""

    def authenticate_header(self, request: Request) -> str:
        """Also without credentials the answer is 401 and names the scheme for clients."""
        return "Bearer"

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        """None when the client tried a token: a bad token is never saved by a cookie."""
        return None if "Authorization" in request.headers else super().authenticate(request)
