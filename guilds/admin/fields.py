"""Form fields for texts and JSON documents that must come back from a browser as they went there."""

import json
import re
from io import BytesIO
from typing import Any

from django import forms
from rest_framework.exceptions import ParseError
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from guilds.merge import canonical
from slimy.parsing import StrictJSONParser

_LINE_END = re.compile(r"\r\n?|\n")


class TextArea(UnfoldAdminTextareaWidget):
    """Unfold's, but with Django's template, which keeps a line end at the beginning of a text."""

    template_name = "django/forms/widgets/textarea.html"


class LineField(forms.CharField):
    """A text in one line, None when it is empty. Browsers take line ends away; that is no change of the text."""

    widget = UnfoldAdminTextInputWidget
    line_end = ""

    def to_python(self, value: Any) -> Any:
        """The text or None."""
        return _LINE_END.sub(self.line_end, super().to_python(value) or "") or None

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the text, or what it stands for, is another."""
        try:
            return canonical(self.to_python(data)) != canonical(self.to_python(initial))
        except forms.ValidationError:
            return True


class LinesField(LineField):
    """A text of many lines. Browsers write their own line ends."""

    widget = TextArea
    line_end = "\n"


class JsonField(LinesField):
    """A JSON document as strict as the API wants it; None for an empty text or object."""

    def to_python(self, value: Any) -> Any:
        """The document."""
        text = super().to_python(value) or ""
        try:
            document = StrictJSONParser().parse(BytesIO(text.encode())) if text.strip() else None
        except ParseError as error:
            raise forms.ValidationError(_complaint(error), code="json") from error
        return None if document == {} else document


def _complaint(error: ParseError) -> str:
    """Where it fails to be JSON, or the parser's own words."""
    cause = error.__cause__
    if isinstance(cause, json.JSONDecodeError):
        return f"Not valid JSON: {cause.msg}, line {cause.lineno}, column {cause.colno}."
    return str(error.detail).replace("The body", "The text")
