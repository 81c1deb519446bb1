"""The columns that clubs have in common."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

MOST_POWER = 10**15


class PowerField(models.BigIntegerField):  # type: ignore[type-arg]
    """A power: a whole number from 0 to 10¹⁵."""

    default_validators = [MinValueValidator(0), MaxValueValidator(MOST_POWER)]


class ChangeField(models.DecimalField):  # type: ignore[type-arg]
    """A change in percent, to two decimals."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{**options, "max_digits": 20, "decimal_places": 2})
