"""The admin that staff work in: a window on the system with few buttons. What an app shows is in its `admin.py`."""
