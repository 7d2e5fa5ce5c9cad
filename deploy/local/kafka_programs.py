"""Apache Kafka's programs: found by Maven from the committed pom, run by Java."""

import hashlib
import os
import re
import secrets
import shutil
from pathlib import Path
from typing import Final

from deploy.local.child import Child
from deploy.local.errors import LocalError

ROOT: Final = Path(__file__).resolve().parents[2]
RECIPE: Final = ROOT / "deploy" / "kafka"
TOOLS: Final = ROOT / ".tools" / "kafka"
JAVA_NEEDED: Final = 17
MEMORY: Final = ("-Xms192m", "-Xmx320m", "-XX:+UseSerialGC", "-XX:MaxMetaspaceSize=128m")


async def java_command() -> list[str]:
    """Return how to start Java with Kafka's jars, small heap and log settings.

    Raises LocalError where Java or, for the first time, Maven is missing.
    """
    java = _find_java()
    if java is None:
        raise LocalError(
            f"BROKER=apache needs Java {JAVA_NEEDED} or newer: install a JRE, "
            "or run without BROKER=apache."
        )
    version = await _java_version(java)
    if version < JAVA_NEEDED:
        raise LocalError(f"BROKER=apache needs Java {JAVA_NEEDED} or newer; {java} is {version}.")
    jars = await _jars()
    logging = f"-Dlog4j2.configurationFile={(RECIPE / 'log4j2.xml').as_uri()}"
    return [java, *MEMORY, logging, "-cp", str(jars / "*")]


def _find_java() -> str | None:
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=str(Path(home, "bin")) if home else None)


async def _java_version(java: str) -> int:
    child = await Child.run([java, "-version"])
    found = re.search(r'version "(\d+)', child.tail())
    if found is None:
        raise LocalError(f"{java} does not tell its version: {child.tail(2)}")
    return int(found[1])


async def _jars() -> Path:
    """Return the folder with Kafka's jars, filled by Maven once for each version of the pom."""
    pom = RECIPE / "pom.xml"
    folder = TOOLS / hashlib.sha256(pom.read_bytes()).hexdigest()[:12]
    if folder.is_dir():
        return folder
    maven = shutil.which("mvn")
    if maven is None:
        raise LocalError(
            "BROKER=apache needs Maven (mvn) once, to fetch Apache Kafka: install it, "
            "or run without BROKER=apache."
        )
    draft = TOOLS / f"draft-{secrets.token_hex(4)}"
    draft.mkdir(parents=True)
    fetch = ("dependency:copy-dependencies", f"-DoutputDirectory={draft}")
    try:
        child = await Child.run([maven, "-q", "-B", "-f", str(pom), *fetch])
        if not child.succeeded:
            raise LocalError(f"Maven could not fetch Apache Kafka:\n{child.tail(4)}")
        # Another run may have been faster; its folder is as good.
        if not folder.is_dir():
            draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder
