// Follows the server that sent this page: loads it again when the results have changed, and puts
// the reader back where they were. The address holds the view; what it does not hold is kept here.
"use strict";
{
  const box = document.getElementById("follow"), KEPT = "emobench-follow", EVERY = 1000, QUIET = 1500;
  const LIVE = "Live: this page follows the results", NEW = "There are new results: they are shown when you pause";
  const ENDED = "No longer live: emobench leaderboard --serve does not answer";
  const say = (text) => {
    if (box.textContent !== text) box.textContent = text;
    box.classList.toggle("mind", text !== LIVE);
  };

  // Names of things that are the same on the next page: by the nearest name around them.
  const home = (one) => one.parentElement?.closest("[id]")?.id ?? "";
  const numbered = (found, nameOf) => {
    const seen = new Map();
    return found.map((one) => {
      const name = nameOf(one), n = seen.get(name) ?? 0;
      seen.set(name, n + 1);
      return [`${name} ${n}`, one];
    });
  };
  const folds = () => numbered([...document.querySelectorAll("details")], (one) => one.id || home(one));
  const sorts = () => numbered([...document.querySelectorAll("table.sortable thead th")].filter((one) => one.querySelector("button")),
    (one) => `${home(one.closest("table"))} ${one.closest("table").caption?.textContent} ${one.textContent}`);
  const named = () => [...document.querySelectorAll("section[id], h3[id], details[id]")].filter((one) => one.getClientRects().length);

  const kept = () => {
    // The place is told by the last name above the top edge, as heights change with the results.
    const above = named().map((one) => [one.id, one.getBoundingClientRect().top]).filter(([, top]) => top <= 80).pop();
    const focus = document.activeElement;
    return {
      above, left: scrollX, top: scrollY, views: history.state?.views,
      folds: folds().map(([name, one]) => [name, one.open]),
      chosen: [...document.querySelectorAll("input[type=radio]:checked")].map((one) => one.id),
      sorts: sorts().filter(([, one]) => one.ariaSort).map(([name, one]) => [name, one.ariaSort]),
      focus: focus && focus !== document.body ? [focus.id, focus.dataset.key ?? "", home(focus)] : null,
    };
  };
  const scroll = ({ above, left, top }) => {
    const mark = above && document.getElementById(above[0]);
    scrollTo({ left, top: mark ? scrollY + mark.getBoundingClientRect().top - above[1] : top, behavior: "instant" });
  };
  const restore = (was) => {
    if (was.views && Object.keys(was.views).length) {
      dispatchEvent(new PopStateEvent("popstate", { state: { views: was.views } }));
      history.replaceState({ views: was.views }, "");
    }
    const open = new Map(was.folds);
    for (const [name, one] of folds()) if (open.has(name)) one.open = open.get(name);
    for (const id of was.chosen) {
      const one = id && document.getElementById(id);
      if (one) one.checked = true;
    }
    const ways = new Map(was.sorts);
    for (const [name, one] of sorts())
      for (let n = 0; n < 2 && ways.has(name) && one.ariaSort !== ways.get(name); n++) one.querySelector("button").click();
    if (was.focus) {
      const [id, key, around] = was.focus, place = document.getElementById(around) ?? document;
      const one = id ? document.getElementById(id) : key && place.querySelector(`[data-key="${CSS.escape(key)}"]`);
      if (one) one.focus({ preventScroll: true });
    }
    scroll(was);
    // Once more when the browser has done its own scrolling, and what was unfolded has its height.
    addEventListener("load", () => requestAnimationFrame(() => requestAnimationFrame(() => scroll(was))), { once: true });
  };

  // Nobody loses the page under their hand.
  let touched = -QUIET;
  for (const kind of ["pointerdown", "pointermove", "wheel", "keydown", "input", "touchmove"])
    addEventListener(kind, () => { touched = performance.now(); }, { passive: true, capture: true });
  const busy = () => performance.now() - touched < QUIET || String(getSelection() ?? "") !== "";

  let waiting = 0;
  const ask = async () => {
    clearTimeout(waiting);
    try {
      const { page, said } = await (await fetch("/now", { cache: "no-store" })).json();
      if (page === box.dataset.page) say(said || LIVE);
      else if (busy()) say(NEW);
      else {
        try {
          sessionStorage.setItem(KEPT, JSON.stringify(kept()));
        } catch {
          // A browser that keeps nothing starts at the top.
        }
        location.reload();
        return;
      }
    } catch {
      say(ENDED);
    }
    waiting = setTimeout(ask, document.hidden ? 20 * EVERY : EVERY);
  };
  document.addEventListener("visibilitychange", () => document.hidden || ask());

  try {
    const was = sessionStorage.getItem(KEPT);
    sessionStorage.removeItem(KEPT);
    if (was) restore(JSON.parse(was));
  } catch {
    // As above.
  }
  ask();
}
