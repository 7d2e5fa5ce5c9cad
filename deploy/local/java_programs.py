"""Programs in Java: their jars fetched by Maven from a committed pom."""

import hashlib
import os
import re
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.local.child import Child
from deploy.local.errors import LocalError

ROOT: Final = Path(__file__).resolve().parents[2]
JAVA_NEEDED: Final = 17


@dataclass(frozen=True)
class JavaProgram:
    """A program by its pom; `wanted_by` and `otherwise` are for people who lack Java or Maven."""

    name: str
    recipe: Path
    tools: Path
    wanted_by: str
    otherwise: str

    async def command(self, *options: str) -> list[str]:
        """Return how to start Java with these options and the program's jars.

        Raises LocalError where Java or, for the first time, Maven is missing.
        """
        java = _find_java()
        if java is None:
            raise LocalError(
                f"{self.wanted_by} needs Java {JAVA_NEEDED} or newer: install a JRE, "
                f"or {self.otherwise}."
            )
        version = await _java_version(java)
        if version < JAVA_NEEDED:
            raise LocalError(
                f"{self.wanted_by} needs Java {JAVA_NEEDED} or newer; {java} is {version}."
            )
        return [java, *options, "-cp", str(await self._jars() / "*")]

    async def _jars(self) -> Path:
        """Return the folder with the jars, filled by Maven once for each version of the pom."""
        pom = self.recipe / "pom.xml"
        folder = self.tools / hashlib.sha256(pom.read_bytes()).hexdigest()[:12]
        if folder.is_dir():
            return folder
        maven = shutil.which("mvn")
        if maven is None:
            raise LocalError(
                f"{self.wanted_by} needs Maven (mvn) once, to fetch {self.name}: install it, "
                f"or {self.otherwise}."
            )
        draft = self.tools / f"draft-{secrets.token_hex(4)}"
        draft.mkdir(parents=True)
        fetch = ("dependency:copy-dependencies", f"-DoutputDirectory={draft}")
        try:
            child = await Child.run([maven, "-q", "-B", "-f", str(pom), *fetch])
            if not child.succeeded:
                raise LocalError(f"Maven could not fetch {self.name}:\n{child.tail(4)}")
            # Another run may have been faster; its folder is as good.
            if not folder.is_dir():
                draft.rename(folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        return folder


def _find_java() -> str | None:
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=str(Path(home, "bin")) if home else None)


async def _java_version(java: str) -> int:
    child = await Child.run([java, "-version"])
    found = re.search(r'version "(\d+)', child.tail())
    if found is None:
        raise LocalError(f"{java} does not tell its version: {child.tail(2)}")
    return int(found[1])
