"""The base of every view below /api/: JSON in, JSON out, strict query strings, throttled also without a user."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django.http import QueryDict
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.views import APIView
from structlog.contextvars import bind_contextvars

from slimy.accounts.models import User
from slimy.paging import NoQuery
from slimy.parsing import StrictJSONParser, checked


class JsonOnly(BaseContentNegotiation):
    """Bodies must say that they are JSON; answers are JSON whatever `Accept` or `?format` say (RFC 9110, 12.5.1)."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """The parser of the body, None when its type isn't the parser's."""
        content_type = request._request.content_type  # noqa: SLF001  Django's is parsed, DRF's is raw
        return next((parser for parser in parsers if parser.media_type == content_type), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The view's one renderer."""
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class ApiView(APIView):
    """A view of the API. `query` is the serializer of what `GET` takes; anything else in a query string is a 400."""

    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    content_negotiation_class = JsonOnly
    parser_classes = (StrictJSONParser,)
    renderer_classes: Sequence[type[BaseRenderer]] = (JSONRenderer,)
    query: ClassVar[type[Serializer[Any]]] = NoQuery
    params: dict[str, Any]
    user: User

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who is asking, may they, how often, with which query."""
        try:
            super().initial(request, *args, **kwargs)
        except (NotAuthenticated, AuthenticationFailed):
            self.check_throttles(request)  # whoever guesses tokens is slowed down, too
            raise
        self.user = request.user  # type: ignore[assignment]
        bind_contextvars(user_id=self.user.pk)
        if request.method in self.allowed_methods:  # else it will be a 405
            reads = request.method in ("GET", "HEAD")
            self.params = checked(self.query if reads else NoQuery, request.query_params)

    @property
    def default_response_headers(self) -> dict[str, str]:
        """Answers are for one user and one moment."""
        return {**super().default_response_headers, "Cache-Control": "no-store"}


def body_of(request: Request) -> Any:
    """The JSON value that was sent; no body at all counts as {}. Raises ParseError, UnsupportedMediaType."""
    return {} if isinstance(request.data, QueryDict) else request.data
