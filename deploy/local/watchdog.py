"""Ends our programs after our own death, where the kernel does not offer to (macOS).

One tiny shell reads, on a pipe, which programs live. The pipe ends when this process does, however
it died; then the shell signals what is left. It costs less than a megabyte.
"""

import subprocess
from contextlib import suppress
from signal import Signals
from typing import Final

SCRIPT: Final = r"""
left=""
while read -r sign target signal; do
  case $sign in
    +) left="$left $target:$signal" ;;
    -) rest=""
       for item in $left; do
         if [ "${item%%:*}" != "$target" ]; then rest="$rest $item"; fi
       done
       left=$rest ;;
  esac
done
for item in $left; do kill -s "${item##*:}" -- "${item%%:*}" 2>/dev/null; done
"""


class Watchdog:
    """The shell and what it has been told; starts with the first program."""

    def __init__(self) -> None:
        self._shell: subprocess.Popen[bytes] | None = None
        self._targets: dict[int, str] = {}

    def watch(self, pid: int, signal: Signals) -> None:
        """Have a program signalled after our death: its whole group killed, or itself asked."""
        target = f"-{pid}" if signal is Signals.SIGKILL else str(pid)
        self._targets[pid] = target
        self._tell(f"+ {target} {signal.name.removeprefix('SIG')}")

    def forget(self, pid: int) -> None:
        """Say that a program has ended; its process id may soon be somebody else's."""
        if target := self._targets.pop(pid, ""):
            self._tell(f"- {target}")

    def _tell(self, line: str) -> None:
        if self._shell is None:
            self._shell = subprocess.Popen(
                ["/bin/sh", "-c", SCRIPT],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        pipe = self._shell.stdin
        if pipe is not None:
            with suppress(BrokenPipeError):  # somebody ended the shell; we go on without
                pipe.write(f"{line}\n".encode())
                pipe.flush()


WATCHDOG: Final = Watchdog()
