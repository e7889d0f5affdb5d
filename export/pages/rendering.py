"""Turns templates and Markdown into HTML."""

from __future__ import annotations

import os

from ... import dependencies

_TEMPLATES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "templates")
_PURPOSE = "writing pages for browsers"


def render(template: str, **values: object) -> str:
    """Returns an HTML document, for which a browser asks for nothing else.

    Args:
      template: name of a file of `templates/`. It escapes the values.
      **values: what it shows; to Markdown in it goes the filter `markdown`.

    Raises:
      errors.DependencyError: if Jinja or Markdown is missing.
    """
    jinja2 = dependencies.optional("jinja2", "build", _PURPOSE)
    environment = jinja2.Environment(
        autoescape=True,
        keep_trailing_newline=True,
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["markdown"] = _html
    return environment.get_template(template).render(values)


def versions() -> dict[str, str]:
    """Returns the versions of what turns templates and Markdown into HTML."""
    return {
        name: dependencies.optional(name, "build", _PURPOSE).__version__
        for name in ("jinja2", "markdown")
    }


def _html(text: str):
    """Returns the HTML of Markdown, in which HTML is text as any other."""
    markdown = dependencies.optional("markdown", "build", _PURPOSE)
    markupsafe = dependencies.optional("markupsafe", "build", _PURPOSE)
    converter = markdown.Markdown(extensions=["fenced_code", "sane_lists", "tables"])
    # Class names and file names come from anywhere, scripts in them too.
    converter.preprocessors.deregister("html_block")
    converter.inlinePatterns.deregister("html")
    return markupsafe.Markup(converter.convert(text))
