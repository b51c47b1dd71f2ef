"use strict";
// All texts come from commits and from patches that anybody may have made: they are only ever set as text.
const reviews = JSON.parse(document.getElementById("data").textContent);
const CHUNK = 300;
const state = { text: "", kind: "", tag: "", file: "", proved: false, split: false, at: -1 };
const cards = [];
const views = new Map();

const make = (name, classes, text) => {
  const node = document.createElement(name);
  if (classes) node.className = classes;
  if (text !== undefined) node.textContent = text;
  return node;
};
const lineCount = (number) => `${number.toLocaleString("en")} line${number === 1 ? "" : "s"}`;
const shown = (path) => path.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g, (c) => `\\u{${c.codePointAt(0).toString(16)}}`);
const text = (line) => line.segments.map((one) => one[0]).join("");

// Lines

function cell(classes, line, sign) {
  const node = make("td", line ? `text ${classes}` : "none");
  if (!line) return node;
  node.dataset.sign = sign;
  for (const [part, changed] of line.segments) node.append(changed ? make("b", "", shown(part)) : shown(part));
  if (line.ended === false) node.append(make("span", "quiet", " (no newline at the end)"));
  return node;
}
const number = (line) => make("td", "number", line ? String(line.number) : "");
const context = (row) => row.old && row.new && (row.old.ended ?? true) === (row.new.ended ?? true)
  && ![...row.old.segments, ...row.new.segments].some((one) => one[1]);

function tableRow(...cells) {
  const node = make("tr");
  node.append(...cells);
  return node;
}
function* unified(rows) {
  let added = [];
  for (const row of rows) {
    if (context(row)) {
      yield* added; added = [];
      yield () => tableRow(number(row.old), number(row.new), cell("", row.new, " "));
      continue;
    }
    if (row.old) {
      if (added.length && !row.new) { yield* added; added = []; }
      yield () => tableRow(number(row.old), number(null), cell("old", row.old, "-"));
    }
    if (row.new) added.push(() => tableRow(number(null), number(row.new), cell("new", row.new, "+")));
  }
  yield* added;
}
function* sideBySide(rows) {
  for (const row of rows) {
    const same = context(row);
    yield () => tableRow(number(row.old), cell(same ? "" : "old", row.old, same ? " " : "-"),
      number(row.new), cell(same ? "" : "new", row.new, same ? " " : "+"));
  }
}
function table(rows) {
  const node = make("table");
  const columns = make("colgroup");
  for (const name of state.split ? ["number", "", "number", ""] : ["number", "number", ""]) columns.append(make("col", name));
  const body = make("tbody");
  node.append(columns, body);
  const lines = [...(state.split ? sideBySide : unified)(rows)];
  let done = 0;
  const box = make("div");
  const more = make("button", "more");
  const go = (count) => {
    const part = document.createDocumentFragment();
    for (const line of lines.slice(done, done + count)) part.append(line());
    body.append(part);
    done = Math.min(lines.length, done + count);
    more.hidden = done >= lines.length;
    more.textContent = `Show ${lineCount(Math.min(10 * CHUNK, lines.length - done))} more of ${(lines.length - done).toLocaleString("en")}`;
  };
  more.addEventListener("click", () => go(10 * CHUNK));
  box.append(node, more);
  box.whole = () => go(lines.length);
  go(CHUNK);
  return box;
}

// Cards

