/* The findings: a list that unfolds, and filters.  What lies inside a finding is made when it is first opened. */
const lockNames = new Map(report.locks.map((lock) => [lock.id, lock.name]));
const cards = []; /* {finding, words, card, text} */

function frameLine(frame, number) {
  const source = data.sources[`${frame.file}:${frame.line}`];
  const where = frame.line ? `${source ? source.path : frame.file}:${frame.line}` : `${frame.module || "??"}+${frame.offset}`;
  return [make("span", {class: "path"}, `#${number} `), make("strong", null, frame.function || "??"),
    frame.inlined ? " (inlined) " : " ", make("span", {class: "path"}, where)];
}

function excerpt(frame) {
  const source = data.sources[`${frame.file}:${frame.line}`];
  if (!source) return null;
  const box = make("pre");
  source.lines.forEach((line, i) => {
    const number = source.first + i;
    box.append(make(number === frame.line ? "mark" : "span", null, `${String(number).padStart(5)} | ${line}\n`));
  });
  return box;
}

/* The whole stack is a click away; the site, which says most, is there at once. */
function stackOf(frames, site) {
  if (!frames.length) return make("p", {class: "path"}, "no stack was recorded");
  const first = frames[site] || frames[0];
  const box = make("div", {class: "stack"}, make("div", null, ...frameLine(first, site)), excerpt(first));
  if (frames.length > 1) {
    const list = make("ol", {class: "stack"});
    frames.forEach((frame, i) => list.append(make("li", null, ...frameLine(frame, i), i === site ? null : excerpt(frame))));
    box.append(make("details", {class: "frames"}, make("summary", null, `${frames.length} frames`), list));
  }
  return box;
}

function useOf(verb, use) {
  const mode = use.mode === "read" ? " for reading" : "";
  return make("div", {class: "use"}, `${verb} `, make("code", null, lockNames.get(use.lock)), `${mode} at`,
    stackOf(use.at, use.site));
}

function partOf(thread, verb) {
  return make("div", null, make("h3", null, thread.title), ...thread.holds.map((hold) => useOf("holds", hold)),
    thread.wants ? useOf(verb, thread.wants) : null);
}

