"""The table of all parts of the stack, in the order of their start."""

import sys
from typing import Final

from deploy.local.broker import ApacheKafka, EmbeddedBroker
from deploy.local.demo.authenticators import FILE as AUTHENTICATORS
from deploy.local.demo.loaded import is_loaded
from deploy.local.environment import SERVICES, StackEnvironment
from deploy.local.log_book import LogBook
from deploy.local.parts import Entry, Part, Program, Stages, Step
from deploy.local.postgres import EmbeddedPostgres
from shared.core.clock import SystemClock, today

# A broker that starts again may be an empty one (the embedded one always is). The services notice
# its new epoch by themselves, but within seconds, and with connections that first have to time
# out; a fresh process joins at once. They are restarted one after the other, so that the
# rest of the platform keeps answering.
WITH_BROKER: Final = ("broker",)


def embedded_stack(environment: StackEnvironment, log: LogBook) -> Stages:
    """Return the stages of the stack; the parts of one stage start together."""
    services = tuple(_service(name, environment, log) for name in SERVICES)
    inbox, cashier = _inbox(environment, log), _cashier(environment, log)
    schema = _step("schema", ["-m", "shared.schema", "migrate"], environment, log)
    web = _service("web", environment, log)
    demo = _step("demo", ["-m", "deploy.local.demo"], environment, log)
    stages: Stages = (
        (_postgres(environment, log), _broker(environment, log), inbox, cashier),
        (schema,),
        services,
        (web,),
    )
    loaded = is_loaded(environment.options.data_dir, today(SystemClock()))
    return (*stages, (demo,)) if environment.options.seed and not loaded else stages


def _postgres(environment: StackEnvironment, log: LogBook) -> Entry:
    port = environment.options.ports.of("postgres")
    place = environment.options.data_dir / "postgres"
    return Entry("postgres", EmbeddedPostgres(place, port, on_line=log.writer("postgres")), port)


def _broker(environment: StackEnvironment, log: LogBook) -> Entry:
    options, write = environment.options, log.writer("broker")
    port = options.ports.of("broker")
    part: Part = (
        ApacheKafka(options.data_dir / "kafka", port, options.ports.of("controller"), on_line=write)
        if options.broker == "apache"
        else EmbeddedBroker(options.data_dir / "broker", port, on_line=write)
    )
    return Entry("broker", part, port)


def _inbox(environment: StackEnvironment, log: LogBook) -> Entry:
    ports = environment.options.ports
    command = [
        *(sys.executable, "-m", "deploy.local.mail_catcher"),
        *("--folder", str(environment.options.data_dir / "inbox")),
        *("--authenticators", str(environment.options.data_dir / AUTHENTICATORS)),
        *("--smtp-port", str(ports.of("smtp")), "--http-port", str(ports.of("inbox"))),
    ]
    part = Program(
        "inbox",
        command,
        environment.of("inbox"),
        f"{ports.url('inbox')}/healthz",
        log.writer("inbox"),
        stop_seconds=5.0,
    )
    return Entry("inbox", part, ports.of("inbox"))


def _cashier(environment: StackEnvironment, log: LogBook) -> Entry:
    ports = environment.options.ports
    file = environment.options.data_dir / "cashier" / "cashier.sqlite"
    command = [
        *(sys.executable, "-m", "deploy.local.cashier"),
        *("--file", str(file), "--port", str(ports.of("cashier"))),
    ]
    part = Program(
        "cashier",
        command,
        environment.of("cashier"),
        f"{ports.url('cashier')}/healthz",
        log.writer("cashier"),
        stop_seconds=5.0,
    )
    return Entry("cashier", part, ports.of("cashier"))


def _service(name: str, environment: StackEnvironment, log: LogBook) -> Entry:
    ports = environment.options.ports
    part = Program(
        name,
        [sys.executable, "-m", f"services.{name}"],
        environment.of(name),
        f"{ports.url(name)}/readyz",
        log.writer(name),
    )
    return Entry(name, part, ports.of(name), WITH_BROKER if name in SERVICES else ())


def _step(name: str, arguments: list[str], environment: StackEnvironment, log: LogBook) -> Entry:
    command = [sys.executable, *arguments]
    return Entry(name, Step(name, command, environment.of(name), log.writer(name)))
