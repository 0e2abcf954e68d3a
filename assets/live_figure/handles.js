// What can be grabbed in a picture: the points of a trace, a marker, a line. The thing under the
// finger moves at once, here; Python is told while it moves. Each handle also answers to the keyboard.

import { inHull } from "./hull.js";
import { follow, publish } from "./positions.js";
import { axisOf } from "./quick.js";

const REACH = { mouse: 12, pen: 16, touch: 26 }; // px from the pointer to what it grabs
const REST = 350; // ms without a key press after which a keyboard move counts as finished
const TWICE = 350; // ms between the two taps of a double tap
const GAP = 4; // px between a line and its label

export class Handles {
  constructor(stage) {
    this.stage = stage;
    this.specs = [];
    this.nodes = new Map();
    this.followers = new Map();
    this.labels = new Map();
    this.drag = null;
    this.layer = document.createElement("div");
    this.layer.className = "live-handles";
    this.voice = document.createElement("div");
    this.voice.className = "live-voice";
    this.voice.setAttribute("aria-live", "polite");
    const { box } = stage;
    box.append(this.layer, this.voice);
    box.addEventListener("pointerdown", (event) => this.down(event), true);
    box.addEventListener("pointermove", (event) => this.moved(event), true);
    box.addEventListener("pointerup", (event) => this.up(event), true);
    box.addEventListener("pointercancel", () => this.cancel(), true);
    box.addEventListener("touchstart", (event) => this.hold(event), { passive: false, capture: true });
  }

  // What is under the finger, or under the keys, keeps its place when Python's answer arrives.
  get held() { return this.drag ?? this.keyed ?? null; }

  update(specs) {
    this.specs = specs.map((spec) => {
      const held = this.held;
      return held && held.spec.id === spec.id ? { ...spec, ...held.now } : spec;
    });
    const known = new Set(this.specs.map(({ id }) => id));
    for (const [id, node] of this.nodes) if (!known.has(id)) { node.remove(); this.nodes.delete(id); this.labels.delete(id); }
    if (this.drag && !known.has(this.drag.spec.id)) this.drag = null;
    this.followKnobs();
    this.place();
  }

  // A slider that turns the same knob takes the line along, and the line the slider.
  followKnobs() {
    this.unfollow?.();
    const lines = this.specs.filter(({ kind }) => kind === "line");
    const ends = lines.map(({ id }) => {
      const listener = (value) => {
        const spec = this.specs.find((one) => one.id === id);
        this.replace({ ...spec, value: within(value, spec.low, spec.high) });
        this.place();
      };
      this.followers.set(id, listener);
      return follow(id, listener);
    });
    this.unfollow = () => ends.forEach((end) => end());
  }

  dispose() { this.unfollow?.(); clearTimeout(this.resting); }

  place() {
    const { graph } = this.stage;
    if (!graph._fullLayout) return;
    for (const spec of this.specs) {
      const node = this.nodes.get(spec.id) ?? this.create(spec);
      if (spec.kind === "line") this.placeLine(node, spec);
      else this.placeMark(node, spec);
      this.describe(node, spec);
    }
    this.placeLabels();
  }

  // Labels keep inside the picture, on the other side of their line where they must, and where
  // lines meet they stand one below the other.
  placeLabels() {
    const upright = this.specs.filter(({ kind, axis }) => kind === "line" && axis[0] === "x");
    const shown = upright.map((spec) => [spec, this.nodes.get(spec.id)]).filter(([, node]) => !node.hidden);
    const sizes = shown.map(([, node]) => this.sizeOf(node.firstChild));
    const room = this.layer.clientWidth;
    const taken = [];
    shown.forEach(([spec, node], i) => {
      const [wide, high] = sizes[i];
      const [axis] = this.axes(spec);
      const at = axis._offset + axis.d2p(spec.value);
      const right = at + GAP;
      const left = right + wide <= room ? right : Math.max(0, Math.min(at - GAP - wide, room - wide));
      let row = 0;
      while (taken.some((one) => one.row === row && left < one.left + one.wide && one.left < left + wide)) row += 1;
      taken.push({ row, left, wide });
      node.firstChild.classList.toggle("live-before", left < at);
      Object.assign(node.firstChild.style, { left: `${left - at}px`, top: `${row * high}px` });
      const across = axisOf(this.stage.graph, axis.anchor ?? "y");
      this.labels.set(spec.id, { left, wide, top: across._offset + row * high, high });
    });
  }

