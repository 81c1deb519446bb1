"""Large numbers in short, as the game shows them: `1.23B`."""

_UNITS = ("", "K", "M", "B", "T")
_DIGITS = 3


def shortened(number: int | None) -> str:
    """Three digits and a unit: 999 is `999`, 14 321 191 is `14.3M`; `-` for None. Rounds half up, away from zero."""
    if number is None:
        return "-"
    sign, size = ("-", -number) if number < 0 else ("", number)
    unit = max(0, (len(str(size)) - 1) // 3)
    unit = min(unit, len(_UNITS) - 1)
    text = _scaled(size, unit)
    if text == "1000" and unit < len(_UNITS) - 1:
        text, unit = "1", unit + 1
    return f"{sign}{text}{_UNITS[unit]}"


def _scaled(size: int, unit: int) -> str:
    """The number in its unit, with as many decimals as make three digits, none of them a zero at the end."""
    decimals = max(0, _DIGITS - len(str(size // 1000**unit))) if unit else 0
    step = 1000**unit // 10**decimals
    whole, rest = divmod((size + step // 2) // step, 10**decimals)
    return f"{whole}.{rest:0{decimals}}".rstrip("0").rstrip(".") if decimals else str(whole)
