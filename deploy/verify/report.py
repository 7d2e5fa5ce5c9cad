"""How findings are said: a table for people, JSON for programs."""

import json
from collections.abc import Mapping
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from deploy.verify.invariants import MOST_VIOLATIONS, PROMISES, Finding

SHOWN: Final = 10
NOT_LOOKED_AT: Final = "not looked at: no mail server's folder is at hand"

# None where a promise could not be looked at.
Findings = Mapping[str, Finding | None]


def is_broken(findings: Findings) -> bool:
    """Tell whether any promise that was looked at is broken."""
    return any(finding and finding.violations for finding in findings.values())


def show(console: Console, name: str, findings: Findings) -> None:
    """Print what was looked at and what holds, and the first violations of what does not."""
    table = Table(title=f"What {name} promises", title_justify="left", show_lines=True)
    table.add_column("")
    table.add_column("promise", ratio=3)
    table.add_column("looked at", ratio=2)
    table.add_column("", no_wrap=True)
    for promise, finding in findings.items():
        table.add_row(promise, PROMISES[promise].sentence, _looked_at(finding), _verdict(finding))
    console.print(table)
    for promise, finding in findings.items():
        if finding and finding.violations:
            console.print(f"\n[bold]{promise}[/bold] is broken:")
            for line in finding.violations[:SHOWN]:
                console.print(f"  {escape(line)}", soft_wrap=True)
            if len(finding.violations) > SHOWN:
                console.print(f"  … and {_number(finding, SHOWN)} more")


def as_json(findings: Findings) -> str:
    """Return the findings as a JSON document; `holds` is null for what was not looked at."""
    return json.dumps(
        {
            "holds": not is_broken(findings),
            "promises": {name: _as_record(name, found) for name, found in findings.items()},
        },
        ensure_ascii=False,
        indent=2,
    )


def _as_record(name: str, finding: Finding | None) -> dict[str, Any]:
    sentence = PROMISES[name].sentence
    if finding is None:
        return {"sentence": sentence, "holds": None, "looked_at": {}, "violations": []}
    return {
        "sentence": sentence,
        "holds": not finding.violations,
        "looked_at": dict(finding.counts),
        "violations": list(finding.violations),
    }


def _looked_at(finding: Finding | None) -> str:
    if finding is None:
        return NOT_LOOKED_AT
    return "\n".join(
        f"{number:,} {name.replace('_', ' ')}" for name, number in finding.counts.items()
    )


def _verdict(finding: Finding | None) -> str:
    if finding is None:
        return "[yellow]unknown[/yellow]"
    if not finding.violations:
        return "[green]holds[/green]"
    return f"[red]{_number(finding)} violations[/red]"


def _number(finding: Finding, less: int = 0) -> str:
    more = "at least " if len(finding.violations) == MOST_VIOLATIONS else ""
    return f"{more}{len(finding.violations) - less}"
