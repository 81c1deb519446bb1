"""What `make run` says once everything is up."""

from typing import Any


def summary(url: str, demo_data: dict[str, Any]) -> str:
    """The addresses, and for a database of our own the logins and a request to paste."""
    facts = {
        "API": f"{url}/api",
        "Documentation": f"{url}/api/docs",
        "Admin": f"{url}/admin/",
    }
    lines = [f"  {name:<15} {value}" for name, value in facts.items()]
    if demo_data:
        lines += _logins(url, demo_data)
    return "\n".join(["", "Slimy is up (bound to 127.0.0.1)", "", *lines, "", "Ctrl-C stops everything.", ""])


def _logins(url: str, demo_data: dict[str, Any]) -> list[str]:
    admin = demo_data["admin"]
    lines = [f"  {'':<15} user {admin['username']}, password {admin['password']}"]
    user = next((user for user in demo_data["users"] if user["token"]), None)  # it may have been deleted
    if not user:
        return lines
    request = """-H 'Content-Type: application/json' -d '{"title": "Hello"}'"""
    return [
        *lines,
        f"  {user['username'].capitalize() + chr(39) + 's token':<15} {user['token']}",
        "",
        "  Make a conversation:",
        "",
        f"    curl -s -X POST {url}/api/chat/conversations -H 'Authorization: Bearer {user['token']}' {request}",
    ]
