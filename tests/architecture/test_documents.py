"""What the documents point to exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/adr/*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"")
SUFFIXES = "json|md|po|py|sql|toml|txt|xml|yml"
NAMED_FILE = re.compile(rf"`([A-Za-z0-9_.][A-Za-z0-9_./-]*\.(?:{SUFFIXES}))`")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FOLDERS = ("deploy", "docs", "requirements", "services", "shared", "tests")


def anchors_of(document: Path) -> set[str]:
    """Return the anchors that a forge makes from a document's headings."""
    headings = HEADING.findall(document.read_text(encoding="utf-8"))
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def leads_somewhere(document: Path, link: str) -> bool:
    if link.startswith(("http://", "https://")):
        return True
    path, _, anchor = link.partition("#")
    target = (document.parent / path).resolve() if path else document
    return target.exists() and (not anchor or anchor in anchors_of(target))


def is_a_file_of_ours(name: str) -> bool:
    if (ROOT / name).exists():
        return True
    return any(True for folder in FOLDERS for _ in (ROOT / folder).glob(f"**/{name}"))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    links = [link or source for link, source in LINK.findall(text)]
    assert [link for link in links if not leads_somewhere(document, link)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_that_is_named_exists(document: Path) -> None:
    # A name that somebody will give, and what the embedded stack makes.
    examples = {"0005_add_something.sql", ".data/secrets.json"}
    named = set(NAMED_FILE.findall(document.read_text(encoding="utf-8"))) - examples
    assert [name for name in sorted(named) if not is_a_file_of_ours(name)] == []


def test_every_decision_is_listed() -> None:
    decisions = {path.name for path in ROOT.glob("docs/adr/[0-9]*.md")}
    listed = (ROOT / "docs/adr/README.md").read_text(encoding="utf-8")
    assert decisions == set(re.findall(r"\]\(([0-9]{4}-[a-z0-9-]+\.md)\)", listed))
    assert len({name[:4] for name in decisions}) == len(decisions)
