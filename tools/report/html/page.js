/* The page: its parts, its keys, and how its elements are made.
 *
 * Every text of the recording becomes an element by textContent and by nothing else, so none of it can become markup.
 */
const data = JSON.parse(document.getElementById("data").textContent);
const report = data.report;
const SEVERITIES = ["error", "warning", "note"];
const PARTS = [
  ["findings", "Findings", () => true],
  ["order", "Lock order", () => document.querySelector("#order .graph").textContent.trim()],
  ["waits", "Waits", () => document.querySelector("#waits .graph").textContent.trim()],
  ["threads", "Threads", () => data.threads.length],
  ["locks", "Locks", () => data.locks.length],
  ["contention", "Contention", () => data.contention && data.contention.length],
  ["timeline", "Timeline", () => data.timeline.length],
];

const at = (id) => document.getElementById(id);

/* make("p", {class: "story"}, "text", element, ...) */
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {}))
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/* A text in which `names` are set in another type. */
function prose(text) {
  return text.split("`").map((piece, i) => (i % 2 ? make("code", null, piece) : piece));
}

function show(part) {
  for (const [name] of PARTS) {
    at(name).hidden = name !== part;
    const tab = document.querySelector(`#tabs [data-part=${name}]`);
    if (tab) tab.setAttribute("aria-selected", name === part);
  }
  if (part === "timeline") drawTimeline();
}

function makeTabs() {
  PARTS.forEach(([name, title, isThere], i) => {
    if (!isThere()) return;
    at("tabs").append(make("button", {type: "button", role: "tab", "data-part": name, "aria-controls": name,
      title: `key ${i + 1}`, onclick: () => show(name)}, title));
  });
}

function makeHead() {
  const program = report.program, exit = program.exit;
  const ended = !exit ? "" : exit.signal ? `, ended by ${exit.signal}` : `, exit status ${exit.code}`;
  document.title = `Snag: ${program.argv.join(" ")}`;
  at("program").append(make("code", null, program.argv.join(" ")), ` process ${program.pid}${ended}`);
  for (const severity of SEVERITIES) {
    const n = report.summary[severity];
    at("counts").append(make("span", {class: `count ${severity}`}, `${n} ${severity}${n === 1 ? "" : "s"}`), " ");
  }
  for (const reason of report.lost.reasons) at("gaps").append(make("p", null, `Incomplete: ${reason}`));
  for (const cap of report.caps) at("gaps").append(make("p", null, `Limit met: ${cap}`));
  for (const remark of data.remarks) at("gaps").append(make("p", null, remark));
}

function switchTheme() {
  const root = document.documentElement;
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
  if (!at("timeline").hidden) drawTimeline();
}

/* Keys work wherever nothing is being written. */
function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target.matches("input, select")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const part = PARTS[Number(event.key) - 1];
  if (part && part[2]()) show(part[0]);
  else if (event.key === "/") { show("findings"); at("text").focus(); }
  else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "d") switchTheme();
  else return;
  event.preventDefault();
}

/* A lock in a drawing leads to its findings. */
function onGraph(event) {
  const node = event.target.closest(".node");
  const text = node && node.querySelector("text");
  if (text) find(text.textContent);
}

function start() {
  makeTabs();
  makeHead();
  makeFilters();
  makeTables();
  makeTimeline();
  at("theme").addEventListener("click", switchTheme);
  document.addEventListener("keydown", onKey);
  for (const graph of document.querySelectorAll(".graph")) graph.addEventListener("click", onGraph);
  for (const title of document.querySelectorAll(".graph title")) title.remove(); /* they are numbers of nodes */
  show("findings");
}
