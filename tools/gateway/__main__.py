"""How is the gateway started and stopped?"""

from __future__ import annotations

import argparse
import random
import re
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType

from tools.gateway import callbacks
from tools.gateway.delivery import Courier
from tools.gateway.faults import Faults
from tools.gateway.ledger import Ledger
from tools.gateway.letters import Letterbox
from tools.gateway.messages import Messages
from tools.gateway.phones import Phones
from tools.gateway.server import GatewayServer


def options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.gateway",
        description="A local SMS provider: the Twilio Messages API on 127.0.0.1.",
    )
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1; 0 picks a free one")
    parser.add_argument("--account-sid", required=True, help="AC and 32 hexadecimal digits")
    parser.add_argument("--auth-token", required=True, help="checked on requests, signs the callbacks")
    parser.add_argument("--state", type=Path, help="file to keep the ledger in; without it, memory")
    parser.add_argument("--latency", type=int, default=0, metavar="MS", help="time every API answer takes")
    parser.add_argument(
        "--delay", type=float, default=1.0, metavar="SECONDS", help="time between two statuses"
    )
    parser.add_argument(
        "--sender", action="append", default=[], help="own a sender; without any, all are accepted"
    )
    parser.add_argument(
        "--mail-port", type=int, help="take e-mails on this port of 127.0.0.1 as well, shown at /mail"
    )
    parser.add_argument(
        "--inbound", default="", metavar="URL", help="where to tell of answers from the phones"
    )
    chosen = parser.parse_args(arguments)
    if not re.fullmatch(r"AC[0-9a-f]{32}", chosen.account_sid):
        parser.error("--account-sid must be AC and 32 hexadecimal digits")
    if chosen.inbound:
        try:
            callbacks.target(chosen.inbound)
        except callbacks.NotLoopback:
            parser.error("--inbound must be an http:// address of this machine")
    if chosen.latency < 0 or chosen.delay < 0:
        parser.error("--latency and --delay must not be negative")
    return chosen


def main(arguments: list[str]) -> int:
    chosen = options(arguments)
    ledger = Ledger(chosen.state)
    courier = Courier(ledger, chosen.account_sid, chosen.auth_token, time.time, chosen.inbound)
    faults = Faults(latency_ms=chosen.latency, delay_seconds=chosen.delay)
    messages = Messages(
        ledger, courier, chosen.account_sid, frozenset(chosen.sender), faults, time.time, random.Random()
    )
    phones = Phones(ledger, can_answer=bool(chosen.inbound))
    try:
        letters = Letterbox(chosen.mail_port) if chosen.mail_port else None
        server = GatewayServer(chosen.port, messages, ledger, phones, chosen.auth_token, letters)
    except OSError as reason:
        print(
            f"The SMS gateway cannot listen on 127.0.0.1:{chosen.port}: {reason.strerror}.", file=sys.stderr
        )
        return 1

    def stop(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    courier.start()
    if letters:
        letters.start()
    print(f"SMS gateway on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever(poll_interval=0.1)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
