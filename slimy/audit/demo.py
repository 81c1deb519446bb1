"""What `make run` seeds and `make demo` shows of the audit trail."""

from collections.abc import Mapping

from django.contrib.auth.models import Permission

from slimy.accounts.models import User
from slimy.stack.tour import Tour


def seed(users: Mapping[str, User]) -> None:
    """Alice, whose token the tour uses, may report what she did."""
    users["alice"].user_permissions.add(Permission.objects.get(codename="add_event", content_type__app_label="audit"))


def tour(tour: Tour) -> None:
    """A client reports what it did, in its own name."""
    tour.submit("log_event", {"action": "tour", "resource": "demo", "details": {"stop": "audit"}})
