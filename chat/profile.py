"""What the chat adds to `GET /api/users/me`."""

from django.db.models import Count, Sum

from chat.models import Conversation
from slimy.accounts.models import User
from slimy.accounts.profile import PROFILE
from slimy.cache import read_through, user_counts_key


@PROFILE.add("counts")
def counts(user: User) -> dict[str, int]:
    """How many conversations and messages the user has."""

    def load() -> dict[str, int]:
        mine = Conversation.objects.owned_by(user).aggregate(conversations=Count("pk"), messages=Sum("message_count"))
        return {name: count or 0 for name, count in mine.items()}

    counted: dict[str, int] = read_through(user_counts_key(user.pk), load)
    return counted
