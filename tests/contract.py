"""The committed OpenAPI document, to hold real answers against."""

import re
from functools import cache

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker

from tests.conftest import ROOT

COMMITTED = ROOT / "docs" / "openapi.yaml"
METHODS = ("get", "post", "put", "patch", "delete")

formats = FormatChecker(["uuid"])
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
formats.checks("date-time")(lambda text: not isinstance(text, str) or bool(TIME.fullmatch(text)))


@cache
def document():
    """docs/openapi.yaml, where objects that we send hold nothing but what is documented."""
    read = yaml.safe_load(COMMITTED.read_text())
    for schema in read["components"]["schemas"].values():
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
    return read


def operations():
    """(method, path, operation) of all there are."""
    return [
        (method.upper(), path, operation)
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]


def assert_valid(value, schema):
    """`value` is as `schema` of the document says."""
    whole = schema | {"components": document()["components"]}
    Draft202012Validator(whole, format_checker=formats).validate(value)


def assert_as_documented(method, path, response):
    """Status, type, headers and body of the answer are as the document says of the operation."""
    answers = document()["paths"][path][method.lower()]["responses"]
    assert str(response.status_code) in answers, f"{method} {path}: {response.status_code} {response.content}"
    answer = answers[str(response.status_code)]
    media_type = response["Content-Type"].partition(";")[0]
    assert media_type in answer["content"]
    if media_type.endswith("json"):
        assert_valid(response.json(), answer["content"][media_type]["schema"])
    for name, header in answer["headers"].items():
        assert name in response.headers or not header.get("required"), f"{method} {path} without {name}"
        if name in response.headers:
            number = header["schema"]["type"] == "integer"
            assert_valid(int(response[name]) if number else response[name], header["schema"])


ALL = [pytest.param(method, path, id=f"{method} {path}") for method, path, _ in operations()]
