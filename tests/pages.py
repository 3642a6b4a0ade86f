"""What a page says, read the way a browser parses it."""

from functools import lru_cache
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder

from openpyxl import Workbook, load_workbook
from selectolax.lexbor import LexborHTMLParser, LexborNode


def parse(response: Any) -> Element:
    """The page as a tree, to look at and not to change."""
    return _parsed(response.content)


# Several questions are asked of most pages.
@lru_cache(maxsize=8)
def _parsed(content: bytes) -> Element:
    root = LexborHTMLParser(content.decode()).root
    assert root is not None
    builder = TreeBuilder()
    _build(builder, root)
    return builder.close()


def _build(builder: TreeBuilder, node: LexborNode) -> None:
    builder.start(node.tag, {name: value or "" for name, value in node.attributes.items()})
    for child in node.iter(include_text=True):
        if child.tag == "-text":
            builder.data(child.text_content or "")
        elif not child.tag.startswith("-"):
            _build(builder, child)
    builder.end(node.tag)


def text(node: Element | None) -> str:
    """All that is written in an element, with single spaces."""
    assert node is not None, "the element is not on the page"
    return " ".join("".join(node.itertext()).split())


def said(response: Any) -> str:
    """All that is written on a page, with single spaces."""
    return text(parse(response).find("body"))


def find(response: Any, attribute: str, value: str) -> Element | None:
    """The first element with this attribute."""
    return next((node for node in parse(response).iter() if node.get(attribute) == value), None)


def links(response: Any) -> dict[str, str]:
    """The addresses of links by what they say, the first of each text."""
    found: dict[str, str] = {}
    for node in parse(response).iter("a"):
        found.setdefault(text(node), node.get("href", ""))
    return found


def rows(response: Any) -> list[str]:
    """The name in each row of a list."""
    cells = (cell for cell in parse(response).iter("th") if cell.get("scope") == "row")
    return [text(cell.find(".//a")) for cell in cells]


def take_back(browser: Any, response: Any, **others: str) -> Any:
    """Press the “Annuler” of what a page says was done."""
    button = find(response, "data-undo", "")
    assert button is not None, "nothing can be undone"
    sent = {str(node.get("name")): str(node.get("value")) for node in button.iter("input")}
    return browser.post("/undo/", sent | others, follow=True)


def field_errors(response: Any) -> dict[str, str]:
    """What is said beside each field of a form, by the field's name, tied to it the way a screen reader follows."""
    page = parse(response)
    by_id = {node.get("id"): node for node in page.iter() if node.get("id")}
    found: dict[str, str] = {}
    for node in page.iter():
        error = by_id.get(f"{node.get('id')}_error", by_id.get(f"id_{node.get('name', '')}_error"))
        if node.tag in ("input", "select", "textarea") and error is not None:
            found[node.get("name", "")] = text(error)
    return found


def values(response: Any) -> dict[str, str]:
    """What the fields of the page's forms hold, by name; of two with one name, the first."""
    found: dict[str, str] = {}
    for node in parse(response).iter():
        name = node.get("name", "")
        if node.tag == "textarea":
            found.setdefault(name, node.text or "")
        elif node.tag == "select":
            chosen = [option.get("value", "") for option in node.iter("option") if option.get("selected") is not None]
            found.setdefault(name, chosen[0] if chosen else "")
        elif node.tag == "input" and (node.get("type") not in ("radio", "checkbox") or node.get("checked") is not None):
            found.setdefault(name, node.get("value", "on" if node.get("type") == "checkbox" else ""))
    return found


def read(response: Any) -> bytes:
    """All of an answer, downloads to their end: the server closes the file then."""
    return b"".join(response.streaming_content) if response.streaming else response.content


def workbook(response: Any) -> Workbook:
    """The spreadsheet that was downloaded."""
    return load_workbook(BytesIO(read(response)))


def records(response: Any) -> list[dict[str, Any]]:
    """The rows of its first sheet, by heading."""
    headings, *lines = workbook(response).worksheets[0].iter_rows(values_only=True)
    return [dict(zip(map(str, headings), line, strict=True)) for line in lines]
