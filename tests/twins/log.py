"""A twin's log: a JSON line for every request, in its file alone, so that many take no memory."""

import json
import time
from pathlib import Path
from typing import Any


class Log:
    """A line is `{"at", "method", "path", "status", "body"}`; `at` is in Unix seconds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("a", encoding="utf-8", buffering=1)
        self._start = self._file.tell()

    def write(self, method: str, path: str, status: int | None, body: Any) -> None:
        """Add a line; the status is None where the answer was lost, or there was none."""
        line = {"at": time.time(), "method": method, "path": path, "status": status, "body": body}
        self._file.write(json.dumps(line) + "\n")

    def lines(self) -> list[dict[str, Any]]:
        """All lines of this run, oldest first."""
        with self._path.open(encoding="utf-8") as file:
            file.seek(self._start)
            return [json.loads(line) for line in file]
