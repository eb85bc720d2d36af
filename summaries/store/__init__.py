"""Where articles live, and what has been told of them."""

from summaries.store.articles import Added, Articles
from summaries.store.database import Database
from summaries.store.deliveries import Deliveries, Delivery, State
from summaries.store.search import MOST_COUNTED, Searcher
from summaries.store.sources import Sources

__all__ = ["MOST_COUNTED", "Added", "Delivery", "State", "Store"]


class Store:
    """An open store: `articles`, `sources`, `deliveries` and the `search` on them.

    Any number of processes may have one store open; every method of its parts raises StoreError.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.articles = Articles(database)
        self.sources = Sources(database)
        self.deliveries = Deliveries(database)
        self.search = Searcher(database)

    @classmethod
    async def open(cls, url: str) -> "Store":
        """Open the store at a URL: `sqlite:///data/bot.db`, or `postgresql://user@host/name`.

        What it needs there is made if it is missing. Raises UserError where the URL, the file or
        the database is a wrong one, StoreError where it fails.
        """
        return cls(await Database.open(url))

    async def close(self) -> None:
        """Close the store; closing twice is no mistake."""
        await self._database.close()
