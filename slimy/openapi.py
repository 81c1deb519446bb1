"""The OpenAPI document, from the code: what operations have in common is said once, here.

slimy/contract.py says how our fields look in it.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    PolymorphicProxySerializer,
    extend_schema,
)
from rest_framework.serializers import Serializer

from slimy import contract  # noqa: F401  its extensions register themselves
from slimy.paging import NoQuery
from slimy.problems import MEDIA_TYPE
from slimy.wire import TextField


def _header(name: str, description: str, *, schema: Any = str, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, schema, OpenApiParameter.HEADER, description=description, **more)


def _answered(name: str, description: str, *statuses: int, schema: Any = str, always: bool = True) -> OpenApiParameter:
    return _header(name, description, schema=schema, response=list(statuses) or True, required=always)


IDEMPOTENCY_KEY = _header(
    "Idempotency-Key",
    "The same key with the same body gives the same job; with another body 422.",
    schema={"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
)
PREFER = _header("Prefer", "`wait=<1-10>`: wait so many seconds for the job to finish.")
PREFERENCE_APPLIED = _answered("Preference-Applied", "`wait=<seconds>`, when waited for.", 200, always=False)
ASK_AGAIN = _answered("Retry-After", "Seconds, while it isn't finished.", 200, schema={"type": "integer"}, always=False)
DISPOSITION = _answered("Content-Disposition", "The file's name.", 200)
JOB_ID = OpenApiParameter("job_id", OpenApiTypes.UUID, OpenApiParameter.PATH, description="Id of the job.")
REQUEST_ID = {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"}
COMMON = [
    _header("X-Request-ID", "Names the request: up to 64 of A-Z a-z 0-9 . _ : -, else a new one is made up."),
    _answered("X-Request-ID", "Names the request in our logs.", schema=REQUEST_ID),
    _answered("Retry-After", "Seconds.", 202, 429, 503, schema={"type": "integer"}),
]
OF_ACCEPTED = [
    IDEMPOTENCY_KEY,
    PREFER,
    _answered("Location", "Path of the job.", 200, 202),
    PREFERENCE_APPLIED,
]

_PROBLEMS = {
    400: "Fields, query or body that can't be accepted; `details` names them.",
    401: "No valid token.",
    403: "Not allowed, or a session without its CSRF token.",
    404: "There is nothing with this id, or it is somebody else's.",
    409: "The state it is in doesn't allow it.",
    411: "No Content-Length.",
    413: "Body over 1 MiB.",
    412: "It was changed since you read it.",
    415: "The body isn't application/json in UTF-8.",
    422: "Idempotency-Key used before with another body.",
    501: "This installation can't do it.",
    429: "Too many requests or open jobs.",
    503: "A server behind is away.",
}
_LINKS = {
    name: {"operationId": operation, "parameters": {"job_id": "$response.body#/jobId"}, "description": description}
    for name, operation, description in (
        ("job", "get_chat_db_jobs_job_id", "Where its state is read."),
        ("cancel", "delete_chat_db_jobs_job_id", "How it is cancelled while it waits."),
    )
}
_OF_ALL = (400, 401, 429, 503)
_OF_WRITING = (*_OF_ALL, 403)
_OF_BODIES = (411, 413, 415)

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class WireSchema(AutoSchema):
    """Adds what every operation takes."""

    def get_override_parameters(self) -> list[Any]:
        """The query string of the view and the headers of all operations."""
        query = getattr(self.view, "query", NoQuery)
        takes_query = self.method == "GET" and query is not NoQuery
        return [*([query] if takes_query else []), *COMMON]

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        """From each 202, the links to its job."""
        operation = super().get_operation(*args, **kwargs)
        if accepted := (operation or {}).get("responses", {}).get("202"):
            accepted["links"] = _LINKS
        return operation

    def get_operation_id(self) -> str:
        """`post_chat_messages`: method and path, stable and unique."""
        plain = self.path.translate(str.maketrans("-.", "__", "{}"))
        words = [word for word in plain.split("/") if word]
        return "_".join([self.method.lower(), *words[1:]])

    def get_tags(self) -> list[str]:
        """The part of the API: what follows /api/."""
        return [self.path.split("/")[2]]

    def get_summary(self) -> str:
        """The first line of the method's docstring."""
        return self._docstring()[0]

    def get_description(self) -> str:
        """The method's docstring after its first line."""
        return "\n".join(self._docstring()[1:]).strip()

    def _docstring(self) -> list[str]:
        action = getattr(self.view, self.method.lower())
        return [line.strip() for line in (action.__doc__ or "").strip().splitlines()] or [""]

    def _map_basic_serializer(self, serializer: Any, direction: str) -> Any:
        """An object that is sent to us may hold nothing unknown."""
        schema = super()._map_basic_serializer(serializer, direction)
        return schema | {"additionalProperties": False} if direction == "request" else schema

    def _insert_field_validators(self, field: Any, schema: Any) -> None:
        """What a text may hold is said in slimy/contract.py; this would add a second way to be empty."""
        if not isinstance(field, TextField):
            super()._insert_field_validators(field, schema)

    def _get_request_for_media_type(self, serializer: Any, direction: str = "request") -> Any:
        """A job without a type is none, so its body is required."""
        schema, required = super()._get_request_for_media_type(serializer, direction)
        return schema, required or isinstance(serializer, PolymorphicProxySerializer)


