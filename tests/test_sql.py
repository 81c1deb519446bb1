"""The three doors of raw SQL."""

import pytest

from slimy.accounts.models import User
from slimy.sql import one, query, tx


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


@pytest.mark.django_db(transaction=True)
def test_an_exception_rolls_back_the_transaction_and_an_inner_one_only_its_own_part():
    with tx():
        User.objects.create_user("kept")
        with pytest.raises(ZeroDivisionError), tx():
            User.objects.create_user("lost").email = str(1 / 0)
    assert list(User.objects.values_list("username", flat=True)) == ["kept"]
