"""Commits of the shapes that are met in public histories, made for the reviews of them to be read.

Each is small, and told by rules: many files that a formatter wrote anew, a name that changes everywhere, functions that
become methods of classes, a parameter with a new name whose old one still works, and white space alone.
"""

from __future__ import annotations

from tests.trees import Files, text

_PARTS = ("author", "book", "loan", "member", "room", "shelf", "title", "visit")


def reformatted() -> tuple[bytes, Files, Files]:
    """A formatter writes all files anew; a pattern in `setup.py` has to follow the quotes."""
    before, after = _layout("'", False), _layout('"', True)
    before[b"setup.py"] = text(_SETUP)
    after[b"setup.py"] = text(
        _SETUP.replace(b"'", b'"').replace(b'r"version = \\"(.*?)\\""', b"r'version = \"(.*?)\"'")
    )
    return b"Reformat with the formatter\n\nSee CONTRIBUTING for how to run it.\n", before, after


_SETUP = b"""\
import re

from setuptools import setup

with open('library/__init__.py') as f:
    version = re.search(r'version = \\'(.*?)\\'', f.read()).group(1)

setup(name='library', version=version)
"""


def _layout(quote: str, formatted: bool) -> Files:
    """Modules as they were typed, or as a formatter has them."""
    before = """\
import os, sys
def load_{name}(path, *, strict = False, limit=0X10,
                encoding = {q}utf-8{q}):
    if (not os.path.exists(path)): return None
    #{q}{name}{q} is all that is read
    with open(path, encoding = encoding) as stream:
        return [ line.strip() for line in stream if line.startswith({q}{name}:{q}) ][:limit]


class {title}(object):
    def __init__(self, name):
        self.name=name; self.notes = {{{q}kind{q}: {q}{name}{q}, {q}seen{q}: False}}
"""
    after = """\
import os, sys


def load_{name}(path, *, strict=False, limit=0x10, encoding={q}utf-8{q}):
    if not os.path.exists(path):
        return None
    # {q}{name}{q} is all that is read
    with open(path, encoding=encoding) as stream:
        return [
            line.strip() for line in stream if line.startswith({q}{name}:{q})
        ][:limit]


class {title}(object):
    def __init__(self, name):
        self.name = name
        self.notes = {{{q}kind{q}: {q}{name}{q}, {q}seen{q}: False}}
"""
    if formatted:
        after = after.replace("# {q}{name}{q}", "# '{name}'")
    return {
        f"library/{name}.py".encode(): text(
            (after if formatted else before).format(name=name, title=name.title(), q=quote).encode()
        )
        for name in _PARTS
    }


def renamed() -> tuple[bytes, Files, Files]:
    """A helper of all tests gets another name, and its body becomes shorter."""
    old = b"""\
from library._compat import integers, texts


def assert_equals_strictly(x, y):
    '''Like assert_equal, without conversions between bytes and text.'''
    assert x == y
    assert issubclass(type(x), type(y)) or issubclass(type(y), type(x)), \\
        '%s != %s' % (type(x), type(y))
    if isinstance(x, (bytes, texts, integers)) or x is None:
        return
    rx, ry = repr(x), repr(y)
    if rx != ry:
        raise AssertionError(rx[:200], ry[:200])
"""
    new = b"""\
from library._compat import texts


def strict_eq(x, y):
    '''Equality without conversions between bytes and text.'''
    assert x == y
    assert issubclass(type(x), type(y)) or issubclass(type(y), type(x))
    if isinstance(x, texts):
        return
    assert repr(x) == repr(y)
"""
    before: Files = {b"tests/helpers.py": text(old)}
    after: Files = {b"tests/helpers.py": text(new)}
    for name in _PARTS:
        path = f"tests/test_{name}.py".encode()
        module = _tests(name, "assert_equals_strictly")
        before[path] = text(module)
        after[path] = text(module.replace(b"assert_equals_strictly", b"strict_eq"))
    return (
        b"Rename assert_equals_strictly to strict_eq\n\nAnd drop what the test runner reports anyway.\n",
        before,
        after,
    )


