"""`python -m shared.contracts generate` writes the documents under `docs/events/`."""

import argparse
import sys

from shared.contracts.generate import FOLDER, generate


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="python -m shared.contracts", description="Document the events of the platform."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("generate", help="write JSON Schemas, AsyncAPI and README to docs/events")
    parser.parse_args()
    changed = generate()
    for name in changed:
        print(f"wrote {FOLDER.name}/{name}")
    if not changed:
        print("docs/events is up to date.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