def reads(answer: Any, *statuses: int, parameters: Iterable[Any] = ()) -> Decorator:
    """Describe an operation that changes nothing; `statuses` are the errors that not every operation has."""
    return _describe(parameters=list(parameters), responses={200: _answer(answer)} | _problems(*_OF_ALL, *statuses))


def sends(media_type: str, description: str, *statuses: int, parameters: Iterable[Any] = ()) -> Decorator:
    """Describe an operation that answers with a file of this type; everything else as for `reads`."""
    schema = OpenApiTypes.STR if media_type.startswith("text/") else OpenApiTypes.BINARY
    file = {(200, media_type): OpenApiResponse(schema, description=description)}
    return _describe(parameters=[*parameters, DISPOSITION], responses=file | _problems(*_OF_ALL, *statuses))


def writes(answer: Any, *statuses: int, body: Any = None, parameters: Iterable[Any] = ()) -> Decorator:
    """Describe an operation that changes something at once."""
    statuses = (*_OF_WRITING, *(_OF_BODIES if body else ()), *statuses)
    return _describe(request=body, parameters=list(parameters), responses={200: _answer(answer)} | _problems(*statuses))


def accepts_job(
    body: Any,
    answer: type[Serializer[Any]],
    *statuses: int,
    parameters: Iterable[Any] = (),
    examples: Mapping[str, Any] | None = None,
) -> Decorator:
    """Describe an operation that makes a job: 202 with its id, or 200 with the job when waited for.

    `examples` are bodies by their name.
    """
    from slimy.jobs.serializers import JobDocument

    statuses = (*_OF_WRITING, *(_OF_BODIES if body else ()), 422, *statuses)
    return _describe(
        request=body,
        parameters=[*parameters, *OF_ACCEPTED],
        responses={202: _answer(answer), 200: _answer(JobDocument)} | _problems(*statuses),
        examples=[OpenApiExample(name, value, request_only=True) for name, value in (examples or {}).items()],
    )


def _describe(**details: Any) -> Decorator:
    decorator: Decorator = extend_schema(**details)
    return decorator


def _answer(document: type[Serializer[Any]]) -> OpenApiResponse:
    return OpenApiResponse(document, description=(document.__doc__ or "").strip())


def _problems(*statuses: int) -> dict[Any, OpenApiResponse]:
    from slimy.jobs.serializers import ProblemDocument

    return {
        (status, MEDIA_TYPE): OpenApiResponse(ProblemDocument, description=_PROBLEMS[status])
        for status in sorted(statuses)
    }