def _tests(name: str, helper: str) -> bytes:
    body = "".join(
        f"\n\ndef test_{name}_{number}():\n"
        f"    {helper}({name}.load({number}), [{number}])\n"
        f"    {helper}({name}.count({number}), {number})\n"
        for number in range(4)
    )
    remark = f"    # {helper}({name}.load(None), None)\n"
    return f"from library import {name}\nfrom tests.helpers import {helper}\n{body}{remark}".encode()


_HEADERS = b'''\
"""Headers of requests."""

from __future__ import annotations

import re
import typing as t

from . import structures as ds

_tag_re = re.compile(r'([Ww]/)?(?:"(.*?)"|(.*?))(?:\\s*,\\s*|$)')


def parse_list(value: str) -> list[str]:
    """The items of a list with commas."""
    return [item.strip() for item in value.split(",")]


def parse_tags(value: str | None) -> ds.Tags:
    """Parse a header of tags.

    :param value: the header
    :return: the tags
    """
    if not value:
        return ds.Tags()
    strong = []
    weak = []
    pos = 0
    while pos < len(value):
        match = _tag_re.match(value, pos)
        if match is None:
            break
        is_weak, quoted, raw = match.groups()
        if is_weak:
            weak.append(quoted or raw)
        else:
            strong.append(quoted or raw)
        pos = match.end()
    return ds.Tags(strong, weak)


def parse_names(value: str | None, on_update: t.Any = None) -> ds.Names:
    """Parse a header of names.

    :param value: the header
    """
    if not value:
        return ds.Names(None, on_update)
    return ds.Names(parse_list(value), on_update)


def dump_names(names: ds.Names) -> str:
    return ", ".join(names.items)
'''
_STRUCTURES = b'''\
"""What headers hold."""

from __future__ import annotations

import typing as t


class Tags:
    def __init__(self, strong: t.Iterable[str] = (), weak: t.Iterable[str] = ()) -> None:
        self.strong = frozenset(strong)
        self.weak = frozenset(weak)

    def contains(self, tag: str) -> bool:
        """Whether it is one of them."""
        return tag in self.strong

    def to_header(self) -> str:
        """Convert the tags to a header."""
        return ", ".join([*self.strong, *(f"W/{tag}" for tag in self.weak)])


class Names:
    def __init__(self, items: t.Iterable[str] | None, on_update: t.Any = None) -> None:
        self.items = list(items or ())
        self.on_update = on_update

    def add(self, name: str) -> None:
        """Add a name."""
        self.items.append(name)
        if self.on_update is not None:
            self.on_update(self)

    def remove(self, name: str) -> None:
        """Take a name away."""
        self.items.remove(name)
        if self.on_update is not None:
            self.on_update(self)
'''
_REQUESTS = b'''\
"""Requests."""

from .headers import parse_names
from .headers import parse_tags


class Request:
    def __init__(self, headers):
        self.headers = headers

    @property
    def if_match(self):
        """An object that holds all the tags of the header.

        :rtype: :class:`Tags`
        """
        return parse_tags(self.headers.get("If-Match"))

    @property
    def if_none_match(self):
        """An object that holds all the tags of the header.

        :rtype: :class:`Tags`
        """
        return parse_tags(self.headers.get("If-None-Match"))

    @property
    def vary(self):
        return parse_names(self.headers.get("Vary"))

    @property
    def allow(self):
        return parse_names(self.headers.get("Allow"))

    @property
    def language(self):
        return parse_names(self.headers.get("Content-Language"))
'''
_DEPRECATED = b'''\
    """%(what)s

    .. deprecated:: 3.2
        Will be removed in 3.3. Use ``%(new)s`` instead.
    """
    import warnings

    warnings.warn(
        "The '%(old)s' function is deprecated and will be removed in 3.3.",
        DeprecationWarning,
        stacklevel=2,
    )
'''


