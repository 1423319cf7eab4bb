// The explorer of a section. It shows what Python computed, and computes nothing itself but the
// difference of two numbers that are shown. Names are text, never markup.
{
  const NONE = "–", MINUS = "−", ALONE = 0, EVERY = -1, STATES = ["done", "incomplete", "failed", "skipped"];
  const COSTS = [["params", "Params", "Trainable parameters", "params"], ["train", "Train", "Mean time per training, main condition", "train_seconds"],
    ["ms", "ms per utterance", "Milliseconds per test utterance, main condition", "predict_ms_per_utterance"]];
  const explorers = new Map();
  let marked = "";

  const printed = (n, digits = 3) => {
    if (n == null) return NONE;
    const text = (Math.abs(n) / 10 ** digits).toFixed(digits);
    return (n < 0 ? MINUS : "") + (text[0] === "0" ? text.slice(1) : text);
  };
  const signed = (n, digits) => (n > 0 ? "+" : "") + printed(n, digits);
  const bounds = (low, high, print = printed) => (low == null ? NONE : `[${print(low)}, ${print(high)}]`);
  const less = (a, b) => (a == null || b == null ? null : a - b);
  const turned = (n) => (n ? -n : n);
  const many = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;

  const make = (tag, given = {}, ...inner) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(given)) {
      if (value === false || value == null) continue;
      if (name === "on") for (const [kind, act] of Object.entries(value)) made.addEventListener(kind, act);
      else if (name === "key") made.dataset.key = value;
      else made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...inner);
    return made;
  };
  const number = (text, kind = "", sub = "", why = null) =>
    make("td", { class: kind, "data-why": text === NONE ? null : why }, make("span", {}, text), ...(sub ? [make("span", { class: "ci" }, sub)] : []));
  // A name as the address of a number has it: as Python writes it.
  const written = (name) => encodeURIComponent(name).replace(/[!~*'()]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%(3A|3D|2B|2C|40)/g, (code) => decodeURIComponent(code));
  const apart = (low, high) => (low > 0 ? "up" : high < 0 ? "down" : "");
  // Long names may break after these signs.
  const breakable = (name) => name.split(/(?<=[_+:=])/).flatMap((part, i) => (i ? [make("wbr"), part] : [part]));
  const head = (text, meaning = "") => make("th", { scope: "col", title: meaning }, ...breakable(text));
  const sentence = (text) => (/[.!?]$/.test(text) ? text : `${text}.`);
  const framed = (caption, heads, rows, kind = "wide") =>
    make("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": caption },
      make("table", { class: kind }, make("caption", {}, caption),
        make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...rows)));

  // A difference as it is stored: of the pair, or of the pair turned round.
  const gapOf = (block, series, a, b) => {
    if (!block) return null;
    if (!block.found) {
      block.found = new Map();
      const n = block.m.length;
      for (let i = 0; i < n; i++)
        if (block.w.length) for (const j of block.w) i !== j && block.found.set(`${block.m[i]},${block.m[j]}`, block.found.size);
        else for (let j = i + 1; j < n; j++) block.found.set(`${block.m[i]},${block.m[j]}`, block.found.size);
    }
    const at = block.found.get(`${a},${b}`), back = block.found.get(`${b},${a}`);
    const [values, lows, highs] = series;
    if (at !== undefined) return [values[at], lows[at], highs[at]];
    return back === undefined ? null : [turned(values[back]), turned(highs[back]), turned(lows[back])];
  };

  // What a row's head names, without its badges.
  const nameOf = (cell) => {
    let text = "";
    for (const node of (cell.querySelector("button.mark > span, a") ?? cell).childNodes)
      if (node.nodeType === 3) text += node.data;
      else if (node.nodeName !== "WBR") break;
    return text.trim();
  };
  const light = () => {
    for (const cell of document.querySelectorAll("tbody th[scope=row]"))
      cell.parentElement.classList.toggle("lit", marked !== "" && nameOf(cell) === marked);
    for (const drawn of document.querySelectorAll("svg g[data-m]")) drawn.classList.toggle("lit", drawn.dataset.m === marked);
    for (const button of document.querySelectorAll("button.mark"))
      button.setAttribute("aria-pressed", String(marked !== "" && button.dataset.name === marked));
  };

  class Explorer {
    constructor(box) {
      this.box = box;
      this.anchor = box.dataset.anchor;
      this.reset();
      box.hidden = false;
      box.addEventListener("toggle", () => box.open && this.open());
    }

    reset() {
      this.now = { regime: 0, vs: EVERY, at: 0, metric: 0, q: "", off: new Set(), cols: new Set(["rank", "interval", "seeds"]), sort: "", a: EVERY, b: EVERY };
    }

    open() {
      if (!this.data) this.build();
      this.box.open = true;
    }

    build() {
      const data = (this.data = JSON.parse(document.getElementById(`data-${this.anchor}`).textContent));
      this.labels = data.models.map((one) => one[0]);
      this.columns = [["rank", "Rank", "Places that the model can hold: the main condition's, by its first metric"], ["interval", "95% interval", "Of the score"],
        ["seeds", "Seeds", "Complete seeds"], ["tested", "Utterances", "Test utterances of one seed"],
        ...data.measures.map(([name, title, meaning]) => [name, title, meaning]), ...COSTS];
      this.fields = {};
      const field = (name, text, options, none = null) => {
        const id = `x-${name}-${this.anchor}`;
        const select = make("select", { id, key: name, on: { change: () => this.set({ [name]: Number(select.value) }) } });
        if (none != null) select.append(make("option", { value: EVERY }, none));
        options.forEach((one, i) => select.append(make("option", { value: i }, one)));
        this.fields[name] = select;
        return make("div", {}, make("label", { for: id }, text), select);
      };
      const q = make("input", { type: "search", id: `x-q-${this.anchor}`, key: "q", autocomplete: "off",
        on: { input: () => this.set({ q: q.value }, true) } });
      this.fields.q = q;
      const regimes = data.regimes.map((one) => one[0]);
      const choices = make("div", { class: "choices", role: "group", "aria-label": "What is shown" });
      choices.append(field("regime", "Regime", regimes));
      if (regimes.length > 1) choices.append(field("vs", "Less regime", regimes, "none: scores alone"));
      choices.append(field("at", "Condition or summary", data.places.map((one) => one[0]), "every one, a column each"),
        field("metric", "Metric", data.measures.map((one) => one[1])),
        make("div", {}, make("label", { for: q.id }, "Find a model"), q),
        field("a", "First of two models", this.labels, "none"), field("b", "Second of two models", this.labels, "none"));
      const every = (on) => () => this.set({ off: new Set(on ? [] : this.labels.keys()) });
      this.picks = [
        this.boxes("Models", this.labels, (i) => !this.now.off.has(i), (i, on) => this.swapped("off", i, !on),
          make("div", { class: "acts" }, this.act("All models", every(true)), this.act("No model", every(false)))),
        this.boxes("Columns", this.columns.map((one) => one[1]), (i) => this.now.cols.has(this.columns[i][0]), (i, on) => this.swapped("cols", this.columns[i][0], on)),
      ];
      const again = this.act("Start again", () => { this.reset(); marked = ""; this.show(); this.keep(); });
      this.told = make("p", { class: "told", role: "status" });
      this.shown = make("div", { class: "rows" });
      this.pair = make("div", { class: "pair" });
      this.box.append(choices, ...this.picks.map((one) => one.box), make("div", { class: "acts" }, again), this.told, this.pair, this.shown);
      this.box.classList.add("made");
      this.show();
    }

    act(text, click) {
      return make("button", { type: "button", class: "act", on: { click } }, text);
    }

    boxes(title, names, holds, change, more = "") {
      const summary = make("summary");
      const inputs = names.map((name, i) => make("input", { type: "checkbox", key: `${title} ${i}`, on: { change: (e) => change(i, e.target.checked) } }));
      const labels = names.map((name, i) => make("label", {}, inputs[i], make("span", {}, name)));
      const box = make("details", { class: "picks" }, summary,
        make("fieldset", {}, make("legend", {}, title), more, make("div", { class: "boxes" }, ...labels)));
      const sync = () => {
        inputs.forEach((input, i) => (input.checked = holds(i)));
        summary.textContent = `${title}: ${inputs.filter((one) => one.checked).length} of ${inputs.length}`;
      };
      return { box, sync };
    }

    swapped(name, item, on) {
      const next = new Set(this.now[name]);
      if (on) next.add(item);
      else next.delete(item);
      this.set({ [name]: next });
    }

    set(change, quietly = false) {
      Object.assign(this.now, change);
      this.show();
      this.keep(quietly);
    }

    // The address of the view: names, so that it means the same on a page with more models.
    get query() {
      const { now, data } = this, found = new URLSearchParams();
      found.set("regime", data.regimes[now.regime][0]);
      if (now.vs >= 0) found.set("less", data.regimes[now.vs][0]);
      found.set("at", now.at < 0 ? "*" : data.places[now.at][0]);
      found.set("metric", data.measures[now.metric][0]);
      if (now.q) found.set("find", now.q);
      for (const i of now.off) found.append("without", this.labels[i]);
      const cols = [...now.cols].sort().join(",");
      if (cols !== "interval,rank,seeds") found.set("columns", cols);
      if (now.sort) found.set("sort", now.sort);
      if (now.a >= 0) found.set("first", this.labels[now.a]);
      if (now.b >= 0) found.set("second", this.labels[now.b]);
      if (marked) found.set("mark", marked);
      return found.toString();
    }

    keep(quietly) {
      remember(`#${this.anchor}?${this.query}`, quietly);
    }

    restore(query) {
      this.reset();
      this.open();
      const { now, data } = this, asked = new URLSearchParams(query);
      const place = (names, key, other) => {
        const at = names.indexOf(asked.get(key) ?? "");
        return at < 0 ? other : at;
      };
      const regimes = data.regimes.map((one) => one[0]);
      now.regime = place(regimes, "regime", 0);
      now.vs = place(regimes, "less", EVERY);
      now.at = asked.get("at") === "*" ? EVERY : place(data.places.map((one) => one[0]), "at", 0);
      now.metric = place(data.measures.map((one) => one[0]), "metric", 0);
      now.q = asked.get("find") ?? "";
      now.off = new Set(asked.getAll("without").map((name) => this.labels.indexOf(name)).filter((i) => i >= 0));
      if (asked.has("columns")) now.cols = new Set(asked.get("columns").split(",").filter((key) => this.columns.some((one) => one[0] === key)));
      now.sort = asked.get("sort") ?? "";
      now.a = place(this.labels, "first", EVERY);
      now.b = place(this.labels, "second", EVERY);
      marked = asked.get("mark") ?? "";
      this.show();
    }

    cell(regime, at, model) {
      return this.data.cells[regime][at][model];
    }

    value(regime, at, model, metric = this.now.metric) {
      const cell = this.cell(regime, at, model);
      return cell && cell[0] === 0 ? cell[3][metric] : null;
    }

    interval(regime, at, model, metric = this.now.metric) {
      const cell = this.cell(regime, at, model);
      return cell && cell[0] === 0 && this.data.measures[metric][3] ? [cell[4][metric], cell[5][metric]] : [null, null];
    }

    // What `emobench why` takes: the address of a number of a model.
    why(model, measure, at = this.now.at, regime = this.now.regime) {
      const { data } = this, [dataset, protocol, track] = data.section, [place, , sums] = data.places[at];
      const names = [data.regimes[regime][0], place, this.labels[model]].map(written);
      if (sums) names[1] = `summary:${names[1]}`;
      return [dataset, protocol, track, ...names, measure].join("/");
    }

    // First regime less the second, of one model: with its interval where the metric has one.
    between(at, model) {
      const { regime, vs, metric } = this.now;
      const plain = less(this.value(regime, at, model), this.value(vs, at, model));
      if (regime === vs) return [plain, null, null];
      const block = this.data.between[`${Math.min(regime, vs)},${Math.max(regime, vs)}`][at];
      const place = block.m.indexOf(model);
      // On other utterances there is no difference to speak of.
      if (place < 0) return [null, null, null];
      if (!this.data.measures[metric][3]) return [plain, null, null];
      const [value, low, high] = block.g[metric].map((one) => one[place]);
      return regime < vs ? [value, low, high] : [turned(value), turned(high), turned(low)];
    }


    // Columns of the table: key, head, meaning, what to sort by, and the cell.
    heads() {
      const { now, data } = this, metric = data.measures[now.metric], vs = now.vs >= 0;
      const scored = (at, key, title, meaning) => [key, title, meaning,
        (m) => (vs ? this.between(at, m)[0] : this.value(now.regime, at, m)),
        (m) => {
          if (vs) {
            const [value, low, high] = this.between(at, m);
            return number(signed(value), apart(low, high), low == null ? "" : bounds(low, high, signed));
          }
          const [low, high] = this.interval(now.regime, at, m);
          return number(printed(this.value(now.regime, at, m)), "", now.cols.has("interval") && low != null ? bounds(low, high) : "", this.why(m, metric[0], at));
        }];
      if (now.at < 0) return data.places.map(([name, meaning], at) => scored(at, `at ${name}`, name, meaning));
      const done = (m) => { const cell = this.cell(now.regime, now.at, m); return cell && cell[0] === 0 ? cell : null; };
      const found = [];
      const plain = (key, title, meaning, of, print = (m) => of(m) ?? NONE, why = () => null) =>
        found.push([key, title, meaning, of, (m) => number(String(print(m)), "", "", why(m))]);
      const named = (measure, at = now.at, regime = now.regime) => (m) => this.why(m, measure, at, regime);
      const rank = (m) => data.ranks[now.regime][m];
      if (now.cols.has("rank") && now.at === 0 && now.metric === 0 && !vs)
        plain("rank", "Rank", this.columns[0][2], (m) => (rank(m) ? Number.parseInt(rank(m), 10) : null), (m) => rank(m) || NONE);
      const at = (regime) => (m) => this.value(regime, now.at, m);
      plain("score", vs ? `${metric[1]}, ${data.regimes[now.regime][0]}` : metric[1], metric[2], at(now.regime), (m) => printed(at(now.regime)(m)), named(metric[0]));
      if (now.cols.has("interval") && metric[3] && !vs)
        plain("interval", "95% interval", "Of the score", (m) => this.interval(now.regime, now.at, m)[0], (m) => bounds(...this.interval(now.regime, now.at, m)), named(metric[0]));
      if (vs) {
        plain("second", `${metric[1]}, ${data.regimes[now.vs][0]}`, metric[2], at(now.vs), (m) => printed(at(now.vs)(m)), named(metric[0], now.at, now.vs));
        found.push(scored(now.at, "difference", "Difference", "The first regime less the second, paired, with its 95% interval"));
      }
      if (now.cols.has("seeds")) plain("seeds", "Seeds", "Complete seeds", (m) => done(m)?.[1]);
      if (now.cols.has("tested")) plain("tested", "Utterances", "Test utterances of one seed", (m) => done(m)?.[2]);
      data.measures.forEach(([name, title, meaning], k) => {
        const of = (m) => this.value(now.regime, now.at, m, k);
        if (now.cols.has(name) && k !== now.metric) plain(name, title, meaning, of, (m) => printed(of(m)), named(name));
      });
      COSTS.forEach(([key, title, meaning, column], k) => {
        const costs = (m) => data.costs[now.regime][m];
        if (now.cols.has(key)) plain(key, title, meaning, (m) => costs(m)[2 * k], (m) => costs(m)[2 * k + 1] ?? NONE, named(column, 0));
      });
      return found;
    }

    // The models that have a number here, in their order; what is not done is listed apart.
    rows(heads) {
      const { now, data } = this;
      const asked = now.q.trim().toLocaleLowerCase();
      const fits = this.labels.map((_, m) => m).filter((m) => !now.off.has(m) && this.labels[m].toLocaleLowerCase().includes(asked));
      const at = now.at < 0 ? data.places.map((_, i) => i) : [now.at];
      const regimes = now.vs >= 0 ? [now.regime, now.vs] : [now.regime];
      const undone = new Map();
      for (const m of fits)
        for (const r of regimes)
          for (const i of at) {
            const cell = this.cell(r, i, m);
            if (cell && cell[0]) {
              const key = `${m} ${cell[0]} ${cell[1]}`;
              undone.set(key, [...(undone.get(key) ?? []), [m, cell, data.places[i][0] + (regimes.length > 1 ? `, ${data.regimes[r][0]}` : "")]]);
            }
          }
      const here = fits.filter((m) => at.some((i) => (regimes.every((r) => this.value(r, i, m) != null))));
      const key = now.sort.replace(/^-/, "");
      const sorted = heads.find((one) => one[0] === key) ?? heads.find((one) => one[0] === (now.vs >= 0 ? "difference" : "score")) ?? heads[0];
      const upwards = sorted[0] === key ? now.sort[0] !== "-" : now.vs < 0 && data.measures[now.metric][4] === 1;
      const order = (m) => sorted[3](m);
      here.sort((x, y) => {
        const [a, b] = [order(x), order(y)];
        if (a == null || b == null) return (a == null) - (b == null);
        return upwards ? a - b : b - a;
      });
      return { here, undone, sorted, upwards, fits };
    }

    show() {
      const { now, data } = this;
      if (!data) return;
      for (const [name, field] of Object.entries(this.fields)) if (field.value !== String(now[name])) field.value = now[name];
      for (const one of this.picks) one.sync();
      const key = this.box.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
      const heads = this.heads(), { here, undone, sorted, upwards, fits } = this.rows(heads);
      const [regime, meaning] = data.regimes[now.regime];
      const where = now.at < 0 ? "every condition and summary" : data.places[now.at][0];
      const what = data.measures[now.metric][1];
      const of = now.vs >= 0 ? `regime ${regime} less regime ${data.regimes[now.vs][0]}` : `regime ${regime}`;
      this.told.textContent = `${here.length} of ${many(data.models.length, "model")}: ${what}, ${where}, ${of}; sorted by ${sorted[1]}, ${upwards ? "lowest" : "highest"} first.`
        + (undone.size ? ` ${many(undone.size, "entry").replace("entrys", "entries")} below not done.` : "");
      const cells = heads.map((one) => this.sortHead(one, sorted, upwards));
      const rows = here.map((m) => make("tr", { class: data.models[m][1] }, this.rowHead(m), ...heads.map((one) => one[4](m))));
      const notes = [`Regime ${regime}: ${meaning}`];
      if (now.at >= 0) notes.push(`${where}: ${data.places[now.at][1]}`);
      notes.push(`${what}: ${data.measures[now.metric][2]}`);
      if (!data.measures[now.metric][3]) notes.push("It has no interval here; that of ECE stands under Calibration.");
      if (now.vs >= 0) notes.push("Differences are of the same model, paired by their units; each 95% interval holds for one comparison looked at alone.");
      const none = fits.filter((m) => now.at >= 0 && !this.cell(now.regime, now.at, m));
      if (none.length) notes.push(`Not asked for here: ${none.map((m) => this.labels[m]).join(", ")}.`);
      this.shown.replaceChildren(
        here.length ? framed(`${what}, ${where}, ${of}`, [head("Model"), ...cells], rows) : make("p", { class: "told" }, "No model has a number here."),
        ...(undone.size ? [this.undone(undone)] : []),
        make("p", { class: "notes" }, notes.map(sentence).join(" ")));
      this.showPair();
      light();
      if (key !== undefined) [...this.box.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key)?.focus({ preventScroll: true });
    }

    undone(found) {
      const lines = [...found.values()].map((some) => {
        const [m, [state, reason]] = some[0];
        return make("li", {}, make("b", {}, this.labels[m]), ` ${STATES[state]} (${some.map((one) => one[2]).join("; ")}): ${this.data.reasons[reason]}`);
      });
      return make("div", {}, make("p", { class: "told" }, "Not done, and never ranked:"), make("ul", { class: "undone" }, ...lines));
    }

    sortHead([key, title, meaning], sorted, upwards) {
      const here = sorted[0] === key;
      const click = () => this.set({ sort: here && !upwards ? key : `-${key}` });
      const button = make("button", { type: "button", key: `sort ${key}`, on: { click } }, ...breakable(title));
      return make("th", { scope: "col", title: meaning, "aria-sort": here ? (upwards ? "ascending" : "descending") : false }, button);
    }

    rowHead(m) {
      const [name, , look, sign, doubt] = this.data.models[m];
      const click = () => { marked = marked === name ? "" : name; light(); this.keep(); };
      const button = make("button", { type: "button", class: "mark", key: `mark ${name}`, "data-name": name, "aria-pressed": "false", title: "Highlight it everywhere on the page", on: { click } },
        ...(sign ? [make("i", { class: look, "aria-hidden": "true" }, sign)] : []), make("span", {}, ...breakable(name)));
      return make("th", { scope: "row" }, button, ...(doubt ? [make("span", { class: "chip" }, doubt)] : []));
    }

    showPair() {
      const { a, b, regime, metric, at } = this.now, { data } = this;
      if (a < 0 || b < 0 || a === b) return this.pair.replaceChildren(...(a >= 0 || b >= 0 ? [make("p", { class: "told" }, "Choose two different models to see their difference.")] : []));
      const names = [this.labels[a], this.labels[b]], [, title, , has] = data.measures[metric];
      const block = (i) => data.pairs[regime][i];
      const heads = [head("Condition or summary"), head(names[0]), head(names[1]), head("Difference", "The first less the second"), head("95% interval", "Of the difference, paired")];
      const lines = data.places.map(([name, meaning], i) => {
        const both = [this.value(regime, i, a), this.value(regime, i, b)];
        const found = has && block(i) ? gapOf(block(i), block(i).g[metric], a, b) : null;
        const [value, low, high] = found ?? [this.alike(i, a, b) ? less(...both) : null, null, null];
        return both.every((one) => one == null) ? null : make("tr", { class: i === at ? "here" : false },
          make("th", { scope: "row", title: meaning }, name), ...both.map((one, k) => number(printed(one), "", "", this.why([a, b][k], data.measures[metric][0], i))),
          number(signed(value), apart(low, high)), number(bounds(low, high, signed)));
      });
      const known = lines.filter(Boolean), here = Math.max(at, 0), found = has && block(here) ? gapOf(block(here), block(here).g[metric], a, b) : null;
      const verdict = found ? `${title}, ${data.places[here][0]}: ${signed(found[0])} ${bounds(found[1], found[2], signed)}: ${found[1] > 0 ? `${names[0]} is above ${names[1]}` : found[2] < 0 ? `${names[0]} is below ${names[1]}` : "no difference is shown"}, if this is the only comparison that you look at.` : "";
      const said = ["Each interval covers 95% for one comparison looked at alone: what other units and other trainings would change. Of many such intervals some leave out 0 by chance; the ranks above hold for all pairs at once (family-wise 95%)."];
      if (!has) said.push(`${title} has no interval: the difference is that of the two numbers.`);
      if (!data.all[ALONE]) said.push("The page has so many models that intervals are stored for pairs with late_fusion or the first model of the tables alone; other differences are those of the two numbers.");
      this.pair.replaceChildren(make("h3", {}, `${names[0]} less ${names[1]}`), ...(verdict ? [make("p", { class: "verdict" }, verdict)] : []),
        known.length ? framed(`${title} of ${names[0]} less ${names[1]}, regime ${data.regimes[regime][0]}`, heads, known) : make("p", { class: "told" }, "They are nowhere both done under this regime."),
        make("p", { class: "notes" }, said.join(" ")), ...this.classes(names), ...this.matrices(names));
    }

    // Whether both were tested on the same utterances: else there is no difference to speak of.
    alike(at, a, b) {
      const block = this.data.pairs[this.now.regime][at];
      return block && block.m.includes(a) && block.m.includes(b);
    }

    classes(names) {
      const { a, b, regime, at } = this.now, { data } = this, i = Math.max(at, 0), block = data.byClass[regime][i];
      const title = `F1 by class, ${data.places[i][0]}`;
      const why = data.places[i][2] ? "A summary has no classes of its own: choose a condition." : data.all[1]
        ? "There are no classes in common to compare here." : "The page has so many models that classes are compared under the main condition alone.";
      const [x, y] = [a, b].map((m) => (block ? block.m.indexOf(m) : -1));
      if (x < 0 || y < 0) return [make("h4", {}, title), make("p", { class: "told" }, block ? "Both have to be done, on the same utterances." : why)];
      const rows = block.f.map((of, c) => {
        const found = block.g.length ? gapOf(block, block.g[c], a, b) : null;
        const [value, low, high] = found ?? [less(of[x], of[y]), null, null];
        return make("tr", {}, make("th", { scope: "row" }, this.className(c, block.f.length)), number(String(block.n[c])),
          number(printed(of[x])), number(printed(of[y])), number(signed(value), apart(low, high)), number(bounds(low, high, signed)));
      });
      const heads = [head("Class"), head("True", "Test utterances of the class"), head(names[0]), head(names[1]), head("Difference"), head("95% interval")];
      return [make("h4", {}, title), framed(`${title}: ${names[0]} less ${names[1]}`, heads, rows),
        make("p", { class: "notes" }, "Means over seeds; macro-F1 is the mean of the classes that occur.")];
    }

    className(c, n) {
      return this.data.classes.length === n ? this.data.classes[c] : `class ${c}`;
    }

    matrices(names) {
      const { a, b, regime, at } = this.now, { data } = this, i = Math.max(at, 0), stored = data.matrices[regime][i];
      const both = stored ? [stored[a], stored[b]] : [];
      if (!both[0] || !both[1] || both[0].length !== both[1].length) return [];
      const several = both[0].length === 2 * data.classes.length && data.classes.length !== 2;
      const n = several ? data.classes.length : Math.round(Math.sqrt(both[0].length)), width = both[0].length / n;
      const answers = several ? ["found", "false alarm"] : Array.from({ length: n }, (_, c) => this.className(c, n));
      const tile = (title, of, draw) => make("figure", {}, make("figcaption", {}, title),
        framed(title, [make("td"), ...answers.map((one) => head(several ? one : one.slice(0, 4), `predicted ${one}`))],
          Array.from({ length: n }, (_, r) => make("tr", {}, make("th", { scope: "row" }, this.className(r, n)),
            ...answers.map((one, c) => draw(of(r * width + c), r === c && !several, `${this.className(r, n)}: ${one}`)))), "confusion"));
      const depth = (share) => `t${Math.min(100, Math.abs(share ?? 0))}`;
      const share = (value, right, title) => make("td", { title, class: `tint ${depth(value)} ${right ? "right" : ""}` }, printed(value, 2));
      const change = (value, right, title) => make("td", { title, class: `${value < 0 ? "less" : "more"} ${depth(value)} ${right ? "right" : ""}` }, value ? signed(value, 2) : "0");
      return [make("h4", {}, `${several ? "Recall and false alarms" : "Confusion matrices"}, ${data.places[i][0]}`),
        make("div", { class: "tiles" }, ...both.map((of, k) => tile(names[k], (c) => of[c], share)),
          ...(this.alike(i, a, b) ? [tile(`${names[0]} less ${names[1]}`, (c) => less(both[0][c], both[1][c]), change)] : [])),
        make("p", { class: "notes" }, "Lines are the true class, columns the answer: shares of the line, pooled over folds, mean over seeds. A third one is the difference of the two that are shown.")];
    }
  }

  // The address and the way back: an entry of the history knows the view of every section.
  const views = () => Object.fromEntries([...explorers].filter(([, one]) => one.data && one.box.open).map(([name, one]) => [name, one.query]));
  const remember = (hash, quietly) => {
    try {
      if (hash !== location.hash) history[quietly ? "replaceState" : "pushState"]({ views: views() }, "", hash);
    } catch {
      // A page inside another one may not change its address.
    }
  };
  const arrive = (hash, scrolls) => {
    const [name, query] = [hash.slice(1).split("?")[0], hash.slice(hash.indexOf("?") + 1)];
    const one = hash.includes("?") && explorers.get(name);
    if (!one) return;
    one.restore(query);
    if (scrolls) one.box.scrollIntoView();
  };
  for (const box of document.querySelectorAll("details.explore")) explorers.set(box.dataset.anchor, new Explorer(box));
  addEventListener("popstate", ({ state }) => {
    if (!state?.views) {
      if (location.hash.includes("?")) arrive(location.hash, true);
      // A link within the page: the views stay as they are.
      else history.replaceState({ views: views() }, "");
      return;
    }
    marked = "";
    for (const [name, one] of explorers)
      if (state.views[name] !== undefined) one.restore(state.views[name]);
      else if (one.data) { one.reset(); one.show(); }
    light();
  });
  arrive(location.hash, true);
  try {
    history.replaceState({ views: views() }, "");
  } catch {
    // As above.
  }
}
