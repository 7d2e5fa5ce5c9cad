"""The API's page for people: plain HTML made from the OpenAPI document, no script needed."""

from html import escape
from typing import Any, Final

from shared.http.examples import example_text

Json = dict[str, Any]

_HEAD: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="docs/docs.css">
</head>
<body>
<header>
<h1>{title}</h1>
{description}<p><a href="openapi.json">openapi.json</a></p>
</header>
<main>
"""
_FOOT: Final = "</main>\n</body>\n</html>\n"


def render_page(document: Json) -> str:
    """Return the page of a document: its operations by tag, each folded up."""
    info = document["info"]
    parts = [
        _HEAD.format(title=escape(info["title"]), description=_paragraphs(info["description"])),
    ]
    by_tag: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            by_tag.setdefault(operation["tags"][0], []).append(
                _operation(method, path, operation, document)
            )
    for tag, sections in by_tag.items():
        parts.append(f"<section>\n<h2>{escape(tag)}</h2>\n{''.join(sections)}</section>\n")
    parts.append(_FOOT)
    return "".join(parts)


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(paragraph)}</p>\n" for paragraph in text.split("\n\n"))


def _operation(method: str, path: str, operation: Json, document: Json) -> str:
    name = escape(operation["operationId"])
    paragraphs = _paragraphs(operation["description"])
    return (
        f'<details id="{name}">\n<summary><b class="{method}">{method.upper()}</b> '
        f"<code>{escape(path)}</code> <span>{escape(operation['summary'])}</span></summary>\n"
        f"{paragraphs}{_parameters(operation)}{_body(operation, document)}"
        f"{_answers(operation, document)}</details>\n"
    )


def _parameters(operation: Json) -> str:
    rows = "".join(
        f"<dt><code>{escape(one['name'])}</code> <small>{escape(one['in'])}, "
        f"{'needed' if one['required'] else 'optional'}, {escape(_kind(one['schema']))}"
        "</small></dt>"
        f"<dd>{escape(one.get('description', ''))}</dd>\n"
        for one in operation["parameters"]
    )
    if not rows:
        return ""
    return f"<h3>Parameters</h3>\n<dl>\n{rows}</dl>\n"


def _kind(schema: Json) -> str:
    """Return a parameter's type in a few words."""
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"{_kind(schema['items'])}, repeatable" if "items" in schema else "repeatable"
    return str(schema.get("format", schema.get("type", "")))


def _body(operation: Json, document: Json) -> str:
    if "requestBody" not in operation:
        return ""
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    return f"<h3>Body</h3>\n<pre>{escape(example_text(schema, document))}</pre>\n"


def _answers(operation: Json, document: Json) -> str:
    parts = ["<h3>Answers</h3>\n"]
    errors: list[str] = []
    for status, response in operation["responses"].items():
        for content_type, content in response.get("content", {}).items():
            if content_type == "application/problem+json":
                errors += [
                    f"<dt>{status} <code>{escape(code)}</code></dt>"
                    f"<dd>{escape(one['value']['detail'])}</dd>\n"
                    for code, one in content["examples"].items()
                ]
            elif content_type == "application/json":
                example = escape(example_text(content["schema"], document))
                parts.append(f"<p>{status}</p>\n<pre>{example}</pre>\n")
            else:
                parts.append(f"<p>{status}, {escape(content_type)}</p>\n")
        if "content" not in response:
            parts.append(f"<p>{status}, without content</p>\n")
    parts.append(f"<dl>\n{''.join(errors)}</dl>\n")
    return "".join(parts)