def made_methods() -> tuple[bytes, Files, Files]:
    """Functions that parse become class methods of what they make; the old ones stay and warn."""
    gone = _HEADERS[_HEADERS.index(b"def parse_tags") : _HEADERS.index(b"def dump_names")]
    shims = (
        b"def parse_tags(value: str | None) -> ds.Tags:\n"
        + _DEPRECATED % {b"what": b"Parse a header of tags.", b"new": b"Tags.from_header", b"old": b"parse_tags"}
        + b"    return ds.Tags.from_header(value)\n\n\n"
        + b"def parse_names(value: str | None, on_update: t.Any = None) -> ds.Names:\n"
        + _DEPRECATED % {b"what": b"Parse a header of names.", b"new": b"Names.from_header", b"old": b"parse_names"}
        + b"    found = ds.Names.from_header(value)\n    found._on_update = on_update\n    return found\n\n\n"
    )
    headers = _HEADERS.replace(gone, shims).replace(b"import re\n", b"")
    headers = headers[: headers.index(b"_tag_re")] + headers[headers.index(b"\ndef parse_list") :]
    loop = gone[gone.index(b"    strong = []") : gone.index(b"    return ds.Tags(strong")].replace(
        b"\n    ", b"\n        "
    )
    tags = (
        b"    @classmethod\n    def from_header(cls, value: str | None) -> te.Self:\n"
        b'        """Parse a header of tags.\n\n'
        b'        .. versionadded:: 3.2\n        """\n        if not value:\n            return cls()\n\n    '
        + loop.rstrip(b" ")
        + b"        return cls(strong, weak)\n\n"
    )
    names = (
        b"\n    @classmethod\n    def from_header(cls, value: str | None) -> te.Self:\n"
        b'        """Parse a header of names.\n'
        b'\n        .. versionadded:: 3.2\n        """\n        if not value:\n            return cls(None)\n\n'
        b"        return cls(parse_list(value))\n"
    )
    structures = (
        _STRUCTURES.replace(b"import typing as t\n", b"import re\nimport typing as t\n\n"
            b"from .lists import parse_list\n\nif t.TYPE_CHECKING:\n    import typing_extensions as te\n\n"
            b"_tag_re = re.compile(r'([Ww]/)?(?:\"(.*?)\"|(.*?))(?:\\s*,\\s*|$)')\n")
        .replace(b"    def to_header", tags + b"    def to_header")
        .replace(b"self.on_update", b"self._on_update")
    ) + names  # fmt: skip
    requests = (
        _REQUESTS.replace(b"from .headers import parse_names\nfrom .headers import parse_tags\n",
            b"from .structures import Names\nfrom .structures import Tags\n")
        .replace(b"parse_tags(", b"Tags.from_header(")
        .replace(b"parse_names(", b"Names.from_header(")
        .replace(b'An object that holds all the tags of the header.\n\n        :rtype: :class:`Tags`\n        """',
            b'The tags of the header."""')
    )  # fmt: skip
    before = {b"web/headers.py": _HEADERS, b"web/structures.py": _STRUCTURES, b"web/requests.py": _REQUESTS}
    after = {b"web/headers.py": headers, b"web/structures.py": structures, b"web/requests.py": requests}
    return b"Move parsing of headers to class methods\n", _files(before), _files(after)


_PARAMETER = b'''\
class Parameter:
    """A parameter.

    :param name: how it is called
    :param autocompletion: a function that completes values. Used instead of the type's if given.
    """

    def __init__(self, name, envvar=None, autocompletion=None):
        self.name = name
        self.envvar = envvar
        self.autocompletion = autocompletion

    def complete(self, ctx, args, incomplete):
        if self.autocompletion is not None:
            return self.autocompletion(ctx=ctx, args=args, incomplete=incomplete)
        return []
'''
_EXAMPLE = b"""\
import os

from tool import Parameter


def get_env_vars(ctx, args, incomplete):
    # All are returned that match.
    for key in os.environ.keys():
        if incomplete in key:
            yield key


def show(name):
    print(name)
    print(os.environ[name])


def users(ctx, args, incomplete):
    names = [("bob", "butcher"), ("alice", "baker")]
    return [user for user in names if incomplete in user[0]]


PARAMETERS = [Parameter("name", autocompletion=get_env_vars), Parameter("user", autocompletion=users)]
"""
_USAGE = b"""\
Completion
==========

Pass ``autocompletion``, a function of three arguments:

- ``ctx``, the context
- ``args``, the arguments before
- ``incomplete``, the word that is completed

.. code-block:: python

    def complete_env_vars(ctx, args, incomplete):
        return [k for k in os.environ if k.startswith(incomplete)]

    Parameter("name", autocompletion=complete_env_vars)
"""


