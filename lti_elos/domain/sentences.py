"""Sentences for people, written where they are not yet shown."""

from __future__ import annotations


def marked(source: str) -> str:
    """Mark a sentence for the catalogues, which find it as ``_l("…")``; it is translated when it is shown."""
    return source
