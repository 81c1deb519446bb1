"""Bearer tokens for clients, session and CSRF token for pages."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from chat.models import Conversation
from slimy.accounts.authentication import BearerAuthentication
from tests.conftest import assert_problem, users_jobs
from tests.test_apitoken import apitoken

PATH = "/api/chat/conversations"


def ask(authorization, **more):
    return Client().get(PATH, HTTP_AUTHORIZATION=authorization, **more)


class TestAToken:
    def test_opens_the_door(self, alice):
        assert ask(f"Bearer {apitoken('alice')}").status_code == 200

    def test_may_be_introduced_in_any_case(self, alice):
        assert ask(f"bEARER {apitoken('alice')}").status_code == 200

    def test_is_kept_as_a_hash_only(self, alice):
        token = apitoken("alice")
        row = str(AuthToken.objects.values().get())
        assert token not in row
        assert token[:15] in row

    def test_stands_for_its_user_with_the_rights_of_the_user(self, alice, sam):
        sam.email = "sam@example.com"
        sam.save()
        for user in (alice, sam):
            found, _ = BearerAuthentication().authenticate_credentials(apitoken(user.username).encode())
            assert found == user
            for name in ("username", "is_active", "is_staff", "is_superuser", "email", "date_joined"):
                assert getattr(found, name) == getattr(user, name)

    def test_that_expired_is_refused(self, alice):
        token = apitoken("alice", "--days", "1")
        AuthToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
        assert_problem(ask(f"Bearer {token}"), 401, "unauthorized")

    def test_that_was_revoked_is_refused(self, alice):
        token = apitoken("alice")
        assert apitoken("alice", "--revoke") == "1 tokens revoked"
        assert_problem(ask(f"Bearer {token}"), 401, "unauthorized")

    def test_of_an_inactive_user_is_refused(self, alice):
        token = apitoken("alice")
        alice.is_active = False
        alice.save()
        assert_problem(ask(f"Bearer {token}"), 401, "unauthorized")

    def test_of_a_deleted_user_is_refused(self, alice):
        token = apitoken("alice")
        alice.delete()
        assert_problem(ask(f"Bearer {token}"), 401, "unauthorized")

    def test_with_one_letter_wrong_is_refused(self, alice):
        token = apitoken("alice")
        wrong = token[:-1] + ("0" if token[-1] != "0" else "1")
        assert_problem(ask(f"Bearer {wrong}"), 401, "unauthorized")

    def test_that_is_only_the_known_beginning_is_refused(self, alice):
        assert_problem(ask(f"Bearer {apitoken('alice')[:15]}"), 401, "unauthorized")

    def test_lets_in_with_one_statement(self, alice, django_assert_num_queries):
        token = apitoken("alice").encode()
        with django_assert_num_queries(1):
            BearerAuthentication().authenticate_credentials(token)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer a b",
        "Bearer a\0b",
        "Bearer \xff\xfe",
        "Bearer ١٢".encode().decode("latin-1"),
        "Bearer " + "a" * 100_000,
        "Bearer %00",
        "Bearer ' OR 1=1 --",
        "Token abc",
        "Basic YWxpY2U6YWxpY2U=",
        "Digest username=alice",
        "bearer:abc",
        "\xff",
        ",",
    ],
)
def test_whatever_else_comes_is_refused(authorization):
    response = ask(authorization)
    assert_problem(response, 401, "unauthorized")
    assert response["WWW-Authenticate"] == "Bearer"


class TestASession:
    @pytest.fixture
    def page(self, alice):
        client = Client(enforce_csrf_checks=True)
        client.force_login(alice)
        return client

    def test_reads(self, page, conversation):
        assert len(page.get(PATH).json()["conversations"]) == 1

    @pytest.mark.parametrize(
        ("method", "path"),
        [("post", PATH), ("post", "/api/chat/db-jobs"), ("patch", f"{PATH}/1"), ("delete", f"{PATH}/1")],
    )
    def test_writes_nothing_without_the_csrf_token(self, page, method, path):
        response = getattr(page, method)(path, "{}", content_type="application/json")
        assert_problem(response, 403, "permission_denied")
        assert not users_jobs().exists()

    @pytest.mark.usefixtures("rings")
    def test_writes_with_the_csrf_token(self, page):
        page.cookies["csrftoken"] = "a" * 32
        response = page.post(PATH, "{}", content_type="application/json", HTTP_X_CSRFTOKEN="a" * 32)
        assert response.status_code == 202

    def test_ends_with_the_user_made_inactive(self, page, alice):
        alice.is_active = False
        alice.save()
        assert_problem(page.get(PATH), 401, "unauthorized")

    def test_doesnt_save_a_bad_token(self, page):
        assert_problem(page.get(PATH, HTTP_AUTHORIZATION="Bearer abc"), 401, "unauthorized")

    def test_doesnt_stand_in_the_way_of_a_good_token(self, page, bob):
        Conversation.objects.create(owner=bob, title="Bob's")
        response = page.get(PATH, HTTP_AUTHORIZATION=f"Bearer {apitoken('bob')}")
        assert response.json()["conversations"][0]["title"] == "Bob's"


@pytest.mark.django_db
@pytest.mark.parametrize("cookie", [r'sessionid="\000aaaaaaaaaaaa"', r'csrftoken="\000"'])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_cookie_with_nul_is_a_bad_request(cookie, method):
    assert_problem(getattr(Client(), method)(PATH, HTTP_COOKIE=cookie), 400, "bad_request")
    assert Client().get("/admin/", HTTP_COOKIE=cookie).status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize(
    "cookie", ["sessionid=\xff\xfe", "sessionid=; ;;=;a", 'sessionid="', "sessionid=" + "a" * 5000]
)
def test_an_odd_cookie_is_no_session(cookie):
    assert_problem(Client().get(PATH, HTTP_COOKIE=cookie), 401, "unauthorized")
