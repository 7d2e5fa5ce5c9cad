"""Apache Kafka's programs."""

from typing import Final

from deploy.local.java_programs import ROOT, JavaProgram

RECIPE: Final = ROOT / "deploy" / "kafka"
MEMORY: Final = ("-Xms192m", "-Xmx320m", "-XX:+UseSerialGC", "-XX:MaxMetaspaceSize=128m")
KAFKA: Final = JavaProgram(
    "Apache Kafka",
    RECIPE,
    ROOT / ".tools" / "kafka",
    wanted_by="BROKER=apache",
    otherwise="run without BROKER=apache",
)


async def java_command() -> list[str]:
    """Return how to start Java with Kafka's jars, small heap and log settings.

    Raises LocalError where Java or, for the first time, Maven is missing.
    """
    logging = f"-Dlog4j2.configurationFile={(RECIPE / 'log4j2.xml').as_uri()}"
    return await KAFKA.command(*MEMORY, logging)
