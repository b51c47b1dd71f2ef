"""Which symbol each line belongs to, in the languages that grammars read."""

from __future__ import annotations

import pytest

from git_dagpatch.languages import language_of

PLACES: dict[str, str] = {
    "a.js": """\
import a from "b";                 |
/** What it does. */               | parse
export function parse(text) {      | parse
  return () => { text };           | parse
}                                  | parse
                                   |
class Store extends Base {         | Store
  size = 1;                        | Store
  // Reads.                        | Store.get
  async get(key) {                 | Store.get
  }                                | Store.get
  put = (key) => {                 | Store.put
  }                                | Store.put
}                                  | Store
const show = (text) => {           | show
};                                 | show
Store.prototype.old = function () {  | Store.old
};                                 | Store.old
""",
    "a.ts": """\
interface Shape {                  | Shape
  area(): number;                  | Shape.area
}                                  | Shape
@Register()                        | Circle
export class Circle<T> {           | Circle
  @Input() radius: number = 1;     | Circle
  area(): number {                 | Circle.area
    return 1;                      | Circle.area
  }                                | Circle.area
}                                  | Circle
type Name = string;                | Name
namespace Inner {                  | Inner
  export function f() {            | Inner.f
  }                                | Inner.f
}                                  | Inner
export const g = (a: number) => {  | g
};                                 | g
""",
    "a.tsx": """\
export function Page(): any {      | Page
  return <p>text</p>;              | Page
}                                  | Page
""",
    "a.go": """\
package a                          |
import "os"                        |
// Run runs.                       | Run
func Run(a int) {                  | Run
}                                  | Run
func (s *Server[T]) Stop() error { | Server.Stop
  return nil                       | Server.Stop
}                                  | Server.Stop
type Server struct {               | Server
  x int                            | Server
}                                  | Server
const limit = 1                    |
""",
    "a.rs": """\
use a::b;                          |
/// What it is.                    | Point
#[derive(Debug)]                   | Point
pub struct Point {                 | Point
  x: i32,                          | Point
}                                  | Point
impl<T> Shape for Point<T> {       | Point
  #[inline]                        | Point.area
  fn area(&self) -> i32 {          | Point.area
    1                              | Point.area
  }                                | Point.area
}                                  | Point
trait Shape {                      | Shape
  fn area(&self) -> i32;           | Shape.area
}                                  | Shape
mod inner {                        | inner
  pub fn f() {                     | inner.f
  }                                | inner.f
}                                  | inner
macro_rules! twice {               | twice
  () => {}                         | twice
}                                  | twice
""",
    "A.java": """\
import b.C;                        |
/** What it is. */                 | A
@Entity                            | A
public class A extends B {         | A
  private int x = 1;               | A
  A() {                            | A.A
  }                                | A.A
  @Override                        | A.run
  void run(int a) {                | A.run
  }                                | A.run
  enum Kind {                      | A.Kind
    ONE;                           | A.Kind
    void f() {                     | A.Kind.f
    }                              | A.Kind.f
  }                                | A.Kind
}                                  | A
""",
    "a.c": """\
#include <a.h>                     |
static int *find(int a) {          | find
  return 0;                        | find
}                                  | find
struct point {                     | point
  int x;                           | point
};                                 | point
typedef struct {                   | Pair
  int x;                           | Pair
} Pair;                            | Pair
struct point origin;               |
#ifdef WIDE                        |
int wide(void) {                   | wide
}                                  | wide
#endif                             |
#define TWICE(x) ((x) * 2)         | TWICE
""",
    "a.cpp": """\
namespace shop {                   | shop
class Cart : public Base {         | shop.Cart
public:                            | shop.Cart
  Cart();                          | shop.Cart
  int size() const {               | shop.Cart.size
    return 1;                      | shop.Cart.size
  }                                | shop.Cart.size
  template <class T>               | shop.Cart.add
  void add(T item) {               | shop.Cart.add
  }                                | shop.Cart.add
};                                 | shop.Cart
}                                  | shop
void shop::Cart::clear() {         | shop.Cart.clear
}                                  | shop.Cart.clear
template <typename T>              | largest
T largest(T x) {                   | largest
  return x;                        | largest
}                                  | largest
""",
    "a.cs": """\
using System;                      |
namespace Shop.Core {              | Shop.Core
  /// <summary>What.</summary>     | Shop.Core.Cart
  [Serializable]                   | Shop.Core.Cart
  public class Cart : Base {       | Shop.Core.Cart
    public int Size {              | Shop.Core.Cart.Size
      get; set;                    | Shop.Core.Cart.Size
    }                              | Shop.Core.Cart.Size
    void Clear(int a) {            | Shop.Core.Cart.Clear
    }                              | Shop.Core.Cart.Clear
  }                                | Shop.Core.Cart
}                                  | Shop.Core
""",
    "a.rb": """\
require "x"                        |
module Shop                        | Shop
  # What it is.                    | Shop.Cart
  class Cart < Base                | Shop.Cart
    LIMIT = 1                      | Shop.Cart
    def add(item)                  | Shop.Cart.add
    end                            | Shop.Cart.add
    def self.empty                 | Shop.Cart.empty
    end                            | Shop.Cart.empty
  end                              | Shop.Cart
end                                | Shop
""",
    "a.php": """\
<?php                              |
namespace Shop;                    |
use A\\B;                          |
/** What it is. */                 | Cart
#[Entity]                          | Cart
class Cart extends Base {          | Cart
  const LIMIT = 1;                 | Cart
  public function add($item) {     | Cart.add
  }                                | Cart.add
}                                  | Cart
function total() {                 | total
}                                  | total
""",
    "a.kt": """\
import b.C                         |
/** What it is. */                 | Cart
@Entity                            | Cart
class Cart(val x: Int) : Base() {  | Cart
  private val y = 1                | Cart.y
  fun add(a: Int) {                | Cart.add
  }                                | Cart.add
  companion object {               | Cart.companion
    fun empty() {                  | Cart.companion.empty
    }                              | Cart.companion.empty
  }                                | Cart.companion
}                                  | Cart
fun String.twice() {               | twice
}                                  | twice
""",
    "a.sh": """\
#!/bin/bash                        |
# What it does.                    | show
show() {                           | show
  echo                             | show
}                                  | show
function hide {                    | hide
  echo                             | hide
}                                  | hide
LIMIT=1                            |
""",
}


@pytest.mark.parametrize("path", PLACES)
def test_each_line_belongs_to_its_symbol(path: str) -> None:
    rows = [row.rpartition("|") for row in PLACES[path].splitlines()]
    text = "".join(f"{line.rstrip()}\n" for line, _, _ in rows).encode()
    outline = language_of(path.encode()).outline(text)
    assert outline is not None
    assert [outline.symbol_at(number) for number in range(len(rows))] == [symbol.strip() for _, _, symbol in rows]


def test_a_text_with_faults_is_outlined_all_the_same() -> None:
    found = language_of(b"a.js").definitions(b"function f() {\n}\nx = = 1;\nfunction g() {\n}\n")
    assert found is not None
    assert {definition.name for definition in found} >= {"f", "g"}


@pytest.mark.parametrize("path", PLACES)
def test_nothing_is_defined_in_an_empty_text(path: str) -> None:
    assert language_of(path.encode()).definitions(b"") == []


def test_nesting_without_end_is_read_to_a_depth() -> None:
    found = language_of(b"a.cpp").definitions(b"namespace a {\n" * 5_000 + b"}\n" * 5_000)
    assert found is not None
    assert 10 < len(found) < 5_000
