"""The three doors of raw SQL."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, OperationalError, connection

from slimy.accounts.models import User
from slimy.sql import one, query, texts, tx, uuids


@pytest.mark.django_db
def test_rows_come_as_dicts():
    assert query("SELECT 1 AS a, 'x' AS b UNION SELECT 2, 'y' ORDER BY 1") == [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
    assert one("SELECT 1 AS a WHERE false") is None
    assert query("SET LOCAL work_mem = '4MB'") == []


@pytest.mark.django_db
def test_values_are_bound_and_never_run(alice):
    hostile = "x'; DELETE FROM accounts_user; --"
    assert one("SELECT %(name)s AS name", {"name": hostile}) == {"name": hostile}
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_many_values_are_one_parameter():
    words = ["plain", 'a "quote"', "back\\slash", "{brace, comma}", "NULL", "", " "]
    assert one("SELECT %s::text[] AS words", [texts(words)]) == {"words": words}
    ids = [uuid4(), uuid4()]
    assert one("SELECT %s::uuid[] AS ids", [uuids(ids)]) == {"ids": ids}
    assert one("SELECT %s::text[] AS words, %s::uuid[] AS ids", [texts([]), uuids([])]) == {"words": [], "ids": []}


@pytest.mark.django_db(transaction=True)
def test_an_exception_rolls_back_the_transaction_and_an_inner_one_only_its_own_part():
    with tx():
        User.objects.create_user("kept")
        with pytest.raises(ZeroDivisionError), tx():
            User.objects.create_user("lost").email = str(1 / 0)
    assert list(User.objects.values_list("username", flat=True)) == ["kept"]


@pytest.mark.django_db(transaction=True)
def test_the_doors_open_inside_and_outside_a_transaction_and_see_its_work():
    with tx():
        User.objects.create_user("inside")
        assert one("SELECT count(*) AS users FROM accounts_user") == {"users": 1}
    assert one("SELECT count(*) AS users FROM accounts_user") == {"users": 1}


@pytest.mark.django_db(transaction=True)
def test_a_lost_connection_keeps_nothing_and_the_next_one_works():
    with pytest.raises(OperationalError), tx():
        User.objects.create_user("lost")
        query("SELECT pg_terminate_backend(pg_backend_pid())")
    connection.close_if_unusable_or_obsolete()
    assert one("SELECT count(*) AS users FROM accounts_user") == {"users": 0}


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_ends_with_its_answer_is_not_believed_to_be_good():
    query("SELECT 1")
    with pytest.raises(OperationalError):
        query("SELECT pg_terminate_backend(pg_backend_pid())")
    assert not connection.is_usable()
    connection.close_if_unusable_or_obsolete()
    assert one("SELECT 1 AS one") == {"one": 1}


@pytest.mark.django_db
@pytest.mark.parametrize("hostile", ["1; DROP TABLE accounts_user", "' OR '1'='1", "%s", "%(id)s", "\\'; --", "$1"])
def test_hostile_values_are_only_values(alice, hostile):
    assert query("SELECT username FROM accounts_user WHERE username = %s", [hostile]) == []
    assert one("SELECT %(text)s AS text", {"text": hostile}) == {"text": hostile}
    with pytest.raises(DatabaseError), tx():
        query("SELECT username FROM accounts_user WHERE id = %s::int", [hostile])
    assert User.objects.count() == 1
