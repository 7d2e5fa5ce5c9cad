"""The archive in which people take their data away: for programs, and for themselves."""

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, Final
from uuid import UUID

from shared.core.localized import LANGUAGES, Language
from shared.core.texts import Catalogue
from shared.http.people import PersonData, PersonSection

# Nothing in the page runs, and nothing is fetched: what people once wrote stays text.
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
STYLE: Final = (
    "body{font:16px/1.6 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%;margin:0 0 1rem}"
    "th,td{border:1px solid #999;padding:.3rem .5rem;text-align:left;vertical-align:top;"
    "overflow-wrap:anywhere}th{width:14rem;font-weight:600}"
)


@dataclass(frozen=True, slots=True)
class Archive:
    """All that is held about a person, as of one moment."""

    account_id: UUID
    made_at: datetime
    services: Sequence[PersonData]

    def as_zip(self, texts: Catalogue) -> bytes:
        """Return the archive: `data.json`, and `index.html` in both languages."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("data.json", self.as_json())
            archive.writestr("index.html", self.as_page(texts))
        return packed.getvalue()

    def as_json(self) -> str:
        """Return everything as JSON, readable."""
        document = {
            "account_id": str(self.account_id),
            "made_at": self.made_at.isoformat(),
            "services": [data.model_dump(mode="json") for data in self.services],
        }
        return json.dumps(document, ensure_ascii=False, indent=2)

    def as_page(self, texts: Catalogue) -> str:
        """Return everything as one page, Chinese first, English second."""
        parts = "".join(self._part(texts, language) for language in LANGUAGES)
        return (
            '<!doctype html>\n<html lang="zh">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
            f"<title>{escape(texts.text('archive.title', 'zh'))}</title>\n"
            f"<style>{STYLE}</style>\n</head>\n<body>\n{parts}</body>\n</html>\n"
        )

    def _part(self, texts: Catalogue, language: Language) -> str:
        title = escape(texts.text("archive.title", language))
        made = escape(texts.text("archive.made_at", language, time=self.made_at.isoformat()))
        sections = "".join(
            _section(section, f"{data.service} · {section.name}", texts, language)
            for data in self.services
            for section in data.sections
        )
        return f'<main lang="{language}">\n<h1>{title}</h1>\n<p>{made}</p>\n{sections}</main>\n'


def _section(section: PersonSection, name: str, texts: Catalogue, language: Language) -> str:
    key = f"archive.section.{section.name}"
    heading = texts.text(key, language) if texts.has(key) else name
    notes = []
    if not section.items:
        notes.append(texts.text("archive.nothing", language))
    if not section.is_complete:
        notes.append(texts.text("archive.incomplete", language))
    paragraphs = "".join(f"<p>{escape(note)}</p>\n" for note in notes)
    return f"<h2>{escape(heading)}</h2>\n{paragraphs}{''.join(map(_table, section.items))}"


def _table(item: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(_plain(value))}</td></tr>"
        for name, value in item.items()
    )
    return f"<table>{rows}</table>\n"


def _plain(value: object) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
