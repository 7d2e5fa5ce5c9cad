"""How a program is started so that it does not outlive its supervisor."""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from signal import Signals
from typing import Final

from deploy.local.errors import LocalError

SYSTEM_USER: Final = "xiangyou"
USERADD: Final = ("--system", "--no-create-home", "--home-dir", "/nonexistent")
NOLOGIN: Final = ("--shell", "/usr/sbin/nologin", "--user-group", SYSTEM_USER)


def guarded(
    command: Sequence[str], *, on_death: Signals, user: pwd.struct_passwd | None = None
) -> list[str]:
    """Wrap a command so that the kernel sends it `on_death` when its parent dies, however it dies.

    `user` is the account to become first (only root can). `setpriv` replaces itself by the
    command, so the process id is the command's own. Where the kernel has no such signal (macOS),
    the command is returned as it is; the supervisor's watchdog takes over there.
    """
    setpriv = parent_death_helper()
    if setpriv is None:
        if user is not None:
            raise LocalError(
                "As root the database needs the program setpriv (package util-linux): "
                "install it, or start the stack as an ordinary user."
            )
        return list(command)
    become = (
        []
        if user is None
        else [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    )
    return [setpriv, *become, f"--pdeathsig={on_death.name.removeprefix('SIG')}", "--", *command]


@cache
def parent_death_helper() -> str | None:
    """Find a `setpriv` that knows parent-death signals; None if this machine has none."""
    setpriv = shutil.which("setpriv")
    if sys.platform != "linux" or setpriv is None:
        return None
    probe = subprocess.run(
        [setpriv, "--pdeathsig=KILL", "--", "true"], capture_output=True, check=False
    )
    return setpriv if probe.returncode == 0 else None


def unprivileged_user(owner_of: Path | None = None) -> pwd.struct_passwd | None:
    """Choose the account for programs that refuse to run as root; None for an ordinary user.

    It is the owner of `owner_of` where that exists already, so that an older cluster stays
    readable; else the system user `xiangyou`, created on first use; else `nobody`, where users
    can't be added.
    """
    if os.geteuid() != 0:
        return None
    if owner_of is not None and owner_of.exists() and (uid := owner_of.stat().st_uid) != 0:
        try:
            return pwd.getpwuid(uid)
        except KeyError as error:
            raise LocalError(
                f"{owner_of} belongs to the user id {uid}, which this machine does not know: "
                "remove the folder, or give it to a user that exists."
            ) from error
    for name in (SYSTEM_USER, "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            if name == SYSTEM_USER and _add_system_user():
                return pwd.getpwnam(SYSTEM_USER)
    raise LocalError("PostgreSQL refuses to run as root: start the stack as an ordinary user.")


def can_reach(user: pwd.struct_passwd, path: Path) -> bool:
    """Tell whether `user` may read `path`, all folders above it included."""
    test = [shutil.which("test") or "/usr/bin/test", "-r", str(path)]
    command = guarded(test, on_death=Signals.SIGKILL, user=user)
    return subprocess.run(command, capture_output=True, check=False, cwd="/").returncode == 0


def _add_system_user() -> bool:
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if useradd is None:
        return False
    added = subprocess.run([useradd, *USERADD, *NOLOGIN], capture_output=True, check=False)
    # Two stacks may start at the same moment; then the other one has added the user.
    return added.returncode == 0 or SYSTEM_USER in {entry.pw_name for entry in pwd.getpwall()}
