"""Discord's ids: 17 to 20 digits, unsigned 64 bit, kept and sent as text (Discord API reference, "Snowflakes")."""

import re
from typing import Any

from django.core.exceptions import ValidationError as ModelError
from django.db import models
from rest_framework.exceptions import ValidationError

from slimy.wire import TextField

DIGITS = re.compile(r"[1-9][0-9]{16,19}", re.ASCII)
REFUSAL = "Must be a Discord id: 17 to 20 digits, as text."


def is_snowflake(text: object) -> bool:
    """True for the text of an id that Discord could have made."""
    return isinstance(text, str) and bool(DIGITS.fullmatch(text)) and int(text) < 2**64


def check_snowflake(text: str) -> None:
    """Model validator. Raises Django's ValidationError."""
    if not is_snowflake(text):
        raise ModelError(REFUSAL, code="snowflake")


class SnowflakeModelField(models.CharField):  # type: ignore[type-arg]
    """A column with a Discord id."""

    default_validators = [check_snowflake]

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("max_length", 20)
        super().__init__(*args, **options)


class SnowflakeField(TextField):
    """A Discord id on the wire; a JSON number is refused, since clients would round it."""

    pattern = "^([1-9][0-9]{16,18}|1[0-7][0-9]{18})$"

    def to_internal_value(self, data: Any) -> str:
        if not is_snowflake(data):
            raise ValidationError(REFUSAL, code="snowflake")
        return str(data)
