"""Attributes that one tag of XML or HTML has twice."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser
from xml.parsers import expat

_HTML = (b".html", b".htm")
_XML = (
    b".xml",
    b".xhtml",
    b".svg",
    b".xsd",
    b".xsl",
    b".xslt",
    b".csproj",
    b".props",
    b".targets",
    b".resx",
    b".plist",
)


def doubled_attributes(path: bytes, text: bytes) -> Counter[str]:
    """Each as a phrase, as often as it is there too much; nothing for files that are no markup."""
    name = path.lower()
    if name.endswith(_HTML):
        tags = _Tags(convert_charrefs=True)
        tags.feed(text.decode(errors="replace"))
        return tags.doubled
    return _of_xml(text) if name.endswith(_XML) else Counter()


class _Tags(HTMLParser):
    """Reads tags, and counts."""

    doubled: Counter[str]

    def reset(self) -> None:
        super().reset()
        self.doubled = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, times in Counter(name for name, _ in attrs).items():
            if times > 1:
                self.doubled[f"the attribute {name} of {tag} is there twice"] += times - 1


def _of_xml(text: bytes) -> Counter[str]:
    """XML is no longer read where an attribute is doubled, so that no more than one is found."""
    try:
        expat.ParserCreate().Parse(text, True)
    except expat.ExpatError as error:
        if error.code == expat.errors.codes[expat.errors.XML_ERROR_DUPLICATE_ATTRIBUTE]:
            return Counter(["an attribute is there twice"])
    return Counter()