class View {
  constructor(card, review) {
    this.card = card;
    this.review = review;
    this.open = card.lines_to_read > 0 && card.concern !== "proved" && card.concern !== "refactoring";
    this.drawn = false;
    this.words = [card.headline, card.kind, card.target, ...card.files.map((file) => file.path)].join("\n").toLowerCase();
    this.node = make("article", card.breaking ? "breaking" : "");
    this.node.id = `operation-${review}-${card.id}`;
    this.head = make("button", "head");
    this.head.append(make("span", "badge", card.kind), make("span", "what", shown(card.headline)));
    if (card.breaking) this.head.append(make("span", "badge break", "breaking"));
    this.head.append(make("span", "count", card.lines_to_read ? `${lineCount(card.lines_to_read)} to read` : "nothing to read"));
    this.head.addEventListener("click", () => { here(cards.indexOf(this)); this.toggle(); });
    this.body = make("div", "body");
    this.node.append(this.head, this.body);
    this.show();
  }
  toggle(open = !this.open) { this.open = open; this.show(); if (open) this.draw(); }
  show() { this.body.hidden = !this.open; this.head.setAttribute("aria-expanded", String(this.open)); }
  draw() {
    if (this.drawn) return;
    this.drawn = true;
    this.body.replaceChildren(...this.parts());
  }
  again() { this.drawn = false; this.body.replaceChildren(); if (this.open && visible(this)) this.draw(); }
  whole() { this.draw(); for (const box of this.body.querySelectorAll("div")) if (box.whole) box.whole(); }
  *parts() {
    const { card } = this;
    const facts = [card.intent, ...card.tags, ...card.domains.map((one) => `in ${one}`)];
    if (card.confidence < 1) facts.push(`confidence ${card.confidence}`);
    yield make("p", "quiet", facts.join(" · "));
    if (card.proof) yield make("p", "quiet", `Proved: ${card.proof}.`);
    if (card.journey) {
      const { source, target, lines } = card.journey;
      yield make("p", "", `${lineCount(lines)} from ${shown(source.path)}:${source.line} to ${shown(target.path)}:${target.line}`);
      if (card.doubts.length) yield make("p", "", `The same text; ${shown(card.doubts.join(", "))} may mean something else there.`);
      const changed = cards.filter((one) => one.review === this.review && one.card.inside.includes(card.id));
      if (changed.length) yield this.links("What changed inside: ", changed);
    }
    const inside = card.inside.map((id) => this.other(id)).filter(Boolean);
    if (inside.length) yield this.links("Inside of what moved: ", inside);
    const needs = card.depends_on.map((id) => this.other(id)).filter(Boolean);
    if (needs.length) yield this.links("Needs: ", needs, (one) => card.because[one.card.id]);
    for (const file of card.files) yield* this.file(file);
    if (!card.files.length && card.places.length) yield make("p", "place", card.places.map((one) => `${shown(one.path)}:${one.line}`).join("  "));
  }
  *file(file) {
    yield make("div", "file", `${shown(file.path)}${file.note ? ` — ${shown(file.note)}` : ""}`);
    const alike = file.hunks.filter((hunk) => !hunk.to_read);
    for (const hunk of file.hunks) if (hunk.to_read) yield* this.hunk(hunk);
    if (!alike.length) return;
    const more = make("button", "more", `${alike.length.toLocaleString("en")} ${alike.length === 1 ? "place that needs" : "places that need"} no reading`);
    const box = make("div");
    const all = () => { if (!box.childNodes.length) for (const hunk of alike) box.append(...this.hunk(hunk)); };
    more.addEventListener("click", () => { all(); box.hidden = false; more.hidden = true; });
    box.hidden = true;
    if (this.card.folded && !this.card.doubts.length && alike.length === file.hunks.length) more.click();
    yield more;
    yield box;
  }
  *hunk(hunk) {
    yield make("div", "place", `${shown(hunk.place.path)}:${hunk.place.line}${hunk.symbol ? `  ${shown(hunk.symbol)}` : ""}`);
    yield table(hunk.rows);
  }
  links(label, others, why) {
    const node = make("p", "", label);
    others.forEach((one, at) => {
      const link = make("a", "jump", shown(one.card.headline));
      link.href = `#${one.node.id}`;
      link.addEventListener("click", (event) => { event.preventDefault(); go(one); });
      const reason = why && why(one);
      node.append(at ? ", " : "", link, reason ? ` (${shown(reason)})` : "");
    });
    return node;
  }
  other(id) { return cards.find((one) => one.review === this.review && one.card.id === id); }
}

// Moving about

const visible = (view) => !view.node.hidden;
function here(at, scroll) {
  if (cards[state.at]) cards[state.at].node.classList.remove("here");
  state.at = at;
  if (!cards[at]) return;
  cards[at].node.classList.add("here");
  if (scroll) { cards[at].node.scrollIntoView({ block: "start" }); cards[at].head.focus({ preventScroll: true }); }
}
function go(view) { if (!visible(view)) clear(); view.toggle(true); here(cards.indexOf(view), true); }
function step(by) {
  let at = state.at;
  do at += by; while (cards[at] && !visible(cards[at]));
  if (cards[at]) here(at, true);
}

// Filters

