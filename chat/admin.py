"""Talk as staff see it; `add_messages` keeps the count, so no message of a conversation is ever deleted alone."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse, reverse_lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesRadioFilter
from unfold.decorators import display

from chat.invalidation import conversation_changed
from chat.models import Conversation, GuildMessage, Message
from chat.room_documents import ADMIN_GLOBAL
from slimy.admin.filters import DaysFilter
from slimy.admin.subjects import subject
from slimy.admin.window import Window, moment
from slimy.ids import parse_id
from slimy.sql import tx

NEWEST = 50  # messages on the page of a conversation
SHOWN = 100  # names on the page that asks before deleting
SEARCHED = 200_000  # newest messages whose text is searched, when not in one conversation
_CONVERSATION = "conversation__id__exact"
_MESSAGES = reverse_lazy("admin:chat_message_changelist")

subject("conversationId", Conversation)
subject("messageId", Message)


@admin.register(Conversation)
class ConversationAdmin(Window):
    """Conversations: nobody edits one, but those with the permission may delete it with all its messages."""

    icon = "forum"
    id_fields = ("pk",)
    list_display = ("name", "owner", "personality_mode", "message_count", "created", "updated")
    list_filter = (("personality_mode", ChoicesRadioFilter), ("created_at", DaysFilter))
    list_select_related = ("owner",)
    search_fields = ("title", "owner__username")
    search_help_text = "Title, owner or id"
    list_disable_select_all = True  # beyond the page
    ordering = ("-updated_at", "-id")
    fields = ("title", "owner", "personality_mode", "message_count", "created", "updated", "id")
    readonly_fields = ("id", "created", "updated")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Those with the permission."""
        return request.user.has_perm("chat.delete_conversation")

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """What goes with them, counted: Django would read and list every message."""
        conversations = list(objs)
        count = {"conversations": len(conversations), "messages": sum(one.message_count for one in conversations)}
        lacking = set() if self.has_delete_permission(request) else {"conversation"}
        return [str(one) for one in conversations[:SHOWN]], count, lacking, []

    def delete_model(self, request: HttpRequest, obj: Conversation) -> None:
        """One."""
        self.delete_queryset(request, Conversation.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> None:
        """Locked first, so that no job adds a message to what is being deleted."""
        with tx():
            conversations = list(queryset.order_by("id").select_for_update(of=("self",)).only("pk", "owner_id"))
            for conversation in conversations:
                conversation_changed(conversation.pk, conversation.owner_id)
            Conversation.objects.filter(pk__in=[conversation.pk for conversation in conversations]).delete()

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The page of a conversation, with its newest messages for those who may see messages."""
        conversation: Conversation = context["original"]
        if request.user.has_perm("chat.view_message"):
            newest = conversation.messages.select_related("author").order_by("-position")[:NEWEST]
            context["newest"] = [(message, moment(message.created_at)) for message in reversed(newest)]
            context["all_messages"] = f"{_MESSAGES}?{_CONVERSATION}={conversation.pk}"
        page: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return page

    @display(description="conversation", ordering="title", header=True)
    def name(self, conversation: Conversation) -> tuple[str, str]:
        """Its title, and its id."""
        return conversation.title or "(no title)", str(conversation.pk)

    @display(description="created", ordering="created_at")
    def created(self, conversation: Conversation) -> str:
        """When its creation was accepted."""
        return moment(conversation.created_at)

    @display(description="updated", ordering="updated_at")
    def updated(self, conversation: Conversation) -> str:
        """When something was last changed or added."""
        return moment(conversation.updated_at)


@admin.register(Message)
class MessageAdmin(Window):
    """Messages."""

    icon = "chat"
    id_fields = ("pk", "conversation_id")
    list_display = ("excerpt", "speaker", "thread", "author", "created")
    list_filter = (("role", ChoicesRadioFilter),)
    list_select_related = ("conversation", "author")
    search_fields = ("content",)
    search_help_text = "Text, or id of a message or conversation"
    sortable_by = ()
    fields = ("role", "text", "personality_mode", "conversation", "author", "position", "created", "id")
    readonly_fields = ("id", "text", "created")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Newest first, by what is indexed: in one conversation its order, else the ids."""
        return ("-position",) if _in_one_conversation(request) else ("-id",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Message], search_term: str
    ) -> tuple[QuerySet[Message], bool]:
        """Text is looked for in one conversation, or in the newest `SEARCHED` messages."""
        if search_term.strip() and not parse_id(search_term.strip()) and not _in_one_conversation(request):
            before = Message.objects.order_by("-id").values_list("id", flat=True)[SEARCHED : SEARCHED + 1].first()
            queryset = queryset.filter(pk__gt=before) if before else queryset
        found: tuple[QuerySet[Message], bool] = super().get_search_results(request, queryset, search_term)
        return found

    @display(description="message")
    def excerpt(self, message: Message) -> str:
        """Its beginning."""
        return Truncator(message.content).chars(100)

    @display(description="role", label={"user": "info", "assistant": "primary"})
    def speaker(self, message: Message) -> str:
        """Who speaks."""
        return message.role

    @display(description="conversation")
    def thread(self, message: Message) -> SafeString:
        """Where it was said."""
        url = reverse("admin:chat_conversation_change", args=[message.conversation_id])
        return format_html('<a class="text-link" href="{}">{}</a>', url, Truncator(message.conversation).chars(40))

    @display(description="content")
    def text(self, message: Message) -> SafeString:
        """All of it, with its lines."""
        return format_html('<div class="slimy-text">{}</div>', message.content)

    @display(description="created", ordering="created_at")
    def created(self, message: Message) -> str:
        """When its job was accepted."""
        return moment(message.created_at)


@admin.register(GuildMessage)
class GuildMessageAdmin(Window):
    """What was said in guilds' rooms."""

    icon = "campaign"
    id_fields = ("pk",)
    list_display = ("excerpt", "speaker", "room", "audience", "created")
    list_filter = ("admin_only", ("guild", AutocompleteSelectFilter))
    list_select_related = ("guild", "author")
    search_fields = ("author__username", "bot_name", "guild__name")
    search_help_text = "Author, guild, or id of a message"
    sortable_by = ()
    ordering = ("-position",)
    fields = ("text", "author", "bot_name", "room", "audience", "position", "created", "id")
    readonly_fields = ("id", "text", "room", "audience", "created")

    @display(description="message")
    def excerpt(self, message: GuildMessage) -> str:
        """Its beginning."""
        return Truncator(message.content).chars(100)

    @display(description="author")
    def speaker(self, message: GuildMessage) -> str:
        """Who speaks."""
        return f"{message.bot_name} (bot)" if message.bot_name else str(message.author or "(deleted)")

    @display(description="room")
    def room(self, message: GuildMessage) -> str:
        """The guild's name, or that of the room of all admins."""
        return str(message.guild) if message.guild else ADMIN_GLOBAL

    @display(description="for", label={"admins": "warning", "club and admins": "success"})
    def audience(self, message: GuildMessage) -> str:
        """Who may read it."""
        return "admins" if message.admin_only else "club and admins"

    @display(description="content")
    def text(self, message: GuildMessage) -> SafeString:
        """All of it, with its lines."""
        return format_html('<div class="slimy-text">{}</div>', message.content)

    @display(description="created", ordering="created_at")
    def created(self, message: GuildMessage) -> str:
        """When its job was accepted."""
        return moment(message.created_at)


def _in_one_conversation(request: HttpRequest) -> bool:
    return _CONVERSATION in request.GET
