"""`python -m deploy.local up`: the embedded stack, in the foreground."""

from deploy.local.environment import StackEnvironment
from deploy.local.foreground import run
from deploy.local.keys import Keys
from deploy.local.log_book import LogBook
from deploy.local.options import Options
from deploy.local.parts import Stages
from deploy.local.stack import embedded_stack


async def up(options: Options, *, with_parent: bool = False) -> int:
    """Run the embedded stack; return the exit code."""

    def build(log: LogBook) -> Stages:
        keys = Keys(options.data_dir / "secrets.json")
        return embedded_stack(StackEnvironment(options, keys), log)

    return await run(options, build, with_parent=with_parent)
