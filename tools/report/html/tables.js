/* Tables of threads, locks and contention: filtered, sorted, and so many rows at a time that a browser likes. */
const ROWS = 200;

/* Key, title, and for numbers true, or the key that they are sorted by. */
const COLUMNS = {
  threads: [["thread", "Thread"], ["tid", "TID"], ["start", "Started with"], ["created", "Created"], ["state", "State"]],
  locks: [["name", "Lock"], ["kind", "Kind"], ["address", "Address"], ["created", "First seen"],
    ["nested", "Asked for with another held", true], ["outer", "Held around others", true], ["findings", "Findings", true]],
  contention: [["lock", "Lock"], ["n", "Waits", true], ["total", "In all", "total_ns"], ["longest", "Longest", "longest_ns"],
    ["held", "Then held, at longest", "held_ns"], ["at", "Asked for"], ["taken", "Had been taken"]],
};

/* Numbers inside names count as numbers: accounts[9] before accounts[10]. */
const order = new Intl.Collator("en", {numeric: true}).compare;

function makeTable(name, columns) {
  const rows = data[name], head = make("tr"), body = make("tbody");
  const search = make("input", {type: "search", placeholder: `search ${name}`, "aria-label": `search ${name}`});
  const more = make("button", {type: "button", class: "more"});
  const count = make("output");
  let shown = rows, n = 0, sorted = null, isDown = false;

  function add() {
    for (const row of shown.slice(n, n + ROWS)) {
      const line = make("tr", null, ...columns.map(([key, , isNumber]) =>
        make("td", {class: isNumber ? "number" : null}, row[key] === null ? "" : String(row[key]))));
      if (name === "locks") line.firstChild.replaceChildren(
        row.findings ? make("button", {type: "button", onclick: () => find(row.name)}, row.name) : row.name);
      body.append(line);
    }
    n = Math.min(n + ROWS, shown.length);
    more.hidden = n === shown.length;
    more.textContent = `${Math.min(ROWS, shown.length - n)} more`;
    count.textContent = `${n} of ${shown.length}`;
  }

  function refresh() {
    const wanted = search.value.toLowerCase();
    shown = rows.filter((row) => !wanted || columns.some(([key]) => String(row[key]).toLowerCase().includes(wanted)));
    if (sorted) {
      const [key, , number] = sorted, by = typeof number === "string" ? number : key;
      shown.sort((a, b) => (isDown ? -1 : 1) * (number ? a[by] - b[by] : order(String(a[by]), String(b[by]))));
    }
    body.replaceChildren();
    n = 0;
    add();
  }

  for (const column of columns) {
    const cell = make("th", {scope: "col", class: column[2] ? "number" : null}, make("button", {type: "button", onclick: () => {
      isDown = sorted === column ? !isDown : Boolean(column[2]);
      sorted = column;
      for (const other of head.children) other.removeAttribute("aria-sort");
      cell.setAttribute("aria-sort", isDown ? "descending" : "ascending");
      refresh();
    }}, column[1]));
    head.append(cell);
  }
  search.addEventListener("input", refresh);
  more.addEventListener("click", add);
  at(name).append(make("p", {class: "tools"}, search, count), make("table", null, make("thead", null, head), body), more);
  refresh();
}

function makeTables() {
  data.locks.sort((a, b) => b.findings - a.findings);
  for (const [name, columns] of Object.entries(COLUMNS)) if (data[name].length) makeTable(name, columns);
}
