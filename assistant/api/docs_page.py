"""The API documentation as one page: no script, nothing loaded from elsewhere.

Generated from the OpenAPI document, so that it can say neither more nor less than the code.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import Any

from assistant.api import problems

METHODS = ("get", "post", "put", "patch", "delete")


def docs_page(document: dict[str, Any]) -> str:
    """Lay an OpenAPI document out as HTML.

    Args:
        document: an OpenAPI 3.1 document.
    """
    info = document["info"]
    schemas = document["components"]["schemas"]
    parts = [
        "<!doctype html><html lang='fr'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width, initial-scale=1'>",
        f"<title>API – {escape(info['title'])}</title>",
        "<link rel='icon' href='/interface/favicon.svg'>",
        "<link rel='stylesheet' href='/interface/docs.css'></head><body>",
        "<a class='skip' href='#contenu'>Aller au contenu</a>",
        f"<header><h1>API – {escape(info['title'])}</h1>",
        f"<p>Version {escape(info['version'])} · <a href='/'>Ouvrir l’assistant</a> · ",
        "<a href='/openapi.json'>Document OpenAPI</a></p></header>",
        "<main id='contenu'>",
        *(f"<p>{_prose(text)}</p>" for text in info["description"].strip().split("\n\n")),
        *_contents(document),
    ]
    for tag in document["tags"]:
        parts.append(f"<section id='{_anchor(tag['name'])}'><h2>{escape(tag['name'])}</h2>")
        parts.append(f"<p>{_prose(tag['description'])}</p>")
        for method, path, operation in _operations(document, tag["name"]):
            parts.extend(_operation(method, path, operation, schemas))
        parts.append("</section>")
    parts.append("<section id='objets'><h2>Objets</h2>")
    for name in sorted(schemas):
        parts.extend(_schema(name, schemas[name]))
    parts.append("</section><section id='erreurs'><h2>Erreurs</h2>")
    parts.extend(_errors())
    parts.append("</section></main></body></html>")
    return "".join(parts)


def _operations(document: dict[str, Any], tag: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item and tag in item[method].get("tags", []):
                yield method, path, item[method]


def _contents(document: dict[str, Any]) -> Iterator[str]:
    yield "<nav aria-label='Sommaire'><ul>"
    for tag in document["tags"]:
        for method, path, operation in _operations(document, tag["name"]):
            yield (
                f"<li><a href='#{_anchor(method + path)}'><code>{method.upper()} {escape(path)}"
                f"</code></a> {escape(operation['summary'])}</li>"
            )
    yield "<li><a href='#objets'>Objets</a></li><li><a href='#erreurs'>Erreurs</a></li></ul></nav>"


def _operation(
    method: str, path: str, operation: dict[str, Any], schemas: dict[str, Any]
) -> Iterator[str]:
    yield f"<article id='{_anchor(method + path)}'><h3>{escape(operation['summary'])}</h3>"
    yield f"<p class='route'><b>{method.upper()}</b> <code>{escape(path)}</code></p>"
    yield f"<p>{_prose(operation.get('description', ''))}</p>"
    parameters = operation.get("parameters", [])
    if parameters:
        yield "<table><caption>Paramètres</caption>"
        yield "<thead><tr><th>Nom</th><th>Type</th><th>Description</th></tr></thead><tbody>"
        for parameter in parameters:
            needed = " <em>obligatoire</em>" if parameter.get("required") else ""
            yield (
                f"<tr><td><code>{escape(parameter['name'])}</code>{needed}</td>"
                f"<td>{_type(parameter['schema'])}</td>"
                f"<td>{_prose(parameter.get('description', ''))}</td></tr>"
            )
        yield "</tbody></table>"
    key = bool(operation.get("security"))
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body:
        yield f"<p>Corps de la requête{chr(160)}: {_type(body['schema'])}</p>"
        yield from _curl(method, path, _example(body["schema"], schemas), key=key)
    elif method == "get":
        yield from _curl(method, path, None, key=key)
    yield "<table><caption>Réponses</caption>"
    yield "<thead><tr><th>Code</th><th>Contenu</th><th>Description</th></tr></thead><tbody>"
    for status, response in operation["responses"].items():
        contents = " ".join(
            _type(content["schema"]) if content.get("schema") else f"<code>{escape(kind)}</code>"
            for kind, content in response.get("content", {}).items()
        )
        description = response["description"]
        if description == "Successful Response":
            description = "Succès."
        yield f"<tr><td>{status}</td><td>{contents}</td><td>{_prose(description)}</td></tr>"
    yield "</tbody></table></article>"


def _curl(method: str, path: str, example: Any, *, key: bool) -> Iterator[str]:
    """An example to paste in a terminal; braces stay where a value must be put."""
    command = f"curl -s http://127.0.0.1:7860{path}"
    if key:
        command += " \\\n  -H 'Authorization: Bearer asst_…'"
    if method != "get":
        data = json.dumps(example, ensure_ascii=False).replace("'", "’")
        command += f" \\\n  -H 'Content-Type: application/json' \\\n  -d '{data}'"
    yield f"<pre tabindex='0'><code>{escape(command)}</code></pre>"


def _schema(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f"<article id='{_anchor(name)}'><h3><code>{escape(name)}</code></h3>"
    yield f"<p>{_prose(schema.get('description', ''))}</p>"
    if "enum" in schema:
        values = ", ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
        yield f"<p>Valeurs{chr(160)}: {values}</p>"
    if schema.get("properties"):
        yield "<table><thead><tr><th>Champ</th><th>Type</th><th>Description</th></tr></thead>"
        yield "<tbody>"
        for field, described in schema["properties"].items():
            yield (
                f"<tr><td><code>{escape(field)}</code></td><td>{_type(described)}</td>"
                f"<td>{_prose(described.get('description', ''))}</td></tr>"
            )
        yield "</tbody></table>"
    for example in schema.get("examples", []):
        text = json.dumps(example, ensure_ascii=False, indent=2)
        yield f"<details><summary>Exemple</summary><pre tabindex='0'>{escape(text)}</pre></details>"
    yield "</article>"


def _errors() -> Iterator[str]:
    yield "<table><thead><tr><th>Code</th><th>Statut</th><th>Sorte d’erreur</th></tr></thead>"
    yield "<tbody>"
    rows = {kind.code: (status, title) for kind, (status, title) in problems.DOMAIN.items()}
    rows |= {code: (status, title) for status, (code, title, _, _) in problems.HTTP.items()}
    rows[problems.INTERNAL[0]] = (500, problems.INTERNAL[1])
    for code, (status, title) in sorted(rows.items()):
        anchor = f"erreur-{code}"
        yield (
            f"<tr id='{anchor}'><td><code>{escape(code)}</code></td><td>{status}</td>"
            f"<td>{escape(title)}</td></tr>"
        )
    yield "</tbody></table>"


_TYPES = {
    "string": "texte",
    "integer": "entier",
    "number": "nombre",
    "boolean": "booléen",
    "object": "objet",
    "null": "null",
}


def _type(schema: dict[str, Any]) -> str:
    """Type of a value, in French, with a link to the objects described below."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f"<a href='#{_anchor(name)}'><code>{escape(name)}</code></a>"
    if "anyOf" in schema:
        return " ou ".join(_type(option) for option in schema["anyOf"])
    if "enum" in schema:
        return " ou ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    if "const" in schema:
        return f"<code>{escape(str(schema['const']))}</code>"
    if schema.get("type") == "array":
        items = schema.get("items") or {}
        return f"liste de {_type(items)}" if items else "liste"
    limits = [
        text
        for key, text in (("minimum", "au moins {}"), ("maximum", "au plus {}"))
        if key in schema
        for text in [text.format(f"{schema[key]:g}")]
    ]
    name = _TYPES.get(schema.get("type", ""), "valeur")
    return f"{name} ({', '.join(limits)})" if limits else name


def _example(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """First example of a schema, followed through its reference."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[-1]]
    return next(iter(schema.get("examples", [])), {})


def _prose(text: str) -> str:
    """Escape a description and show what stands between backquotes as code."""
    pieces = escape(text).split("`")
    return "".join(
        f"<code>{piece}</code>" if index % 2 else piece for index, piece in enumerate(pieces)
    )


def _anchor(text: str) -> str:
    """An identifier made of a route or a name."""
    return "".join(char if char.isalnum() else "-" for char in text.lower()).strip("-")
