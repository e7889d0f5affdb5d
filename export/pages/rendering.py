"""Renders templates and Markdown as HTML."""

from __future__ import annotations

import base64
import hashlib
import os
from typing import TYPE_CHECKING, Any

from ... import dependencies

if TYPE_CHECKING:
    import markupsafe

_TEMPLATES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "templates")
# What `base.html` says in its head: few pages of others load nothing.
_POLICY = """<meta http-equiv="Content-Security-Policy" content="default-src 'none';"""
_PURPOSE = "writing pages for browsers"
_COLUMNS_THAT_FIT = 2  # On a narrow screen.
_WEB = ("http://", "https://")


def render(template: str, **values: object) -> str:
    """Returns an HTML document, which loads no other files.

    It runs no script except the one that the template sets as `script`.

    Args:
      template: name of a file of `templates/`. The values are escaped.
      **values: the values that the template shows. It renders those that are Markdown
        by the filter `markdown`.

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
    environment.filters["markdown"] = render_markdown
    environment.filters["sha256"] = _hash
    return environment.get_template(template).render(values)


def begins_as_page(text: str) -> bool:
    """Returns whether a text begins as a document that `render` returned."""
    return text.startswith("<!DOCTYPE html>") and _POLICY in text


def versions() -> dict[str, str]:
    """Returns the versions of the packages that render templates and Markdown."""
    return {
        name: dependencies.optional(name, "build", _PURPOSE).__version__
        for name in ("jinja2", "markdown")
    }


def _hash(script: str) -> str:
    """Returns the SHA-256 of a script as a Content-Security-Policy has it."""
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return base64.b64encode(digest).decode("ascii")


def render_markdown(text: str) -> markupsafe.Markup:
    """Returns the HTML of Markdown.

    HTML tags in it are shown as text. Links go to http and https only, and there are no
    images.

    Raises:
      errors.DependencyError: if Markdown is missing.
    """
    markdown = dependencies.optional("markdown", "build", _PURPOSE)
    markup = dependencies.optional("markupsafe", "build", _PURPOSE)
    converter = markdown.Markdown(extensions=["fenced_code", "sane_lists", "tables"])
    # A module or a manifest of another publisher may contain scripts.
    converter.preprocessors.deregister("html_block")
    converter.inlinePatterns.deregister("html")
    # After the processor that makes the links, of priority 20.
    for name, make in (("links", _make_link_remover), ("tables", _make_table_labeler)):
        converter.treeprocessors.register(make(converter), name, 15)
    return markup.Markup(converter.convert(text))


def _make_link_remover(converter: Any) -> Any:
    """Returns what removes the addresses from a tree that no page may have."""
    module = "markdown.treeprocessors"
    treeprocessors: Any = dependencies.optional(module, "build", _PURPOSE)

    class LinkRemover(treeprocessors.Treeprocessor):
        """Removes images, and the addresses of links that are not of the web."""

        def run(self, root: Any) -> None:
            for element in root.iter():
                element.attrib.pop("src", None)
                if not element.get("href", "").startswith(_WEB):
                    element.attrib.pop("href", None)

    return LinkRemover(converter)


def _make_table_labeler(converter: Any) -> Any:
    """Returns what says in the cells of a table what their column is.

    On a narrow screen, `style.css` shows a row of such a table as a block.
    """
    module = "markdown.treeprocessors"
    treeprocessors: Any = dependencies.optional(module, "build", _PURPOSE)

    class TableLabeler(treeprocessors.Treeprocessor):
        """Labels the cells of tables that are too wide for a narrow screen."""

        def run(self, root: Any) -> None:
            for table in root.iter("table"):
                titles = ["".join(title.itertext()) for title in table.iter("th")]
                if len(titles) <= _COLUMNS_THAT_FIT:
                    continue
                table.set("class", "stack long-cells")
                for row in table.iter("tr"):
                    for title, cell in list(zip(titles, row))[1:]:
                        cell.set("data-label", title)

    return TableLabeler(converter)
