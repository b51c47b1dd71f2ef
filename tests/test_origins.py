"""Where imports lead: to one file of the tree, or nowhere."""

from __future__ import annotations

import pytest

from git_dagpatch.languages.python_origins import Origin, Origins
from git_dagpatch.languages.python_symbols import symbols_of

TREE = {
    b"p/__init__.py": b"from .m import load\nfrom .n import *\nfrom . import m as mod\n",
    b"p/m.py": b"def load(path, /, *, strict=1):\n    pass\n\n\nclass A:\n    size: int = 1\n\n"
    b"    def find(self, word):\n        pass\n\n\nclass B(A):\n    class C:\n        low = 1\n",
    b"p/n.py": b"from .m import A as Shelf\n\n\ndef fetch():\n    pass\n",
    b"p/sub/o.py": b"from ..m import A, B\nfrom ..over import C\n\n\n"
    b"class D(B):\n    pass\n\n\nclass E(A, C):\n    pass\n",
    b"p/twice.py": b"try:\n    from .m import load\nexcept ImportError:\n    from .n import fetch as load\n",
    b"p/over.py": b"class A:\n    def __init__(self, one):\n        pass\n\n"
    b"    def find(self, one):\n        pass\n\n\n"
    b"class B(A):\n    def __init__(self, one):\n        super().__init__(one=one)\n\n"
    b"    def find(self, one):\n        pass\n\n\nclass C(B):\n    pass\n",
    b"p/here.py": b"from .there import load\n",
    b"p/there.py": b"from .here import load\n",
    b"p/stars.py": b"from .n import *\nfrom elsewhere import *\n",
    b"json.py": b"def load(): pass\n",
    b"two.py": b"def f(): pass\n",
    b"src/two.py": b"def f(): pass\n",
    b"src/q/__init__.py": b"def f(): pass\n",
    b"tools/helper.py": b"def f(): pass\n",
    b"helper.py": b"def f(): pass\n",
}
LOAD = Origin(b"p/m.py", "load")


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (b"p/x.py", "from .m import <load>\n", LOAD),
        (b"p/sub/x.py", "from ..m import <load>\n", LOAD),
        (b"p/sub/x.py", "from .m import <load>\n", None),
        (b"t/x.py", "from p.m import <load>\n", LOAD),
        (b"t/x.py", "from p import <load>\n", LOAD),
        (b"t/x.py", "from p.m import <load> as read\n", LOAD),
        (b"t/x.py", "import p.m\np.m.<load>\n", LOAD),
        (b"t/x.py", "import p\np.mod.<load>\n", LOAD),
        (b"t/x.py", "from p import mod\nmod.<load>\n", LOAD),
        (b"t/x.py", "from p import *\n<fetch>()\n", Origin(b"p/n.py", "fetch")),
        (b"t/x.py", "from p import *\n<print>()\n", None),
        (b"t/x.py", "from p.stars import *\n<fetch>()\n", None),
        (b"t/x.py", "from p import <Shelf>\n", Origin(b"p/m.py", "A")),
        (b"t/x.py", "from p import Shelf\nShelf.<find>\n", Origin(b"p/m.py", "A.find")),
        (b"t/x.py", "from p import Shelf\nShelf().<find>\n", Origin(b"p/m.py", "A.find")),
        (b"t/x.py", "from p.m import B\ndef f(x: B):\n    x.<find>\n", Origin(b"p/m.py", "A.find")),
        (b"t/x.py", "from p.m import B\nB.C.<low>\n", Origin(b"p/m.py", "B.C.low")),
        (b"t/x.py", "from p.sub.o import D\nD().<find>\n", Origin(b"p/m.py", "A.find")),
        (b"t/x.py", "from p.sub.o import E\nE().<find>\n", None),
        (b"t/x.py", "from p.sub.o import E\nE(<one>=1)\n", None),
        (b"t/x.py", "from p.m import load\nload().<find>\n", None),
        (b"t/x.py", "from p.m import load\nload(<strict>=1)\n", Origin(b"p/m.py", "load.strict")),
        (b"t/x.py", "from p.m import load\nload(<path>=1)\n", None),
        (b"t/x.py", "from p.m import B\nB().find(<word>=1)\n", Origin(b"p/m.py", "A.find.word")),
        (b"t/x.py", "from p.m import A\nA(<size>=1)\n", Origin(b"p/m.py", "A.size")),
        (b"t/x.py", "from p.over import B\nB(<one>=1)\n", Origin(b"p/over.py", "B.__init__.one")),
        (b"t/x.py", "from p.over import C\nC(<one>=1)\n", Origin(b"p/over.py", "B.__init__.one")),
        (b"t/x.py", "from p.over import B\nB().find(<one>=1)\n", None),
        (b"t/x.py", "from p.twice import <load>\n", None),
        (b"t/x.py", "from p.here import <load>\n", None),
        (b"t/x.py", "from json import <load>\n", None),
        (b"t/x.py", "from two import <f>\n", None),
        (b"t/x.py", "from q import <f>\n", Origin(b"src/q/__init__.py", "f")),
        (b"t/x.py", "from helper import <f>\n", Origin(b"helper.py", "f")),
        (b"tools/x.py", "from helper import <f>\n", None),
        (b"t/x.py", "from ...p.m import <load>\n", None),
        (b"t/x.py", "from nowhere import <load>\n", None),
    ],
)
def test_where_an_import_leads(path: bytes, text: str, expected: Origin | None) -> None:
    before, name, after = text.replace(">", "<").split("<")
    symbols = symbols_of(f"{before}{name}{after}".encode())
    assert symbols is not None
    key = symbols.meaning[len(before)]
    files = TREE | {path: f"{before}{name}{after}".encode()}
    assert Origins(files.get).meaning(path, key) == expected


def test_nothing_leads_into_files_that_cannot_be_read() -> None:
    symbols = symbols_of(b"from p.m import load\n")
    assert symbols is not None
    key = symbols.meaning[len(b"from p.m import ")]
    for text in (b"def load(:\n", b"load = 1\x0c\n"):
        assert Origins({b"p/m.py": text}.get).meaning(b"t/x.py", key) is None


@pytest.mark.parametrize(
    ("path", "module", "home", "expected"),
    [
        (b"p/x.py", ".m", b"p/m.py", True),
        (b"p/x.py", ".", b"p/m.py", True),
        (b"q/x.py", ".", b"p/m.py", False),
        (b"q/x.py", ".m", b"p/m.py", False),
        (b"t/x.py", "p", b"p/m.py", True),
        (b"t/x.py", "p.n", b"p/m.py", False),
        (b"t/x.py", "lib.a", b"vendor/lib/a.py", True),
        (b"t/x.py", "lib", b"vendor/lib/a.py", True),
        (b"t/x.py", "json", b"vendor/json.py", False),
        (b"t/x.py", "other", b"p/m.py", False),
    ],
)
def test_what_an_import_may_come_from(path: bytes, module: str, home: bytes, expected: bool) -> None:
    assert Origins(TREE.get).may_lead(path, module, home) == expected
