"""Plainly valid input is read without DRF, and never otherwise than DRF would have read it."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework import serializers

from slimy.jobs import registry
from slimy.plain import reader
from slimy.wire import (
    ChoiceField,
    FlagField,
    IdField,
    InstantField,
    ItemsField,
    TextField,
    WholeNumberField,
    WireSerializer,
)

ID = "019E7B3C-5d2a-7c41-9e0f-3b6a8d1f2c4e"
MESSAGE = {"role": "user", "content": "hello"}


class Inner(WireSerializer):
    kind = ChoiceField(choices=["one", "two"])
    note_text = TextField(max_length=5, required=False, allow_blank=True)


class Everything(WireSerializer):
    some_id = IdField()
    text = TextField(min_length=2, max_length=9)
    number = WholeNumberField(min_value=1, max_value=9, default=5)
    flag = FlagField(required=False, allow_null=True)
    when = InstantField(required=False)
    inner = Inner(required=False)
    items = ItemsField(child=Inner(), min_length=1, max_length=3, required=False)
    ids = ItemsField(child=IdField(), required=False)


class Strict(Inner):
    def validate(self, attrs):
        raise serializers.ValidationError("never")


class Upper(TextField):
    def to_internal_value(self, data):
        return super().to_internal_value(data).upper()


class WithOwnField(WireSerializer):
    text = Upper()


WORDS = st.sampled_from(
    ["some_id", "someId", "text", "number", "flag", "when", "inner", "items", "ids", "kind", "noteText", "x", ""]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 12),
    st.floats(),
    st.text(max_size=12),
    st.just(ID),
    st.sampled_from(["one", "two", "hello", "\0", "\ud800", "a\0", "é\ud800", "2026-11-24T10:00:00Z", ID.lower()]),
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=6), max_leaves=12
)
INNER = st.fixed_dictionaries({"kind": st.sampled_from(["one", "two", "three"])}, optional={"noteText": SCALARS})
LIKELY = st.fixed_dictionaries(
    {"someId": st.just(ID) | SCALARS, "text": st.just("hello") | SCALARS},
    optional={
        "number": SCALARS,
        "flag": SCALARS,
        "when": SCALARS,
        "inner": INNER | JSON,
        "items": st.lists(INNER, max_size=4) | JSON,
        "ids": st.lists(st.just(ID), max_size=3) | JSON,
    },
)


@settings(max_examples=600, deadline=None)
@given(LIKELY | JSON)
def test_what_it_reads_is_what_drf_reads(data):
    before = copy.deepcopy(data)
    plain = reader(Everything)(data)
    if plain is None:
        return
    serializer = Everything(data=data)
    assert serializer.is_valid(), serializer.errors
    assert plain == serializer.validated_data
    assert data == before


@pytest.mark.parametrize(
    ("type", "payload"),
    [
        ("create_conversation", {}),
        ("create_conversation", {"title": "Snails 🐌", "personalityMode": "casual"}),
        ("save_message", {"conversationId": ID, "message": MESSAGE}),
        ("save_messages", {"conversationId": ID, "messages": [MESSAGE] * 100}),
        ("update_conversation", {"conversationId": ID, "title": ""}),
        ("delete_conversation", {"conversationId": ID}),
        ("get_messages", {"conversationId": ID}),
    ],
)
def test_it_reads_the_jobs_that_come_most(type, payload):
    kind = registry.get(type).payload
    serializer = kind(data=payload)
    assert serializer.is_valid(), serializer.errors
    assert reader(kind)(payload) == serializer.validated_data


def test_a_serializer_with_rules_of_its_own_is_drfs_matter():
    assert reader(Strict) is None


def test_a_field_with_rules_of_its_own_is_drfs_matter():
    assert reader(WithOwnField)({"text": "hello"}) is None
