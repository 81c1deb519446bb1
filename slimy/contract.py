"""How our fields, our sign-in and our job types look in the OpenAPI document."""

from functools import cache
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework.serializers import Serializer

from slimy.wire import TextField, WireSerializer

NO_NUL = "^[^\\u0000]*$"


class BearerScheme(OpenApiAuthenticationExtension):
    """`Authorization: Bearer <token>`."""

    target_class = "slimy.accounts.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The scheme."""
        return {"type": "http", "scheme": "bearer", "description": "A token of `manage.py apitoken <user>`."}


class SessionScheme(OpenApiAuthenticationExtension):
    """The session cookie of who signed in on a page."""

    target_class = "slimy.accounts.authentication.PageSessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The scheme."""
        description = "Of who signed in on a page; writing also takes the header X-CSRFToken."
        return {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": description}


class TextSchema(OpenApiSerializerFieldExtension):
    """Text; what is sent to us holds no NUL, or looks as the field's `pattern` says."""

    target_class = "slimy.wire.TextField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: str) -> Any:
        """The schema."""
        text = self.target
        if direction == "response":
            return {"type": "string"}
        shortest = text.min_length or int(not text.allow_blank)
        longest = {"maxLength": text.max_length} if text.max_length else {}
        return {"type": "string", "minLength": shortest, **longest, "pattern": getattr(text, "pattern", NO_NUL)}


class KeysSchema(OpenApiSerializerFieldExtension):
    """An object with free names; `key_pattern` and `max_keys` of a field say how they look and how many they are."""

    target_class = "rest_framework.fields.DictField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: str) -> Any:
        """The schema."""
        schema = auto_schema._map_serializer_field(self.target, direction, bypass_extensions=True)  # noqa: SLF001
        schema["type"] = "object"  # null, where it is allowed, is added to what this returns
        if direction == "request" and hasattr(self.target, "key_pattern"):
            schema |= {"propertyNames": {"pattern": self.target.key_pattern}, "maxProperties": self.target.max_keys}
        return schema


class NameSchema(OpenApiSerializerFieldExtension):
    """The name of a type of job, where it can only be this one."""

    target_class = "slimy.contract.NameField"
    priority = 1

    def map_serializer_field(self, auto_schema: Any, direction: str) -> Any:
        """The schema."""
        return {"type": "string", "const": self.target.name}


class CursorSchema(OpenApiSerializerFieldExtension):
    """A cursor looks like the key of its list."""

    target_class = "slimy.paging.CursorField"
    priority = 1

    def map_serializer_field(self, auto_schema: Any, direction: str) -> Any:
        """The schema."""
        return {"type": "string", "pattern": f"^{self.target.key.pattern}$"}


class ResultSchema(OpenApiSerializerFieldExtension):
    """The result of a job is one of what the types of jobs answer."""

    target_class = "slimy.jobs.serializers.ResultField"

    def map_serializer_field(self, auto_schema: Any, direction: str) -> Any:
        """The schema."""
        results = [auto_schema.resolve_serializer(kind, "response").ref for kind in _results()]
        return {"anyOf": results} if results else {"type": "object"}


class NameField(TextField):
    """Always the same text."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


def any_job() -> PolymorphicProxySerializer:
    """The body of a job of any type: `{type, data}`, where the type says what the data look like."""
    return PolymorphicProxySerializer("AnyJob", _bodies, resource_type_field_name="type")


def _bodies() -> dict[str, type[Serializer[Any]]]:
    from slimy.jobs import registry

    return {name: _body(name, registry.get(name).payload) for name in registry.names()}


@cache
def _body(name: str, payload: type[Serializer[Any]]) -> type[Serializer[Any]]:
    words = "".join(word.capitalize() for word in name.split("_"))
    fields = {"type": NameField(name), "data": payload(), "__doc__": f"A `{name}` job."}
    return type(f"{words}Job", (WireSerializer,), fields)


def _results() -> list[type[Serializer[Any]]]:
    from slimy.jobs import registry

    found = [getattr(registry.get(name).perform, "answers", None) for name in registry.names()]
    return [kind for kind in dict.fromkeys(found) if kind]