  // Measured once for each text: asking for a size makes the browser lay out the page.
  sizeOf(label) {
    const told = `${label.textContent} ${this.stage.header?.scale} ${this.layer.clientWidth > 0}`;
    if (label.told !== told) {
      label.told = told;
      label.size = [label.offsetWidth, label.offsetHeight];
    }
    return label.size;
  }

  create(spec) {
    const node = document.createElement("div");
    node.className = `live-handle live-${spec.kind}`;
    node.dataset.handle = spec.id;
    node.tabIndex = 0;
    node.setAttribute("role", spec.kind === "line" ? "slider" : "application");
    if (spec.kind === "line") node.append(document.createElement("span"));
    node.addEventListener("keydown", (event) => this.key(event, spec.id));
    node.addEventListener("blur", () => this.rest());
    this.layer.append(node);
    this.nodes.set(spec.id, node);
    return node;
  }

  describe(node, spec) {
    if (spec.kind === "line") {
      node.setAttribute("aria-label", spec.label);
      node.setAttribute("aria-orientation", spec.axis[0] === "x" ? "horizontal" : "vertical");
      node.setAttribute("aria-valuemin", shown(spec, spec.low));
      node.setAttribute("aria-valuemax", shown(spec, spec.high));
      node.setAttribute("aria-valuenow", shown(spec, spec.value));
      node.style.setProperty("--live-handle-color", spec.color || null);
      node.firstChild.textContent = `${spec.symbol} = ${worded(spec)}`;
      return;
    }
    const which = spec.kind === "points" ? `${spec.label} ${spec.selected + 1}` : spec.label;
    node.setAttribute("aria-roledescription", "handle");
    node.setAttribute("aria-label", `${which}, ${this.told(spec, this.spot(spec) ?? [NaN, NaN])}. ${keys(spec)}.`);
  }

  // Where something is, in words: along the only axis that it moves along, if there is one.
  told(spec, [x, y]) {
    const [right, up] = spec.nudge ?? [0, 0];
    return { x: short(x, right), y: short(y, up) }[spec.along] ?? `${short(x, right)}, ${short(y, up)}`;
  }

  // Where a point or a marker is, in the numbers of its axes.
  spot(spec) {
    if (spec.kind === "marker") return [spec.x, spec.y];
    const trace = this.stage.figure?.data[spec.trace];
    const i = spec.selected;
    return trace && i !== null && i < trace.x.length ? [trace.x[i], trace.y[i]] : null;
  }

  axes(spec) {
    const { graph } = this.stage;
    if (spec.kind === "line") return [axisOf(graph, spec.axis)];
    return [axisOf(graph, "x"), axisOf(graph, "y")];
  }

  placeMark(node, spec) {
    const spot = this.spot(spec);
    const [ax, ay] = this.axes(spec);
    node.hidden = !spot || !ax || !ay;
    if (node.hidden) return;
    node.style.transform = `translate(${ax._offset + ax.d2p(spot[0])}px,${ay._offset + ay.d2p(spot[1])}px)`;
  }

  placeLine(node, spec) {
    const { graph } = this.stage;
    const [axis] = this.axes(spec);
    const across = axisOf(graph, axis?.anchor ?? "y");
    node.hidden = !axis || !across;
    if (node.hidden) return;
    const at = axis._offset + axis.d2p(spec.value);
    const upright = spec.axis[0] === "x";
    Object.assign(node.style, upright
      ? { transform: `translate(${at}px,${across._offset}px)`, height: `${across._length}px`, width: "0" }
      : { transform: `translate(${across._offset}px,${at}px)`, width: `${across._length}px`, height: "0" });
    node.classList.toggle("upright", upright);
  }

  // ---- pointer ----