function svg(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const clip = (text, n) => (text.length > n ? `${text.slice(0, n - 1)}\u2026` : text);

/* The circle: locks on a ring; each thread is the arrow from what it holds to what it asks for. */
function circleOf(finding, words) {
  const n = finding.threads.length;
  if (!words.circle || n < 2 || n > 12) return null;
  const radius = 70 + 16 * n;
  const place = (i, r) => {
    const angle = 2 * Math.PI * (i / n) - Math.PI / 2;
    return [430 + 1.9 * r * Math.cos(angle), radius + 40 + r * Math.sin(angle)];
  };
  const names = finding.threads.map((thread) => {
    const hold = thread.holds[thread.hold];
    return clip(hold ? lockNames.get(hold.lock) : thread.short, 30);
  });
  const widths = names.map((name) => 16 + 7 * name.length);
  /* How much of the way from one place to the next a box takes up. */
  const gap = (i) => Math.min(0.35, Math.max(0.13, (widths[i % n] / 2 + 10) / (1.9 * radius) / (2 * Math.PI / n)));
  const picture = svg("svg", {class: "circle", viewBox: `0 0 860 ${2 * radius + 90}`, width: "100%", role: "img",
    "aria-label": "the circle", style: "max-width: 860px"});
  picture.append(svg("defs", {}, svg("marker", {id: "head", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7,
    markerHeight: 7, orient: "auto"}, svg("polygon", {points: "0,0 8,4 0,8", fill: "currentColor"}))));
  finding.threads.forEach((thread, i) => {
    const over = place(i + 0.5, radius * (n === 2 ? 1 : 1.12));
    picture.append(svg("g", {class: "edge"},
      svg("path", {d: `M${place(i + gap(i), radius)} Q${over} ${place(i + 1 - gap(i + 1), radius)}`, "marker-end": "url(#head)"}),
      svg("text", {x: over[0], y: over[1] + 4, "text-anchor": "middle"}, clip(thread.short, 26))));
  });
  names.forEach((name, i) => {
    const [x, y] = place(i, radius);
    picture.append(svg("rect", {x: x - widths[i] / 2, y: y - 13, width: widths[i], height: 26, rx: 6}),
      svg("text", {x, y: y + 4, "text-anchor": "middle"}, name));
  });
  return picture;
}

function fill(entry) {
  const {finding, words, card} = entry;
  if (card.children.length > 1) return;
  card.append(make("div", null,
    words.story ? make("p", {class: "story"}, ...prose(words.story)) : null,
    make("p", null, make("strong", null, `Why ${finding.class}: `), ...prose(finding.why)),
    ...finding.assumptions.map((text) => make("p", null, make("strong", null, "Assumed: "), ...prose(text))),
    circleOf(finding, words),
    ...finding.threads.map((thread) => partOf(thread, words.verb)),
    words.advice ? make("p", {class: "advice"}, make("strong", null, "What to change: "), ...prose(words.advice)) : null,
    make("p", {class: "path"}, `finding ${finding.id}, ${finding.rule}, ${finding.class}, seen ${finding.count}\u00d7`)));
}

function wordsIn(finding, words) {
  const frames = (list) => list.map((frame) => `${frame.function || ""} ${frame.file || ""} ${frame.module || ""}`);
  const uses = finding.threads.flatMap((thread) => [...thread.holds, ...(thread.wants ? [thread.wants] : [])]);
  return [finding.title, words.story, finding.id, finding.rule, ...finding.threads.map((thread) => thread.title),
    ...uses.flatMap((use) => [lockNames.get(use.lock), ...frames(use.at)])].join("\n").toLowerCase();
}

function makeCard(finding, i) {
  const words = data.words[i];
  finding.threads.forEach((thread, k) => Object.assign(thread, words.threads[k]));
  for (const thread of finding.threads) {
    thread.holds.forEach((hold, k) => { hold.site = thread.sites[k]; });
    if (thread.wants) thread.wants.site = thread.sites[thread.holds.length];
  }
  const card = make("details", {class: `finding ${finding.severity}`, id: `finding-${finding.id}`},
    make("summary", null, make("span", {class: finding.severity}, `${finding.severity}: `), ...prose(finding.title),
      make("small", null, `${finding.rule}, ${finding.class}`)));
  const entry = {finding, words, card, text: wordsIn(finding, words)};
  card.addEventListener("toggle", () => card.open && fill(entry));
  cards.push(entry);
  at("list").append(card);
}

/* ---- filters */

function filter() {
  const wanted = at("text").value.toLowerCase().split(/\s+/).filter(Boolean);
  const severities = new Set([...document.querySelectorAll("#severities input:checked")].map((box) => box.value));
  let n = 0;
  for (const {finding, card, text} of cards) {
    const isShown = severities.has(finding.severity) && wanted.every((word) => text.includes(word)) &&
      (!at("rule").value || finding.rule === at("rule").value) && (!at("class").value || finding.class === at("class").value);
    card.hidden = !isShown;
    n += isShown;
  }
  at("shown").textContent = cards.length ? `${n} of ${cards.length} findings` : "nothing was found";
}

function find(text) {
  at("text").value = text;
  filter();
  show("findings");
}

function makeFilters() {
  for (const severity of SEVERITIES) {
    const isOn = severity !== "note" || !(report.summary.error + report.summary.warning);
    at("severities").append(make("label", {class: severity},
      make("input", {type: "checkbox", value: severity, checked: isOn}), ` ${severity}s`));
  }
  for (const name of ["rule", "class"])
    for (const value of [...new Set(report.findings.map((finding) => finding[name]))].sort())
      at(name).append(make("option", {value}, value));
  report.findings.forEach(makeCard);
  at("filters").addEventListener("input", filter);
  at("filters").addEventListener("submit", (event) => event.preventDefault());
  at("unfold").addEventListener("click", unfold);
  filter();
  const first = cards.find((entry) => !entry.card.hidden);
  if (first) { first.card.open = true; fill(first); }
}

/* Opens all that are shown, with their stacks; closes them when all are open.  So many at a time that the page stays quick. */
function unfold() {
  const shown = cards.filter((entry) => !entry.card.hidden);
  const opens = shown.some(({card}) => !card.open || card.querySelector(".frames:not([open])"));
  const open = (from) => {
    for (const entry of shown.slice(from, from + 50)) {
      if (opens) fill(entry);
      entry.card.open = opens;
      for (const frames of entry.card.querySelectorAll(".frames")) frames.open = opens;
    }
    if (from + 50 < shown.length) setTimeout(open, 0, from + 50);
  };
  open(0);
}

/* The next finding that is shown, or the one before. */
function step(by) {
  const shown = cards.filter((entry) => !entry.card.hidden);
  const now = shown.findIndex((entry) => entry.card.contains(document.activeElement));
  const next = shown[Math.min(Math.max(now + by, 0), shown.length - 1)];
  if (!next) return;
  show("findings");
  next.card.querySelector("summary").focus();
  next.card.scrollIntoView({block: "nearest"});
}
