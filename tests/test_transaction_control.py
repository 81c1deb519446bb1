"""BEGIN and savepoints travel with other statements; what they mean stays the same."""

import time
from contextlib import suppress

import pytest
from django.db import DataError, Error, IntegrityError, connection, transaction

from chat.models import Conversation
from slimy.accounts.models import User
from slimy.postgres.connection import PatientConnection
from slimy.sql import one, query, send_along, send_last, tx


def titles() -> list[str]:
    return list(Conversation.objects.order_by("title").values_list("title", flat=True))


def add(owner: User, title: str) -> None:
    Conversation.objects.create(owner=owner, title=title)


@pytest.mark.django_db(transaction=True)
class TestSavepoints:
    def test_what_fails_inside_is_undone_and_the_rest_stays(self, alice):
        with tx():
            add(alice, "before")
            for number in range(3):
                with pytest.raises(ZeroDivisionError), tx():
                    add(alice, f"inside {number}")
                    raise ZeroDivisionError
            add(alice, "after")
        assert titles() == ["after", "before"]

    def test_a_statement_that_fails_costs_its_savepoint_only(self, alice):
        with tx():
            with tx():
                add(alice, "kept")
            with pytest.raises(IntegrityError), tx():
                add(alice, "lost")
                User.objects.create_user("alice")
            with tx():
                add(alice, "kept too")
        assert titles() == ["kept", "kept too"]

    def test_the_outer_one_takes_the_released_inner_ones_along(self, alice):
        with tx():
            with pytest.raises(ZeroDivisionError), tx():
                with tx():
                    add(alice, "inner")
                with tx():
                    add(alice, "inner too")
                raise ZeroDivisionError
            with tx():
                add(alice, "after")
        assert titles() == ["after"]

    def test_one_that_is_undone_takes_no_earlier_one_of_its_depth_along(self, alice):
        with tx():
            with tx():
                add(alice, "before")
            with pytest.raises(ZeroDivisionError), tx():
                with tx():
                    add(alice, "inner")
                with pytest.raises(ZeroDivisionError), tx():
                    add(alice, "inner too")
                    raise ZeroDivisionError
                raise ZeroDivisionError
        assert titles() == ["before"]

    def test_hooks_of_one_that_stays_outlive_another_of_its_depth(self):
        called = []
        with tx():
            with tx():
                transaction.on_commit(lambda: called.append("kept"))
            with pytest.raises(ZeroDivisionError), tx():
                transaction.on_commit(lambda: called.append("lost"))
                raise ZeroDivisionError
        assert called == ["kept"]

    def test_their_statements_are_the_same_again_and_again(self, monkeypatch):
        sent = []
        queue = PatientConnection._exec_command
        monkeypatch.setattr(PatientConnection, "_exec_command", lambda self, sql: sent.append(sql) or queue(self, sql))
        with tx():
            for _ in range(2):
                with tx(), tx():
                    query("SELECT %s", [1])
        begin = [b"BEGIN", "SAVEPOINT depth_1", "SAVEPOINT depth_2"]
        again = ["RELEASE SAVEPOINT depth_2", "RELEASE SAVEPOINT depth_1", "SAVEPOINT depth_1", "SAVEPOINT depth_2"]
        assert [text if text in (b"BEGIN", b"COMMIT") else text.replace('"', "") for text in sent] == [
            *begin,
            *again,
            b"COMMIT",
        ]

    def test_an_empty_one_rolls_back(self, alice):
        with tx():
            with pytest.raises(ZeroDivisionError), tx():
                raise ZeroDivisionError
            add(alice, "after")
        assert titles() == ["after"]

    def test_an_error_swallowed_inside_shows_at_its_end(self, alice):
        with pytest.raises(Error, match="aborted"), tx():
            add(alice, "lost")
            with tx(), connection.cursor() as cursor, suppress(Error):
                cursor.execute("SELECT 1 / %s", [0])
        assert titles() == []

    def test_a_cursor_that_fetches_by_and_by_sees_what_came_before(self, alice):
        with tx(), tx():
            add(alice, "mine")
            assert [each.title for each in Conversation.objects.iterator(chunk_size=1)] == ["mine"]


