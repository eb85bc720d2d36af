"""The newsroom: articles in, briefings out. It knows no chat.

`from summaries import summarise` is the front door; what stands behind it is loaded when it is
first asked for, so that a process that only fetches or parses does not pay for it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from summaries.model import Article, Point, Summary
    from summaries.summarisers import summarise

__all__ = ["Article", "Point", "Summary", "summarise"]

if not TYPE_CHECKING:
    _HOMES = {
        "Article": "summaries.model",
        "Point": "summaries.model",
        "Summary": "summaries.model",
        "summarise": "summaries.summarisers",
    }

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_HOMES[name]), name)