const control = (id) => document.getElementById(id);
function filter() {
  const words = state.text.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const view of cards) {
    const { card } = view;
    const fits = (!state.kind || card.kind === state.kind) && (!state.tag || card.tags.includes(state.tag))
      && (!state.file || card.files.some((file) => file.path === state.file) || card.places.some((one) => one.path === state.file))
      && (state.proved || card.concern !== "proved" || state.kind === card.kind)
      && words.every((word) => view.words.includes(word));
    view.node.hidden = !fits;
    count += fits;
  }
  for (const section of document.querySelectorAll("section.concern")) {
    section.hidden = ![...section.querySelectorAll("article")].some((one) => !one.hidden);
  }
  control("count").textContent = `${count.toLocaleString("en")} of ${cards.length.toLocaleString("en")} operations`;
  for (const node of document.querySelectorAll("svg g[data-id]")) {
    const view = document.getElementById(`operation-${node.dataset.review}-${node.dataset.id}`);
    node.classList.toggle("dim", !view || view.hidden);
  }
}
function clear() {
  Object.assign(state, { text: "", kind: "", tag: "", file: "", proved: true });
  for (const id of ["text", "kind", "tag", "file"]) control(id).value = "";
  press("proved", true);
  filter();
}
const press = (id, on) => control(id).setAttribute("aria-pressed", String(on));
function choices(id, names) {
  for (const name of [...new Set(names)].sort()) {
    const option = make("option", "", shown(name));
    option.value = name;
    control(id).append(option);
  }
  control(id).addEventListener("change", () => { state[id] = control(id).value; filter(); });
}
function toggleProved() { state.proved = !state.proved; press("proved", state.proved); filter(); }
function toggleSplit() {
  state.split = !state.split;
  press("split", state.split);
  for (const view of cards) view.again();
}
function toggleTheme() {
  const dark = document.documentElement.classList.contains("dark")
    || (!document.documentElement.classList.contains("light") && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.className = dark ? "light" : "dark";
}
function toggleGraph() { for (const node of document.querySelectorAll("details.graph")) node.open = !node.open; }

// The page

const TITLES = { behaviour: "Behaviour", settings: "Settings", tests: "Tests", documents: "Documents",
  refactoring: "The same code elsewhere or under other names, as proved", proved: "Proved to change nothing that the program does" };
reviews.forEach((review, number) => {
  const place = control(`cards-${number}`);
  for (const concern of Object.keys(TITLES)) {
    const own = review.cards.filter((card) => card.concern === concern);
    if (!own.length) continue;
    const section = make("section", "concern");
    section.append(make("h2", "", TITLES[concern]));
    for (const card of own) {
      const view = new View(card, number);
      cards.push(view);
      views.set(view.node, view);
      section.append(view.node);
    }
    place.append(section);
  }
});
choices("kind", cards.map((view) => view.card.kind));
choices("tag", cards.flatMap((view) => view.card.tags));
choices("file", cards.flatMap((view) => view.card.files.map((file) => file.path)));
control("text").addEventListener("input", () => { state.text = control("text").value; filter(); });
control("proved").addEventListener("click", toggleProved);
control("split").addEventListener("click", toggleSplit);
control("theme").addEventListener("click", toggleTheme);
control("keys").addEventListener("click", () => control("help").showModal());
for (const node of document.querySelectorAll("svg g[data-id]")) {
  const jump = () => { const view = cards.find((one) => one.node.id === `operation-${node.dataset.review}-${node.dataset.id}`); if (view) go(view); };
  node.addEventListener("click", jump);
  node.addEventListener("keydown", (event) => { if (event.key === "Enter") jump(); });
}
const KEYS = { j: () => step(1), k: () => step(-1), o: () => cards[state.at]?.toggle(), f: toggleProved, s: toggleSplit,
  t: toggleTheme, g: toggleGraph, c: clear, "/": () => control("text").focus(), "?": () => control("help").showModal() };
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (["INPUT", "SELECT"].includes(event.target.tagName)) { if (event.key === "Escape") event.target.blur(); return; }
  if (KEYS[event.key]) { event.preventDefault(); KEYS[event.key](); }
});
const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting && views.get(entry.target).open) views.get(entry.target).draw();
}, { rootMargin: "800px" });
for (const view of cards) seen.observe(view.node);
addEventListener("beforeprint", () => { for (const view of cards) if (visible(view) && view.open) view.whole(); });
filter();
