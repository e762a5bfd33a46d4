"use strict";
// Moves people along, lights up plates with their events, and keeps lists, carts and curves at the same second.

const data = JSON.parse(document.getElementById("data").textContent);
const slider = document.getElementById("time");
const events = [...document.querySelectorAll(".event")];
const lightable = [...document.querySelectorAll("[data-scales]")].map(node => [node, node.dataset.scales.split(" ")]);
const curves = new Map([...document.querySelectorAll(".curve")].map(node => [node.dataset.scales, node]));
let now = 0;

// ---- The map ----

function svg(name, kind, parent) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  node.setAttribute("class", kind);
  return parent.appendChild(node);
}

function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
}

function figure(track) {
  const group = svg("g", "person", document.getElementById("people"));
  group.style.setProperty("--hue", track.hue);
  const parts = {track, group, trunk: svg("line", "trunk", group)};
  parts.arms = [svg("polyline", "arm", group), svg("polyline", "arm", group)];
  parts.hands = [svg("circle", "hand", group), svg("circle", "hand", group)];
  parts.head = svg("circle", "head", group);
  parts.name = svg("text", "", group);
  parts.name.textContent = track.name;
  return parts;
}

function ring(track) {
  const node = svg("circle", "really-there", document.getElementById("people"));
  node.style.setProperty("--hue", track.hue);
  node.setAttribute("r", 24);
  return {track, node};
}

const rings = data.truth.map(ring);
const figures = data.tracks.map(figure);

// x and y of everything drawn of a track at this second; between two frames people move evenly.
function placed(track) {
  const place = now / data.step;
  const index = Math.floor(place) - track.first;
  const before = track.frames[index];
  if (!before) return null;
  const after = track.frames[index + 1] ?? before;
  const part = place - Math.floor(place);
  return before.map((value, i) => value === null || after[i] === null ? value : value + (after[i] - value) * part);
}

function drawFigure({track, group, trunk, arms, hands, head, name}, busy) {
  const at = placed(track);
  group.style.display = at ? "" : "none";
  if (!at) return;
  const [x, y, lx, ly, rx, ry] = at;
  const [x1, y1, x2, y2] = [lx, ly, rx, ry].includes(null) ? [x, y, x, y] : [lx, ly, rx, ry];
  set(trunk, {x1, y1, x2, y2});
  set(head, {cx: (x1 + x2) / 2, cy: (y1 + y2) / 2, r: 9});
  set(name, {x: x, y: y - 30});
  for (const side of [0, 1]) {
    const points = [2, 6, 10].map(joint => [at[joint + 2 * side], at[joint + 2 * side + 1]]).filter(([px]) => px !== null);
    set(arms[side], {points: points.map(String).join(" ")});
    const hand = [at[10 + 2 * side], at[11 + 2 * side]];
    hands[side].style.display = hand[0] === null ? "none" : "";
    if (hand[0] !== null) set(hands[side], {cx: hand[0], cy: hand[1], r: 5, class: busy === side ? "hand busy" : "hand"});
  }
}

function drawRing({track, node}) {
  const at = placed(track);
  node.style.display = at ? "" : "none";
  if (at) set(node, {cx: at[0], cy: at[1]});
}

// Which hand of a person is nearer to the plates of an event: 0 left, 1 right; -1 where none is seen.
function nearerHand(track, event) {
  const at = placed(track);
  const spot = [...document.querySelectorAll(".spot")].find(node => event.scales.some(scale => node.dataset.scales.split(" ").includes(scale)));
  if (!at || !spot) return -1;
  const corners = [...spot.points];
  const middle = {x: corners.reduce((sum, p) => sum + p.x, 0) / corners.length, y: corners.reduce((sum, p) => sum + p.y, 0) / corners.length};
  const far = [0, 1].map(side => at[10 + 2 * side] === null ? Infinity : Math.hypot(at[10 + 2 * side] - middle.x, at[11 + 2 * side] - middle.y));
  return Math.min(...far) === Infinity ? -1 : far.indexOf(Math.min(...far));
}

// ---- Everything at one second ----

const LINGERS = 0.8; // seconds that plates stay lit after their event, or nobody would see a quick one

function clock(seconds) {
  const rest = (seconds % 60).toFixed(1).padStart(4, "0");
  return `${Math.floor(seconds / 60)}:${rest}`;
}

function light(active) {
  const hues = new Map();
  for (const event of active) for (const scale of event.scales) hues.set(scale, event.hue);
  for (const [node, scales] of lightable) {
    const scale = scales.find(id => hues.has(id));
    node.classList.toggle("lit", scale !== undefined);
    if (scale !== undefined) {
      node.style.setProperty("--hue", hues.get(scale));
    }
  }
}