def superseded() -> tuple[bytes, Files, Files]:
    """A parameter gets another name, and what is passed for it one argument more; the old one still works."""
    parameter = _PARAMETER.replace(
        b"envvar=None, autocompletion=None", b"envvar=None, shell_complete=None, autocompletion=None"
    )
    parameter = parameter.replace(
        b"        self.autocompletion = autocompletion\n",
        b"""\
        if autocompletion is not None:
            import warnings

            warnings.warn("'autocompletion' is renamed to 'shell_complete'.", DeprecationWarning, stacklevel=2)

            def shell_complete(ctx, param, args, incomplete):
                return [one for one in autocompletion(ctx, args, incomplete) if one.startswith(incomplete)]

        self._shell_complete = shell_complete
""",
    )
    called = b"self.autocompletion(ctx=ctx, args=args, incomplete=incomplete)"
    parameter = parameter.replace(called, b"self._shell_complete(ctx, self, args, incomplete)")
    parameter = parameter.replace(b"self.autocompletion is", b"self._shell_complete is")
    parameter = parameter.replace(b"if given.\n", b"if given.\n        The old name of ``shell_complete``.\n")
    example = (
        _EXAMPLE.replace(b"ctx, args, incomplete", b"ctx, param, args, incomplete")
        .replace(b"autocompletion=", b"shell_complete=")
        .replace(b"    for key in os.environ.keys():\n        if incomplete in key:\n            yield key\n",
            b"    return [key for key in os.environ if incomplete in key]\n")
        .replace(b"def show(name)", b"def show_env(name)")
    )  # fmt: skip
    usage = (
        _USAGE.replace(b"autocompletion", b"shell_complete")
        .replace(b"of three arguments", b"of four arguments")
        .replace(b"- ``args``", b"- ``param``, the parameter\n- ``args``")
        .replace(b"ctx, args", b"ctx, param, args")
    )
    before = {b"tool/core.py": _PARAMETER, b"examples/bash/bash.py": _EXAMPLE, b"docs/completion.rst": _USAGE}
    after = {b"tool/core.py": parameter, b"examples/completion/completion.py": example, b"docs/completion.rst": usage}
    return (
        b"Rename autocompletion to shell_complete\n\nWhat is passed takes the parameter, too.\n",
        _files(before),
        _files(after),
    )


def white_space() -> tuple[bytes, Files, Files]:
    """Nothing but white space, in code and in a docstring."""
    before = b'''"""Part %(name)s.

     It is one of many.
"""
import os
def size( path ) :
    return os.stat( path ).st_size
'''
    after = b'''"""Part %(name)s.

It is one of many.
"""
import os


def size(path):
    return os.stat(path).st_size
'''
    one, other = (
        _files({f"library/{name}.py".encode(): side % {b"name": name.encode()} for name in _PARTS})
        for side in (before, after)
    )
    return b"White space as PEP 8 has it\n", one, other


def modernised() -> tuple[bytes, Files, Files]:
    """The same small change in each of many classes, and one that is another."""
    before = b"""\
class %(name)s(Base):
    def __init__(self, name):
        super(%(name)s, self).__init__(name)
        self.size = 1
"""
    after = before.replace(b"super(%(name)s, self)", b"super()")
    sides = [
        {f"library/{name}.py".encode(): side % {b"name": name.title().encode()} for name in _PARTS}
        for side in (before, after)
    ]
    sides[1][b"library/visit.py"] = sides[1][b"library/visit.py"].replace(b"size = 1", b"size = 2")
    return b"Write super() without arguments\n", _files(sides[0]), _files(sides[1])


def _files(contents: dict[bytes, bytes]) -> Files:
    return {path: text(content) for path, content in contents.items()}


SHAPES = {
    "reformatted": reformatted,
    "renamed": renamed,
    "made-methods": made_methods,
    "superseded": superseded,
    "white-space": white_space,
    "modernised": modernised,
}
"""Name → message, files before, files after."""
