"""What the web server loads: `granian --interface wsgi slimy.wsgi:application`."""

import os
from typing import Any

import django
from django.conf import settings
from django.core.cache import close_caches
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.core.signals import request_finished, request_started
from django.db import reset_queries
from django.utils.http import parse_header_parameters

from slimy.garbage import settle_in
from slimy.postgres.connection import give_up_after
from slimy.webserver import end_with_server

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "slimy.settings")


class Utf8Request(WSGIRequest):
    """A request whose query and forms are UTF-8, whatever it claims.

    Django takes any codec that Python knows, also those that aren't for text: `Content-Type: a/b; charset=hex` with a
    query string raised a LookupError before any middleware ran.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))


class Application(WSGIHandler):
    """Django as a WSGI application."""

    request_class = Utf8Request


end_with_server()
django.setup(set_prefix=False)
application = Application()
request_started.disconnect(reset_queries)  # with DEBUG only, statements are kept
request_finished.disconnect(close_caches)  # their connections to Redis are kept
give_up_after(settings.DATABASE_PATIENCE)
settle_in()