function fillCarts() {
  const latest = new Map();
  for (const cart of data.carts) if (cart.time <= now) latest.set(cart.visit, cart);
  const boxes = [...latest.values()].map(cart => {
    const box = document.createElement("div");
    box.className = cart.left !== null && cart.left <= now ? "gone" : "";
    const who = box.appendChild(document.createElement("span"));
    who.className = "chip";
    who.style.setProperty("--hue", cart.hue);
    who.textContent = cart.name + (box.className ? " (left)" : "");
    const list = box.appendChild(document.createElement("ul"));
    for (const [count, name, doubtful] of cart.lines) {
      const line = list.appendChild(document.createElement("li"));
      line.textContent = `${count} × ${name}${doubtful ? " ?" : ""}`;
      line.className = doubtful ? "doubtful" : "";
    }
    if (!cart.lines.length) list.appendChild(document.createElement("li")).textContent = "empty";
    return box;
  });
  document.getElementById("carts").replaceChildren(...boxes);
}

function show() {
  const active = data.events.filter(event => event.begin - 0.2 <= now && now <= event.end + LINGERS);
  for (const parts of figures) {
    const event = active.find(event => event.name === parts.track.name);
    drawFigure(parts, event ? nearerHand(parts.track, event) : -1);
  }
  rings.forEach(drawRing);
  light(active);
  fillCarts();
  const current = data.events.findLastIndex(event => event.begin - 0.2 <= now);
  events.forEach((node, index) => node.classList.toggle("current", index === current));
  slider.value = now;
  document.body.style.setProperty("--now", 100 * now / data.seconds);
  for (const node of document.querySelectorAll(".now")) node.textContent = clock(now);
}

function seek(seconds) {
  now = Math.min(Math.max(seconds, 0), data.seconds);
  show();
}

// ---- Playing ----

const RATES = [1, 2, 4, 0.5];
const play = document.getElementById("play");
const rate = document.getElementById("rate");
let playing = false;
let speed = RATES[0];
let last = 0;

function step(moment) {
  if (!playing) return;
  seek(now + (moment - last) / 1000 * speed);
  last = moment;
  showCurrent();
  if (now >= data.seconds) toggle();
  else requestAnimationFrame(step);
}

function toggle() {
  playing = !playing;
  play.textContent = playing ? "❚❚" : "▶";
  play.setAttribute("aria-label", playing ? "Pause" : "Play");
  if (!playing) return;
  if (now >= data.seconds) seek(0);
  last = performance.now();
  requestAnimationFrame(step);
}

// Brings a node into view within its own list; the page itself stays where it is.
function scrollInside(node) {
  const list = node?.closest(".scrolls");
  if (!list) return;
  const top = node.offsetTop - list.scrollTop;
  if (top < 0 || top + node.offsetHeight > list.clientHeight) list.scrollTop = node.offsetTop - list.clientHeight / 3;
}

function showCurrent() {
  scrollInside(events.find(node => node.classList.contains("current")));
}

function choose(index) {
  const event = data.events[index];
  seek((event.begin + event.end) / 2);
  scrollInside(events[index]);
  scrollInside(curves.get(event.scales.find(scale => curves.has(scale))));
}

play.addEventListener("click", toggle);
rate.addEventListener("click", () => {
  speed = RATES[(RATES.indexOf(speed) + 1) % RATES.length];
  rate.textContent = `${speed}×`;
});
slider.addEventListener("input", () => {
  seek(Number(slider.value));
  showCurrent();
});
document.addEventListener("keydown", key => {
  if (key.code === "Space" && !key.target.closest("button, summary, input, .event")) {
    key.preventDefault();
    toggle();
  }
});
for (const node of document.querySelectorAll("[data-event]")) {
  node.addEventListener("click", click => {
    if (!click.target.closest("details")) choose(Number(node.dataset.event));
  });
  node.addEventListener("keydown", key => {
    if (key.key === "Enter" && key.target === node) choose(Number(node.dataset.event));
  });
}
document.getElementById("show-truth")?.addEventListener("change", change => {
  for (const {node} of rings) node.style.visibility = change.target.checked ? "" : "hidden";
});

// ---- The curves ----

function reading(chart, seconds) {
  let nearest = null;
  for (const line of chart.querySelectorAll("polyline")) {
    for (const point of line.points) {
      if (!nearest || Math.abs(point.x - seconds) < Math.abs(nearest.x - seconds)) nearest = point;
    }
  }
  return nearest;
}

for (const chart of document.querySelectorAll(".chart")) {
  const told = chart.parentNode.querySelector("output");
  const secondsAt = move => {
    const {left, width} = chart.getBoundingClientRect();
    return (move.clientX - left) / width * data.seconds;
  };
  chart.addEventListener("pointermove", move => {
    const point = reading(chart, secondsAt(move));
    told.textContent = point ? `${clock(point.x)}  ${(-point.y).toFixed(1)} g` : "";
  });
  chart.addEventListener("pointerleave", () => { told.textContent = ""; });
  chart.addEventListener("click", click => {
    if (!click.target.closest("[data-event]")) seek(secondsAt(click));
  });
}

const linked = /^#t=([\d.]+)$/.exec(location.hash);
seek(linked ? Number(linked[1]) : data.events.length ? (data.events[0].begin + data.events[0].end) / 2 : 0);
showCurrent();
