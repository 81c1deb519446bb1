"""JSON Merge Patch (RFC 7396): objects merge deeply, null removes, anything else replaces."""

import json
from collections.abc import Mapping
from typing import Any


def merge(target: Any, patch: Any) -> Any:
    """`patch` applied to `target`, as a new value; neither argument is changed."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), value)
    return merged


def difference(before: Any, after: Any) -> Any:
    """The patch that makes `after` of `before`."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return after
    changed = {
        name: difference(before.get(name), value)
        for name, value in after.items()
        if name not in before or canonical(before[name]) != canonical(value)
    }
    return dict.fromkeys(before.keys() - after.keys()) | changed


def canonical(document: Any) -> str:
    """The same text for the same JSON document, whatever the order of names; 1, 1.0 and true are not the same."""
    return json.dumps(document, sort_keys=True)
