"""A program for the supervisor to run: serves /readyz and keeps a journal of its life.

python fake_program.py NAME PORT JOURNAL [--stubborn | --broken]
"""

import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


class Ready(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_values: object) -> None:
        pass


def main() -> None:
    name, port, journal, *habits = sys.argv[1:]

    def note(event: str) -> None:
        with Path(journal).open("a") as file:
            file.write(f"{event} {name}\n")

    note("start")
    sys.stdout.write(f"{name} says hello\n")
    sys.stdout.flush()
    if "--broken" in habits:
        sys.stderr.write("the reason why\n")
        raise SystemExit(4)
    server = HTTPServer(("127.0.0.1", int(port)), Ready)

    def on_term(*_values: object) -> None:
        note("asked")
        if "--stubborn" not in habits:
            threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, on_term)
    server.serve_forever(poll_interval=0.02)
    note("stop")


if __name__ == "__main__":
    main()