@pytest.mark.django_db(transaction=True)
class TestWhatIsSentAlong:
    def test_it_is_in_force_for_the_next_statement(self):
        with tx():
            send_along("SET LOCAL statement_timeout = '1234ms'")
            assert one("SELECT current_setting('statement_timeout') AS is", []) == {"is": "1234ms"}
        assert one("SHOW statement_timeout") != {"statement_timeout": "1234ms"}

    def test_so_is_the_end_of_a_session_that_falls_silent_in_its_transaction(self, alice):
        """What is sent behind the last statement's Sync would keep PostgreSQL from counting the silence."""
        with pytest.raises(Error, match="idle-in-transaction"), tx():
            send_along("SELECT set_config('idle_in_transaction_session_timeout', '200ms', true)")
            query("SELECT %s, pg_sleep(0.05)", [1])
            time.sleep(0.6)
            query("SELECT %s", [1])

    def test_it_comes_before_several_statements_in_one_text(self):
        with tx():
            send_along("SELECT set_config('lock_timeout', %s, true)", ["55ms"])
            query("SET LOCAL statement_timeout = '77ms'; SET LOCAL idle_in_transaction_session_timeout = '88ms'")
            assert one("SHOW lock_timeout") == {"lock_timeout": "55ms"}

    @pytest.mark.parametrize("rolls_back", [False, True])
    def test_a_transaction_that_does_nothing_else_forgets_it(self, rolls_back):
        with tx():
            send_along("SET LOCAL lock_timeout = '55ms'")
            transaction.set_rollback(rolls_back)
        assert connection.connection.owed == connection.connection.unreleased == connection.connection.open == []
        assert one("SHOW lock_timeout", []) == {"lock_timeout": "0"}


@pytest.mark.django_db(transaction=True)
class TestWhatIsSentLast:
    RENAME = "UPDATE chat_conversation SET title = %s"
    FAIL = "SELECT 1 / %s"

    def test_it_goes_with_the_commit(self, alice):
        with tx():
            add(alice, "old")
            send_last(self.RENAME, ["new"])
            assert titles() == ["old"]
        assert titles() == ["new"]

    def test_inside_a_savepoint_it_goes_at_once(self, alice):
        with tx():
            add(alice, "old")
            with tx():
                send_last(self.RENAME, ["new"])
                assert titles() == ["new"]

    def test_when_it_fails_so_does_the_commit_and_nothing_has_happened(self, alice):
        called = []
        with pytest.raises(DataError, match="division by zero"), tx():
            add(alice, "lost")
            transaction.on_commit(lambda: called.append("lost"))
            send_last(self.RENAME, ["lost, too"])
            send_last(self.FAIL, [0])
        assert (titles(), called) == ([], [])
        add(alice, "after")
        assert titles() == ["after"]

    def test_a_transaction_that_rolls_back_forgets_it(self, alice):
        add(alice, "old")
        with pytest.raises(ZeroDivisionError), tx():
            send_last(self.RENAME, ["new"])
            raise ZeroDivisionError
        with tx():
            add(alice, "two")
        assert titles() == ["old", "two"]

    def test_a_transaction_may_hold_nothing_else(self, alice):
        add(alice, "old")
        with tx():
            send_last(self.RENAME, ["new"])
        assert titles() == ["new"]


def test_a_cursor_is_used_again_as_if_it_were_new(db):
    with connection.cursor() as first, connection.cursor() as second:
        first.execute("SELECT 1")
        second.execute("SELECT 2")
        assert (first.fetchone(), second.fetchone()) == ((1,), (2,))
        used = {id(first.cursor), id(second.cursor)}
    assert query("SELECT 3 AS three") == [{"three": 3}]
    with connection.cursor() as third:
        assert id(third.cursor) in used
        assert third.rowcount == -1
        third.execute("SELECT 4")
        assert third.fetchall() == [(4,)]


def test_a_cursor_that_failed_is_used_again(db):
    with transaction.atomic(), pytest.raises(DataError), transaction.atomic():
        query("SELECT 1 / %(zero)s", {"zero": 0})
    assert query("SELECT 5 AS five") == [{"five": 5}]
