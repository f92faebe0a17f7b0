"""`python -m config.embedded.provider`: run until SIGTERM or SIGINT."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from config.embedded.provider.calls import Settings
from config.embedded.provider.server import Provider


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m config.embedded.provider", description="The payment sandbox.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one (default)")
    parser.add_argument("--store", type=Path, required=True, help="the SQLite file, made when missing")
    parser.add_argument("--webhook-url", help="where events are posted; without it they are only kept")
    parser.add_argument(
        "--webhook-secret", action="append", help="whsec_..; given twice, the other is for the switch second_secret"
    )
    parser.add_argument("--secret-key", default=Settings.secret_key, help="the API key to ask for")
    parser.add_argument("--public-url", default="", help="how browsers reach this server (default: its own address)")
    return parser.parse_args()


def main() -> int:
    """Exit status: 0 after a stop, 1 when it couldn't start."""
    asked = _arguments()
    settings = Settings(
        store=asked.store,
        public_url=asked.public_url.rstrip("/"),
        webhook_url=asked.webhook_url,
        webhook_secrets=tuple(asked.webhook_secret or Settings.webhook_secrets),
        secret_key=asked.secret_key,
    )
    over = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: over.set())
    try:
        asked.store.parent.mkdir(parents=True, exist_ok=True)
        provider = Provider(settings, port=asked.port)
    except OSError as problem:
        print(f"The sandbox provider can't start on port {asked.port}: {problem.strerror}.", file=sys.stderr)
        return 1
    with provider:
        print(f"Sandbox provider listening on {provider.url}", flush=True)
        over.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
