"""A program for the supervisor to run: says that it is ready and keeps a journal of its life.

python fake_program.py NAME PORT JOURNAL [--stubborn | --broken]
"""

import signal
import socket
import sys
from pathlib import Path

READY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def main() -> None:
    name, port, journal, *habits = sys.argv[1:]

    def note(event: str) -> None:
        with Path(journal).open("a") as file:
            file.write(f"{event} {name}\n")

    def on_term(*_values: object) -> None:
        note("asked")
        if "--stubborn" not in habits:
            note("stop")
            sys.exit()

    note("start")
    sys.stdout.write(f"{name} says hello\n")
    sys.stdout.flush()
    if "--broken" in habits:
        sys.stderr.write("the reason why\n")
        raise SystemExit(4)
    signal.signal(signal.SIGTERM, on_term)
    with socket.create_server(("127.0.0.1", int(port))) as server:
        while True:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(READY)


if __name__ == "__main__":
    main()
