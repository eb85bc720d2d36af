"""The commands that buttons stand for."""

from datetime import datetime

from sqlalchemy import select, text

from summaries.store.codec import storable
from summaries.store.database import Database
from summaries.store.schema import commands, seconds

_KEEP = text(
    "INSERT INTO commands (id, text, created) VALUES (:id, :text, :created) ON CONFLICT DO NOTHING"
)


class Commands:
    """The commands by id; every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, id_: str, command: str, now: datetime) -> None:
        """Keep the command that a button stands for; the first one under an id stays."""
        values = {"id": id_, "text": storable(command), "created": seconds(now)}
        async with self._database.write() as connection:
            await connection.execute(_KEEP, values)

    async def get(self, id_: str) -> str | None:
        """The command that was kept under this id."""
        query = select(commands.c.text).where(commands.c.id == storable(id_))
        async with self._database.read() as connection:
            return await connection.scalar(query)
