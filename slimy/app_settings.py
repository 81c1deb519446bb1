"""Settings that only one app reads; slimy/settings.py takes them all over."""

import os
from importlib.util import find_spec
from typing import Any

from slimy.environment import BASE_DIR, choice, env, number, web_address, word

# --- Guilds: two of the defaults of their settings -----------------------------------------------
GUILDS = {
    "SHEET_ID": env.str("STATS_SHEET_ID", default=""),
    "SHEET_TAB": env.str("STATS_BASELINE_TITLE", default="Baseline (10-24-25)"),
}

# --- The bot: any server that speaks OpenAI's chat completions; without a key it says that it can't answer ----
CHAT: dict[str, Any] = {
    "API_KEY": word("OPENAI_API_KEY"),
    "BASE_URL": web_address("OPENAI_BASE_URL", default="https://api.openai.com/v1"),
    "MODEL": word("OPENAI_MODEL") or "gpt-4o-mini",
    "CONNECT_SECONDS": number("CHAT_CONNECT_SECONDS", 5),
    "READ_SECONDS": number("CHAT_READ_SECONDS", 30),
    "TOTAL_SECONDS": number("CHAT_TOTAL_SECONDS", 45),
    "PATIENCE": number("CHAT_PATIENCE", 120, least=0),
    "CONTEXT_TOKENS": number("CHAT_CONTEXT_TOKENS", 2000, least=0),
    "ANSWER_TOKENS": number("CHAT_ANSWER_TOKENS", 500),
}

# --- Screenshots: how they are read, where they are kept ------------------------------------------
OCR = {
    "INSTALLED": {"1": True, "0": False, "auto": find_spec("rapidocr") is not None}[
        choice("OCR", ("auto", "1", "0"), default="auto")
    ],
    "ENGINE": env.str("OCR_ENGINE", default="clubs.screenshots.rapid.RapidEngine"),
    "THREADS": number("OCR_THREADS", max(1, (os.cpu_count() or 2) // 2)),
    "PICTURE_SECONDS": number("OCR_PICTURE_SECONDS", 60),
    "MEMORY_MB": number("OCR_MEMORY_MB", 4096, least=1024),
}
SCREENSHOTS = {
    "QUOTA_MB": number("SCREENSHOT_QUOTA_MB", 500),
    "KEEP_DAYS": number("SCREENSHOT_KEEP_DAYS", 30),
}
QUEUES_WITHOUT_WORKER = [] if OCR["INSTALLED"] else ["ocr"]  # that a worker on this machine could do nothing with
STORAGES: dict[str, Any] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "screenshots": {
        "BACKEND": env.str("SCREENSHOT_STORAGE", default="django.core.files.storage.FileSystemStorage"),
        "OPTIONS": env.json(
            "SCREENSHOT_STORAGE_OPTIONS",
            default={
                "location": str(BASE_DIR / "screenshots"),
                "file_permissions_mode": 0o600,
                "directory_permissions_mode": 0o700,
            },
        ),
    },
}