  pixel(event) {
    const box = this.stage.graph.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  inside([px, py], ax, ay) {
    return ax && ay && px >= ax._offset && px <= ax._offset + ax._length
      && py >= ay._offset && py <= ay._offset + ay._length;
  }

  hit(event) {
    const at = this.pixel(event);
    const reach = REACH[event.pointerType ?? "touch"] ?? REACH.mouse;
    let best = null;
    for (const spec of this.specs) {
      const found = spec.kind === "line" ? this.hitLine(spec, at) : this.hitMark(spec, at);
      if (found && found.distance <= reach && (!best || found.distance < best.distance)) best = found;
    }
    return best;
  }

  hitLine(spec, [px, py]) {
    const [axis] = this.axes(spec);
    const across = axisOf(this.stage.graph, axis?.anchor ?? "y");
    if (!axis || !across) return null;
    const upright = spec.axis[0] === "x";
    const along = upright ? py : px;
    if (along < across._offset - 18 || along > across._offset + across._length) return null;
    const p = axis._offset + axis.d2p(spec.value);
    return { spec, distance: this.onLabel(spec, [px, py]) ?? Math.abs((upright ? px : py) - p), grip: [px - p, py - p] };
  }

  // A label is grabbed before any line: where lines coincide, it is how one of them is chosen.
  onLabel(spec, [px, py]) {
    const box = this.labels.get(spec.id);
    const hit = box && px >= box.left && px <= box.left + box.wide && py >= box.top && py < box.top + box.high;
    return hit ? -1 : null;
  }

  hitMark(spec, [px, py]) {
    const [ax, ay] = this.axes(spec);
    if (!ax || !ay) return null;
    const spots = spec.kind === "marker" ? [[spec.x, spec.y]] : this.points(spec);
    let best = null;
    spots.forEach(([x, y], index) => {
      const [gx, gy] = [px - ax._offset - ax.d2p(x), py - ay._offset - ay.d2p(y)];
      const distance = Math.hypot(gx, gy);
      if (!best || distance < best.distance) best = { spec, index, distance, grip: [gx, gy] };
    });
    return best;
  }

  points(spec) {
    const { x, y } = this.stage.figure.data[spec.trace];
    return Array.from(x, (value, i) => [value, y[i]]);
  }

  // A page must not scroll away under a finger that holds a handle.
  hold(event) {
    if (event.touches.length !== 1 || !this.stage.graph._fullLayout) return;
    const [{ clientX, clientY }] = event.touches;
    if (this.hit({ clientX, clientY, pointerType: "touch" })) event.preventDefault();
  }

  down(event) {
    if (event.button !== 0 || !this.stage.graph._fullLayout || event.target.closest("button,input")) return;
    const hit = this.hit(event);
    if (!hit) { this.press(event); return; }
    event.preventDefault();
    event.stopPropagation();
    this.rest();
    this.stage.box.setPointerCapture(event.pointerId);
    const spec = hit.spec.kind === "points" ? { ...hit.spec, selected: hit.index } : hit.spec;
    this.drag = { spec, index: hit.index, grip: hit.grip, now: {}, from: this.spot(spec) ?? spec.value, travelled: false };
    if (spec.kind === "points") this.drag.now.selected = hit.index;
    this.replace(spec);
    this.nodes.get(spec.id)?.focus({ preventScroll: true });
    this.stage.box.classList.add("live-dragging");
  }

  moved(event) {
    const [px, py] = this.pixel(event);
    this.stage.readout?.([px, py]);
    if (!this.drag) return;
    event.preventDefault();
    event.stopPropagation();
    const { spec, grip } = this.drag;
    if (!this.drag.travelled) this.drag.travelled = true;
    if (spec.kind === "line") this.slide(spec, px - grip[0], py - grip[1]);
    else this.carry(spec, px - grip[0], py - grip[1]);
    this.later ??= requestAnimationFrame(() => { this.later = null; this.show(); });
    this.say("move");
  }

  slide(spec, px, py) {
    const [axis] = this.axes(spec);
    const value = axis.p2d((spec.axis[0] === "x" ? px : py) - axis._offset);
    this.take({ value: within(rounded(value, axis), spec.low, spec.high) });
  }

  carry(spec, px, py) {
    const [ax, ay] = this.axes(spec);
    const [x, y] = [[px, ax], [py, ay]].map(([p, axis]) => {
      const inside = within(p - axis._offset, 0, axis._length);
      return rounded(axis.p2d(inside), axis);
    });
    this.take({ x, y });
  }

  take(now) {
    const held = this.held;
    const { hull, along } = held.spec;
    if (along === "x" && now.y !== undefined) now.y = held.from[1];
    if (along === "y" && now.x !== undefined) now.x = held.from[0];
    if (hull?.length && now.x !== undefined) [now.x, now.y] = inHull([now.x, now.y], hull);
    Object.assign(held.now, now);
    held.spec = { ...held.spec, ...now };
    this.replace(held.spec);
  }

  replace(spec) { this.specs = this.specs.map((one) => (one.id === spec.id ? spec : one)); }

  // The held thing is drawn at the finger, whatever Python has answered so far.
  show() {
    const held = this.held;
    if (held) this.stage.showHeld(held);
    this.place();
  }

  up(event) {
    if (!this.drag) return;
    event.stopPropagation();
    const { spec, index, travelled } = this.drag;
    this.stage.box.classList.remove("live-dragging");
    if (travelled) { this.show(); this.say("end"); }
    this.drag = null;
    if (!travelled && spec.kind === "points") this.choose(spec, index);
    this.stage.settleSoon();
  }

  cancel() {
    if (!this.drag) return;
    const { from, spec } = this.drag;
    this.take(spec.kind === "line" ? { value: from } : { x: from[0], y: from[1] });
    this.show();
    this.say("end");
    this.drag = null;
    this.stage.box.classList.remove("live-dragging");
    this.stage.settleSoon();
  }

  // Plotly covers the page while a button is down: the release is heard at the window.
  press(event) {
    if (this.stage.graph._fullLayout.dragmode !== false) return;
    const from = this.pixel(event);
    window.addEventListener("pointerup", (up) => this.tap(up, from), { once: true, capture: true });
  }

  // A tap on the empty picture places a marker; two taps add a point.
  tap(event, from) {
    const at = this.pixel(event);
    if (Math.hypot(at[0] - from[0], at[1] - from[1]) > 6) return;
    const place = this.specs.find((spec) => spec.place);
    const adds = this.specs.find((spec) => spec.add);
    const twice = this.last && event.timeStamp - this.last.time < TWICE
      && Math.hypot(at[0] - this.last.at[0], at[1] - this.last.at[1]) < 12;
    this.last = twice ? null : { time: event.timeStamp, at };
    const spec = place ?? (twice ? adds : null);
    if (!spec) return;
    const [ax, ay] = this.axes(spec);
    if (!this.inside(at, ax, ay)) return;
    const [x, y] = [[at[0], ax], [at[1], ay]].map(([p, axis]) => rounded(axis.p2d(p - axis._offset), axis));
    if (place) this.jump(spec, x, y);
    else this.stage.tell({ kind: "add", handle: spec.id, x, y });
  }

  jump(spec, x, y) {
    this.keyed = { spec, now: {}, from: [spec.x, spec.y] };
    this.take({ x, y });
    this.show();
    this.rest();
  }

  // ---- keyboard ----

  key(event, id) {
    const spec = this.specs.find((one) => one.id === id);
    if (!spec || event.altKey) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
      event.preventDefault();
      this.stage.tell({ kind: event.shiftKey ? "redo" : "undo" });
      return;
    }
    if (event.ctrlKey || event.metaKey) return;
    const act = spec.kind === "line" ? this.keyLine(event, spec) : this.keyMark(event, spec);
    if (act === false) return;
    event.preventDefault();
    event.stopPropagation();
  }

