// Convenience only: the page is complete without it.
"use strict";
const root = document.documentElement;

// The theme: the system's, or the one that was chosen, which is remembered.
const themes = ["system", "light", "dark"];
const switcher = document.getElementById("theme");
const showTheme = () => {
  const name = root.dataset.theme ?? "system";
  switcher.textContent = `Theme: ${name}`;
};
switcher.addEventListener("click", () => {
  const next = themes[(themes.indexOf(root.dataset.theme ?? "system") + 1) % themes.length];
  if (next === "system") delete root.dataset.theme;
  else root.dataset.theme = next;
  try {
    localStorage.setItem("emobench-theme", next);
  } catch {
    // A browser that keeps nothing forgets the choice.
  }
  showTheme();
});
showTheme();
switcher.hidden = false;

// A table is sorted by the column whose head is clicked.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  const original = [...body.rows];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const was = head.getAttribute("aria-sort");
      const next = was === "descending" ? "ascending" : was === "ascending" ? "" : "descending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      if (!next) return body.append(...original);
      head.setAttribute("aria-sort", next);
      const sign = next === "ascending" ? 1 : -1;
      const key = (row) => row.cells[column].dataset.sort ?? row.cells[column].textContent.trim();
      const compare = (a, b) => {
        const [x, y] = [key(a), key(b)];
        if (x === "" || y === "") return (x === "") - (y === "");
        const [n, m] = [Number(x), Number(y)];
        return sign * (Number.isNaN(n - m) ? x.localeCompare(y) : n - m);
      };
      body.append(...[...original].sort(compare));
    });
  });
}

// A number says which command recomputes it: pointed at, in focus, or clicked, which copies it. One
// number of each table is a stop of the tabulator key; arrows lead to the others.
{
  const strip = document.createElement("p");
  strip.id = "why";
  strip.className = "why";
  strip.setAttribute("role", "status");
  strip.hidden = true;
  document.getElementById("main").append(strip);
  const numbers = "td[data-why]:not([data-why=''])";
  const stops = () => {
    for (const table of document.querySelectorAll("table:not(:has(td[tabindex='0']))")) {
      const first = table.querySelector(numbers);
      if (first) first.tabIndex = 0;
    }
  };
  // The tables of the explorer are made anew with each of its choices.
  for (const kind of ["change", "click", "input"]) document.addEventListener(kind, stops);
  document.addEventListener("toggle", stops, true);
  stops();
  const code = (cell) => `emobench why ${cell.dataset.why}`;
  let kept = null;
  const tell = (cell, more = "click to copy") => {
    strip.hidden = !cell;
    if (!cell) return;
    const row = cell.parentElement, heads = cell.closest("table").tHead?.rows[0].cells;
    const name = [row.cells[0], heads?.[cell.cellIndex]].map((one) => one?.textContent.trim()).filter(Boolean).join(", ");
    const shown = document.createElement("code");
    shown.textContent = code(cell);
    strip.replaceChildren(`${name}: `, shown, ` · ${more}`);
  };
  const at = (event) => event.target.closest?.(numbers);
  document.addEventListener("pointerover", (event) => tell(at(event) ?? kept));
  document.addEventListener("focusin", (event) => {
    kept = at(event) ?? null;
    if (kept) kept.setAttribute("aria-describedby", "why");
    tell(kept, "Enter copies it, arrows lead to other numbers");
  });
  document.addEventListener("focusout", () => tell((kept = null)));
  const copy = (cell) => {
    const said = (worked) => tell(cell, worked ? "copied" : "could not be copied");
    (navigator.clipboard?.writeText(code(cell)) ?? Promise.reject()).then(() => said(true), () => said(false));
  };
  document.addEventListener("click", (event) => {
    const cell = at(event);
    if (!cell || String(getSelection())) return;
    cell.tabIndex = 0;
    cell.focus();
    copy(cell);
  });
  document.addEventListener("keydown", (event) => {
    const cell = at(event), table = cell?.closest("table");
    if (!table || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Enter") return copy(cell);
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const sideways = event.key.endsWith("t");
    const line = [...table.querySelectorAll(numbers)].filter((one) =>
      sideways ? one.parentElement === cell.parentElement : one.cellIndex === cell.cellIndex);
    const next = line[line.indexOf(cell) + step];
    if (!next) return;
    cell.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
}

// Only what can be scrolled sideways stops the tabulator key.
const tabStops = () => {
  for (const box of document.querySelectorAll(".scroll")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
};
addEventListener("resize", tabStops);
document.addEventListener("change", tabStops);
document.addEventListener("toggle", tabStops, true);
tabStops();

// A link into something folded unfolds it, and so does one to the heading above it.
const unfold = () => {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  if (target.tagName !== "H3") return;
  for (let next = target.nextElementSibling; next && next.tagName !== "H3"; next = next.nextElementSibling) {
    if (next.tagName === "DETAILS") next.open = true;
  }
};
addEventListener("hashchange", unfold);
unfold();

// The section in sight is marked in the bar.
const links = new Map([...document.querySelectorAll(".mast nav a")].map((a) => [a.hash.slice(1), a]));
const watcher = new IntersectionObserver((seen) => {
  for (const one of seen) {
    if (!one.isIntersecting) continue;
    for (const link of links.values()) link.removeAttribute("aria-current");
    links.get(one.target.id)?.setAttribute("aria-current", "true");
  }
}, { rootMargin: "-20% 0px -70%" });
for (const id of links.keys()) {
  const target = document.getElementById(id);
  if (target) watcher.observe(target);
}

// What is folded is printed too.
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open])")];
  for (const one of folded) one.open = true;
});
addEventListener("afterprint", () => {
  for (const one of folded) one.open = false;
});
