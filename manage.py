#!/usr/bin/env python
"""Django's command line. While `make run` is up, its servers are used unless the environment names others."""

import os
import sys

from django.core.management import execute_from_command_line

from slimy.stack.environment import of_running_stack

if __name__ == "__main__":
    if "DATABASE_URL" not in os.environ:
        os.environ.update(of_running_stack())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "slimy.settings")
    execute_from_command_line(sys.argv)