  keyLine(event, spec) {
    const big = event.shiftKey ? 10 : 1;
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    const to = { Home: spec.low, End: spec.high }[event.key];
    if (by === undefined && to === undefined) return false;
    this.grasp(spec);
    const value = to ?? spec.value + by * big * spec.step;
    this.take({ value: within(Number(value.toPrecision(12)), spec.low, spec.high) });
    return this.nudged();
  }

  keyMark(event, spec) {
    const arrows = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    if (arrows[event.key]) return this.nudge(event, spec, arrows[event.key]);
    if (event.key === "Escape") { document.activeElement?.blur(); return true; }
    if (spec.kind !== "points") return false;
    const count = this.stage.figure.data[spec.trace].x.length;
    const to = {
      PageDown: (spec.selected + 1) % count, PageUp: (spec.selected + count - 1) % count, Home: 0, End: count - 1,
    }[event.key];
    if (to !== undefined) return this.choose(spec, to);
    if ((event.key === "Delete" || event.key === "Backspace") && spec.remove) {
      this.rest();
      this.stage.tell({ kind: "remove", handle: spec.id, index: spec.selected });
      return true;
    }
    if (event.key.toLowerCase() === "f" && spec.flip) {
      this.rest();
      this.stage.tell({ kind: "flip", handle: spec.id, index: spec.selected });
      return true;
    }
    if (event.key.toLowerCase() === "a" && spec.add) {
      const [x, y] = this.spot(spec);
      this.stage.tell({ kind: "add", handle: spec.id, x: x + 4 * spec.nudge[0], y: y + 4 * spec.nudge[1] });
      return true;
    }
    return false;
  }

