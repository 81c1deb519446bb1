"""POST /api/chat/messages."""

from uuid import uuid4

import pytest

from chat.models import Conversation, Message
from tests.conftest import assert_problem, users_jobs

PATH = "/api/chat/messages"


def saying(conversation, content="hello", **more):
    return {"conversationId": str(conversation.pk), "message": {"role": "user", "content": content, **more}}


@pytest.mark.usefixtures("rings")
class TestTheOwner:
    def test_gets_a_message_saved(self, api, alice, conversation, work):
        client = api(alice)
        accepted = client.post(PATH, saying(conversation, "hi", personalityMode="casual"))
        assert accepted.status_code == 202
        work()

        job = client.get(accepted["Location"]).json()
        message = Message.objects.get()
        assert job["status"] == "completed"
        assert job["result"]["messageId"] == str(message.pk)
        assert (message.conversation, message.author) == (conversation, alice)
        assert (message.role, message.content, message.personality_mode) == ("user", "hi", "casual")

    def test_finds_messages_in_the_order_of_acceptance(self, api, alice, conversation, work):
        for number in range(5):
            api(alice).post(PATH, saying(conversation, str(number)))
        work()
        contents = Message.objects.order_by("position").values_list("content", flat=True)
        assert list(contents) == ["0", "1", "2", "3", "4"]

    def test_sees_the_conversation_counted_and_moved(self, api, alice, conversation, work):
        before = conversation.updated_at
        api(alice).post(PATH, saying(conversation))
        work()
        conversation.refresh_from_db()
        assert conversation.message_count == 1
        assert conversation.updated_at > before

    @pytest.mark.parametrize("content", ["  indented\n", "\U0001f600" * 4000, "' OR 1=1; --", "{{ 7*7 }}<script>"])
    def test_gets_the_content_kept_as_it_came(self, api, alice, conversation, work, content):
        assert api(alice).post(PATH, saying(conversation, content)).status_code == 202
        work()
        assert Message.objects.get().content == content

    def test_may_write_the_id_in_capitals(self, api, alice, conversation, work):
        body = saying(conversation) | {"conversationId": str(conversation.pk).upper()}
        assert api(alice).post(PATH, body).status_code == 202
        work()
        assert Message.objects.get().conversation == conversation

    def test_learns_that_the_conversation_was_deleted_meanwhile(self, api, alice, conversation, work):
        client = api(alice)
        accepted = client.post(PATH, saying(conversation))
        conversation.delete()
        work()
        job = client.get(accepted["Location"]).json()
        assert (job["status"], job["errorCode"]) == ("failed", "conversation_not_found")
        assert job["error"] == "There is no such conversation."


@pytest.mark.django_db(transaction=True)
def test_it_takes_four_statements_and_a_transaction_at_most(api, alice, conversation, django_assert_max_num_queries):
    client = api(alice)
    client.post(PATH, saying(conversation))  # asks for the estimate, which is then known for a second
    with django_assert_max_num_queries(6):  # who asks, whose conversation; BEGIN, open jobs, the ledger's row, COMMIT
        assert client.post(PATH, saying(conversation)).status_code == 202


def test_a_stranger_is_refused(api, bob, conversation):
    assert_problem(api(bob).post(PATH, saying(conversation)), 404, "conversation_not_found")
    assert not users_jobs().exists()


def test_a_conversation_that_never_was_is_refused(api, alice):
    assert_problem(api(alice).post(PATH, saying(Conversation(pk=uuid4()))), 404, "conversation_not_found")


def test_nobody_is_refused(api, conversation):
    assert_problem(api(None).post(PATH, saying(conversation)), 401, "unauthorized")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"role": "system"}, "message.role"),
        ({"role": 1}, "message.role"),
        ({"content": ""}, "message.content"),
        ({"content": "x" * 4001}, "message.content"),
        ({"content": 5}, "message.content"),
        ({"content": "a\0b"}, "message.content"),
        ({"content": None}, "message.content"),
        ({"personalityMode": None}, "message.personalityMode"),
        ({"id": "x"}, "message.id"),
    ],
)
def test_bad_messages_are_named(api, alice, conversation, change, field):
    body = saying(conversation)
    body["message"] |= change
    assert_problem(api(alice).post(PATH, body), 400, "invalid_input", field)
    assert not users_jobs().exists()


@pytest.mark.parametrize("id", [5, True, -1, 2**128, None, [], "", "x", "{%s}", "urn:uuid:%s", "0" * 32, 12.5])
def test_bad_ids_are_refused(api, alice, conversation, id):
    if isinstance(id, str) and "%s" in id:
        id %= conversation.pk
    body = saying(conversation) | {"conversationId": id}
    assert_problem(api(alice).post(PATH, body), 400, "invalid_input", "conversationId")


@pytest.mark.parametrize("missing", ["conversationId", "message"])
def test_missing_fields_are_named(api, alice, conversation, missing):
    body = saying(conversation)
    del body[missing]
    assert_problem(api(alice).post(PATH, body), 400, "invalid_input", missing)


@pytest.mark.parametrize("message", [None, [], "hello", 1])
def test_a_message_is_an_object(api, alice, conversation, message):
    assert_problem(api(alice).post(PATH, saying(conversation) | {"message": message}), 400, "invalid_input", "message")
