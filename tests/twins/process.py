"""Starts a twin as a process of its own: `python -m MODULE --port 0 --log FILE ARGS`."""

import asyncio
import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import aiohttp

_ROOT = Path(__file__).parents[2]
_START_SECONDS = 20.0
_STOP_SECONDS = 5.0


class Twin:
    """A running twin; `base` is its address, as `http://127.0.0.1:PORT`."""

    def __init__(
        self, process: asyncio.subprocess.Process, session: aiohttp.ClientSession, base: str
    ) -> None:
        self._process = process
        self._session = session
        self.base = base

    @classmethod
    async def start(cls, module: str, log: Path, *args: str) -> Self:
        """Run the module, and wait for the line `{"port": N}` that says it listens.

        Raises RuntimeError if it ends or stays silent instead; its stderr is the tests' own.
        """
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module, "--port", "0", "--log", str(log), *args),
            stdout=asyncio.subprocess.PIPE,
            cwd=_ROOT,
        )
        assert process.stdout is not None
        try:
            line = await asyncio.wait_for(process.stdout.readline(), _START_SECONDS)
            port = json.loads(line)["port"]
        except (TimeoutError, ValueError) as error:
            await _stop(process)
            raise RuntimeError(f"{module} did not say that it listens") from error
        base = f"http://127.0.0.1:{port}"
        return cls(process, aiohttp.ClientSession(base), base)

    async def get(self, path: str) -> Any:
        """The JSON that a path answers; raises aiohttp.ClientResponseError for 400 and above."""
        async with self._session.get(path, raise_for_status=True) as response:
            return await response.json()

    async def post(self, path: str, body: Any) -> Any:
        """The JSON that a path answers to this body; raises as `get` does."""
        async with self._session.post(path, json=body, raise_for_status=True) as response:
            return await response.json()

    async def close(self) -> None:
        """End the process: SIGTERM, and after a few seconds SIGKILL."""
        await self._session.close()
        await _stop(self._process)


async def _stop(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