  nudge(event, spec, [right, up]) {
    const spot = this.spot(spec);
    if (!spot) return false;
    this.grasp(spec);
    const big = event.shiftKey ? 10 : 1;
    const [ax, ay] = this.axes(spec);
    this.take({
      x: rounded(spot[0] + right * big * spec.nudge[0], ax),
      y: rounded(spot[1] + up * big * spec.nudge[1], ay),
    });
    return this.nudged();
  }

  grasp(spec) {
    if (this.keyed?.spec.id === spec.id) return;
    this.rest();
    const now = spec.kind === "points" ? { selected: spec.selected } : {};
    this.keyed = { spec, index: spec.selected, now, from: this.spot(spec) ?? spec.value };
  }

  nudged() {
    this.show();
    this.say("move");
    const { spec } = this.keyed;
    this.voice.textContent = spec.kind === "line" ? worded(spec) : this.told(spec, [spec.x, spec.y]);
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.rest(), REST);
    return true;
  }

  rest() {
    clearTimeout(this.resting);
    if (!this.keyed) return;
    this.say("end");
    this.keyed = null;
    this.stage.settleSoon();
  }

  choose(spec, index) {
    this.rest();
    this.replace({ ...spec, selected: index });
    this.place();
    this.voice.textContent = `${spec.label} ${index + 1}: ${this.told(spec, this.points(spec)[index])}`;
    this.stage.tell({ kind: "select", handle: spec.id, index }, "select");
    return true;
  }

  say(phase) {
    const { spec, index } = this.held;
    const where = spec.kind === "line" ? { value: spec.value } : { x: spec.x, y: spec.y };
    const event = { kind: "move", handle: spec.id, phase, ...where };
    if (spec.kind === "points") event.index = index;
    if (spec.kind === "line") publish(spec.id, spec.value, this.followers.get(spec.id));
    this.stage.tell(event, `move ${spec.id}`);
  }
}

const within = (value, low, high) => Math.min(high, Math.max(low, value));

// The number that a line shows at a place of its axis: of a logarithm, what it is the logarithm of.
const shown = ({ logarithmic }, place) => (logarithmic ? Number((10 ** place).toPrecision(4)) : place);
const worded = (spec) => short(shown(spec, spec.value), spec.logarithmic ? 0 : spec.step);

// Which keys act on a point or a marker: those that do nothing are not promised.
function keys({ kind, remove, add, flip }) {
  if (kind !== "points") return "Arrow keys move it";
  return ["Arrow keys move it", "page keys choose another", remove && "Delete removes it", add && "A adds one",
    flip && "F puts it in the next class"].filter(Boolean).join(", ");
}

// As many digits as the screen can tell apart, so that numbers stay short in words and links.
function rounded(value, axis) {
  const pixel = Math.abs(axis.p2d(1) - axis.p2d(0));
  if (!(pixel > 0)) return value;
  const digits = Math.max(0, Math.min(20, Math.ceil(-Math.log10(pixel)) + 1));
  const step = 10 ** -digits;
  return digits > 0 ? Number(value.toFixed(digits)) : Math.round(value / step) * step;
}

function short(value, step = 0) {
  if (!Number.isFinite(value)) return "–";
  const steps = step > 0 && value !== 0 ? Math.ceil(Math.log10(Math.abs(value) / step)) + 1 : 0;
  const text = Number(value.toPrecision(Math.min(12, Math.max(4, steps))));
  return String(Math.abs(text) >= 1e6 || (text !== 0 && Math.abs(text) < 1e-4) ? text.toExponential() : text)
    .replace("-", "−");
}
