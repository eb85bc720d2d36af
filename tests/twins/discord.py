"""A loopback Discord: its REST API, its gateway, and /control, by which a test plays the members.

`python -m tests.twins.discord --port 0 --log FILE` prints `{"port": N}` when it listens, and ends
on SIGTERM. It takes five posts in five seconds to a channel and fifty requests a second in all,
unless `--no-pace`; `--channels N` makes N more channels, 900000000000000001 and on. Every REST
request becomes a line of FILE, see `log`. For tests:

- POST /control/interaction `{"kind": "command", "query": str|null, "user": id, "channel": id}`
  types `/brief query`; `{"kind": "button", "custom_id": str, "user": id, "channel": id}` presses
  the newest such button there. Answers `{"id", "token"}`.
- POST /control/event `{"name", "data"}`: any other event of the gateway.
- GET /control/interaction/{id}: `{"dispatched_at", "acknowledged_ms", "callback", "original",
  "followups", "ephemeral"}`; `original` is null while there is no answer yet.
- GET /control/messages?channel=ID: all messages there, public and ephemeral, oldest first.
  Without a channel: all of them by channel, each with the `nonce` it was sent with and `deleted`.
- POST /control/delete `{"channel", "id"}`: deletes a message.
- POST /control/channel `{"id", "state": "open"|"forbidden"|"deleted"}`: what becomes of a channel.
- POST /control/permissions `{"history": true|false|"empty"}`: whether messages can be read; without
  the permission Discord refuses, or shows none, see `discord_rest.History`.
- GET /control/commands: the registered commands, the guild's before the global ones.
- GET /control/ready: `{"connected": number of gateway sessions}`.
- GET /control/log: the lines of FILE.
- POST /control/fault `{"route": "messages"|"callback"|"edit"|"followup"|"commands"|"any",
  "kind", "times": 1, "retry_after": 1.0}`, see `faults`.
- POST /control/chaos `{"seed", "refused", "lost", "slow", "slow_seconds", "dropped"}`: from now on
  each post of a message has these chances of a fault; `{}` ends it. GET counts them.
"""

import argparse
import asyncio
import json
import signal
from pathlib import Path

from aiohttp import web

from tests.twins.discord_answers import Answers
from tests.twins.discord_control import Control
from tests.twins.discord_front import POSTS, Front
from tests.twins.discord_gateway import Gateway
from tests.twins.discord_guild import Access, Channel, Guild, Snowflakes
from tests.twins.discord_messages import Messages
from tests.twins.discord_pace import Pace
from tests.twins.discord_rest import Rest
from tests.twins.faults import Faults
from tests.twins.log import Log

TOKEN = "twin-token"
GUILD = "100000000000000001"
BOT = "100000000000000002"
USER = "100000000000000003"
CHANNEL = "100000000000000010"
SILENT = "100000000000000011"
HIDDEN = "100000000000000012"

_CHANNELS = (
    Channel(CHANNEL, "trade"),
    Channel(SILENT, "announcements", Access.SILENT),
    Channel(HIDDEN, "board", Access.HIDDEN),
)


def application(token: str, guild: Guild, pace: Pace | None, log: Log) -> web.Application:
    """The whole twin as one server, which logs to this file."""
    ids = Snowflakes()
    messages = Messages(guild, ids)
    rest = Rest(guild, ids, messages)
    answers = Answers(guild, messages)
    gateway = Gateway(token, guild)
    faults = Faults(POSTS)
    front = Front(token, rest.fault_routes | answers.fault_routes, faults, pace, log)
    api = web.Application(middlewares=[front.receive])
    api.add_routes([*rest.routes(), *answers.routes()])
    app = web.Application()
    app.add_subapp("/api/v10", api)
    app.add_routes([web.get("/gateway", gateway.handle)])
    control = Control(guild, ids, messages, rest, answers, gateway, faults, log)
    app.add_routes([*control.routes(), *faults.routes()])
    app.on_shutdown.append(lambda _: gateway.close())
    return app


async def serve(app: web.Application, port: int) -> None:
    """Listen on 127.0.0.1, say so on stdout, and end on SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print(json.dumps({"port": runner.addresses[0][1]}), flush=True)
    await stop.wait()
    await runner.cleanup()


def main() -> None:
    """Run as `python -m tests.twins.discord`."""
    parser = argparse.ArgumentParser(prog="python -m tests.twins.discord")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument(
        "--channel",
        type=_channel,
        action="append",
        metavar="ID:NAME[:silent|:hidden]",
        help="a text channel; the bot may not write in a silent one, nor see a hidden one",
    )
    parser.add_argument("--channels", type=int, default=0, help="make so many more, c1 and on")
    parser.add_argument("--no-pace", action="store_true", help="take requests at any rate")
    options = parser.parse_args()
    more = (Channel(f"9{number:017}", f"c{number}") for number in range(1, options.channels + 1))
    guild = Guild(GUILD, BOT, [*(options.channel or _CHANNELS), *more])
    pace = None if options.no_pace else Pace()
    app = application(options.token, guild, pace, Log(options.log))
    asyncio.run(serve(app, options.port))


def _channel(text: str) -> Channel:
    id, name, *access = text.split(":")
    return Channel(id, name, *map(Access, access))


if __name__ == "__main__":
    main()
