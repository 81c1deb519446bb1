"""The OpenAPI document at /api/schema, and a page to read it and try it out at /api/docs."""

from functools import cache
from typing import Any

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.renderers import TemplateHTMLRenderer
from rest_framework.request import Request
from rest_framework.serializers import CharField, Serializer

from slimy.api import ApiView


@cache
def document() -> bytes:
    """The OpenAPI document of this process as JSON."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    rendered: bytes = OpenApiJsonRenderer().render(schema)
    return rendered


class SchemaView(ApiView):
    """The document, for anybody."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """The OpenAPI document as JSON."""
        return HttpResponse(document(), content_type="application/vnd.oai.openapi+json")


class DocsQuery(Serializer[Any]):
    """The page asks for its script at its own address."""

    script = CharField(required=False, allow_blank=True, max_length=0)


class DocsView(ApiView, SpectacularSwaggerSplitView):
    """The document to read and to try out, with scripts in files of our own server only."""

    authentication_classes = ()
    permission_classes = ()
    renderer_classes = (TemplateHTMLRenderer,)
    query = DocsQuery
