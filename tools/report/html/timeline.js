/* The timeline of a full recording: threads as lanes on a canvas, of which only what is in view is drawn. */
const LANE = 26, HEAD = 18, MARGIN = 170;
const view = {from: 0, to: 1, lanes: [], slices: []};

function makeTimeline() {
  let end = 0;
  for (const process of data.timeline) {
    process.lanes.forEach((name) => view.lanes.push(name));
    const first = view.lanes.length - process.lanes.length;
    for (const [lane, from, to, depth, name, kind] of process.slices)
      view.slices.push({lane: first + lane, from, to, depth, name: process.names[name], kind});
    end = Math.max(end, process.n);
  }
  view.end = view.to = Math.max(end, 1);
  const canvas = at("lanes");
  at("closer").addEventListener("click", () => zoom(0.5));
  at("wider").addEventListener("click", () => zoom(2));
  at("whole").addEventListener("click", () => zoom(Infinity));
  canvas.addEventListener("keydown", onTimelineKey);
  canvas.addEventListener("wheel", onWheel, {passive: false});
  canvas.addEventListener("mousemove", (event) => tell(sliceAt(event)));
  addEventListener("resize", () => at("timeline").hidden || drawTimeline());
}

const KINDS = ["--link", "--note", "--error"]; /* held, held for reading, waits for ever */

function drawTimeline() {
  const canvas = at("lanes"), scale = devicePixelRatio || 1, width = canvas.clientWidth;
  const height = HEAD + LANE * view.lanes.length + 4;
  canvas.style.height = `${height}px`;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const context = canvas.getContext("2d"), style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue(name).trim();
  context.scale(scale, scale);
  context.font = "12px system-ui, sans-serif";
  context.textBaseline = "middle";
  view.x = (time) => MARGIN + ((time - view.from) / (view.to - view.from)) * (width - MARGIN);
  context.fillStyle = color("--faint");
  context.fillText(`step ${Math.round(view.from)}`, MARGIN, HEAD / 2);
  context.textAlign = "right";
  context.fillText(String(Math.round(view.to)), width - 4, HEAD / 2);
  context.textAlign = "left";
  view.lanes.forEach((name, i) => {
    const y = HEAD + LANE * i;
    context.strokeStyle = color("--line");
    context.strokeRect(0, y + 0.5, width, 0);
    context.fillStyle = color("--ink");
    context.fillText(clip(name, 24), 4, y + LANE / 2);
  });
  context.save();
  context.beginPath();
  context.rect(MARGIN, 0, width - MARGIN, height);
  context.clip();
  for (const slice of view.slices) drawSlice(context, slice, color);
  context.restore();
}

/* Locks held within others are lower bars. */
function boxOf(slice) {
  const x = view.x(slice.from), inset = 2 + 3 * Math.min(slice.depth, 6);
  return [x, HEAD + LANE * slice.lane + inset, Math.max(view.x(slice.to) - x, 1.5), LANE - 2 - inset];
}

function drawSlice(context, slice, color) {
  if (slice.to < view.from || slice.from > view.to) return;
  const [x, y, width, height] = boxOf(slice);
  context.fillStyle = color(KINDS[slice.kind]);
  context.globalAlpha = slice.kind === 2 ? 0.85 : 0.25 + 0.12 * Math.min(slice.depth, 4);
  context.fillRect(x, y, width, height);
  context.globalAlpha = 1;
  if (width > 34) {
    context.fillStyle = color("--ink");
    context.fillText(clip(slice.name, Math.floor(width / 7)), Math.max(x, MARGIN) + 3, y + Math.min(height / 2, 8));
  }
}

function sliceAt(event) {
  const box = at("lanes").getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
  let found = null;
  for (const slice of view.slices) {
    const [left, top, width, height] = boxOf(slice);
    if (x >= left && x < left + width && y >= top && y < top + height) found = slice;
  }
  return found;
}

function tell(slice) {
  at("slice").textContent = !slice ? "" :
    `${view.lanes[slice.lane]} ${["holds", "reads", "waits for"][slice.kind]} ${slice.name}: step ${slice.from} to ${slice.to}`;
}

/* Around a place, the middle if none is given. */
function zoom(factor, around = (view.from + view.to) / 2) {
  const length = Math.min(Math.max((view.to - view.from) * factor, 4), view.end);
  const share = (around - view.from) / (view.to - view.from);
  move(around - length * share, length);
}

function move(from, length) {
  view.from = Math.min(Math.max(from, 0), view.end - length);
  view.to = view.from + length;
  drawTimeline();
}

function onTimelineKey(event) {
  const length = view.to - view.from;
  if (event.key === "ArrowLeft") move(view.from - length / 4, length);
  else if (event.key === "ArrowRight") move(view.from + length / 4, length);
  else if (event.key === "+" || event.key === "=") zoom(0.5);
  else if (event.key === "-") zoom(2);
  else if (event.key === "0") zoom(Infinity);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function onWheel(event) {
  if (!event.ctrlKey) return;
  event.preventDefault();
  const x = event.clientX - at("lanes").getBoundingClientRect().left - MARGIN;
  const share = Math.min(Math.max(x / (at("lanes").clientWidth - MARGIN), 0), 1);
  zoom(event.deltaY < 0 ? 0.8 : 1.25, view.from + share * (view.to - view.from));
}
