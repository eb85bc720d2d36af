"""Where articles live, and what has been told of them."""

from contextlib import AbstractAsyncContextManager

from summaries.store.articles import Added, Articles
from summaries.store.commands import Commands
from summaries.store.database import Database
from summaries.store.deliveries import Deliveries
from summaries.store.outbox import OPEN, Delivery, Notice, Planned, State
from summaries.store.pauses import Pause, Pauses
from summaries.store.presence import Presence, presence
from summaries.store.search import MOST_COUNTED, Searcher
from summaries.store.sources import Sources
from summaries.store.subscriptions import Subscription, Subscriptions

__all__ = [
    "MOST_COUNTED",
    "OPEN",
    "Added",
    "Delivery",
    "Notice",
    "Pause",
    "Planned",
    "Presence",
    "State",
    "Store",
    "Subscription",
]


class Store:
    """An open store: `articles`, `sources`, `deliveries` and what belongs to each.

    Any number of processes may have one store open; every method of its parts raises StoreError.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.articles = Articles(database)
        self.sources = Sources(database)
        self.deliveries = Deliveries(database)
        self.subscriptions = Subscriptions(database)
        self.pauses = Pauses(database)
        self.commands = Commands(database)
        self.search = Searcher(database)

    @classmethod
    async def open(cls, url: str) -> "Store":
        """Open the store at a URL: `sqlite:///data/bot.db`, or `postgresql://user@host/name`.

        What it needs there is made if it is missing. Raises UserError where the URL, the file or
        the database is a wrong one, StoreError where it fails.
        """
        return cls(await Database.open(url))

    def presence(self) -> AbstractAsyncContextManager[Presence]:
        """A name that others can see to be alive until the block ends, or this process does."""
        return presence(self._database)

    async def close(self) -> None:
        """Close the store; closing twice is no mistake."""
        await self._database.close()
