// One graph div that lives as long as the page; Plotly.react on every new figure, and less than
// that while something moves.

import { acknowledge, forget, idle, tell } from "./channel.js";
import { Handles } from "./handles.js";
import { fill, unpack } from "./payload.js";
import { controls, frameAt, groupOf } from "./player.js";
import { canMove, move } from "./quick.js";
import { template } from "./theme.js";
import { close, open, way } from "./wire.js";
import { legend, scaleBar } from "./legend.js";
import { nameTools, toolbar } from "./toolbar.js";

const CALM = 250; // ms without news after which a quickly moved picture is drawn in full
const boards = new WeakMap();
const living = new Set();

const plotly = new Promise((done, fail) => {
  if (window.Plotly) { done(window.Plotly); return; }
  const script = document.createElement("script");
  script.src = new URL("plotly.min.js", import.meta.url);
  script.onload = () => done(window.Plotly);
  script.onerror = () => fail(new Error("The drawing library did not load. Reload the page to try again."));
  document.head.append(script);
});

const style = Object.assign(document.createElement("link"), {
  rel: "stylesheet", href: new URL("live_figure.css", import.meta.url),
});
document.head.append(style);

export function mount(component) {
  const { parentElement } = component;
  const board = boards.get(parentElement) ?? new Board(parentElement);
  boards.set(parentElement, board);
  board.receive(component);
  return () => { boards.delete(parentElement); board.dispose(); };
}

// For tests and for whoever scripts the page: whether every picture shows what Python last said.
window.liveIdle = () => idle() && [...living].every((board) => board.calm);

const hands = () => [...living].some((board) => board.stages.some((stage) => stage.handles.held));

// Several pictures, and words between them, that arrive as one message.
class Board {
  constructor(parent) {
    this.root = parent.querySelector(".live-board");
    this.items = new Map();
    this.serial = 0;
    this.answered = true;
    living.add(this);
  }

  get stages() { return [...this.items.values()].filter((item) => item instanceof Stage); }

  get calm() { return !this.busy && this.items.size > 0 && this.stages.every((stage) => stage.calmNow); }

  dispose() {
    this.gone = true;
    living.delete(this);
    close(this.wire);
    this.items.forEach((item) => item.dispose());
    forget(this);
  }

  tell(event, replaces = null) { tell(this, way((full) => this.send("event", full), this.wire), event, replaces); }

  receive({ data, setTriggerValue }) {
    this.send = setTriggerValue;
    if (data) this.take(data);
  }

  // The message counts as answered before it is drawn: Python works while the browser draws.
  async take(bytes) {
    const told = unpack(bytes);
    acknowledge(told.header.ack, this);
    if (told.header.serial < this.serial) return;
    this.serial = told.header.serial;
    if (this.wire && this.wire !== told.header.wire) close(this.wire);
    this.wire = told.header.wire;
    if (this.wire) open(this.wire, (answer) => this.take(answer));
    this.next = told;
    if (this.busy) return;
    this.busy = true;
    try {
      this.P ??= await plotly;
      while (this.next && !this.gone) {
        const { header, arrays } = this.next;
        this.next = null;
        await this.draw(header, arrays);
      }
    } catch (error) {
      this.root.dataset.state = "failed";
      this.root.textContent = error.message;
      throw error;
    } finally {
      this.busy = false;
    }
  }

  async draw(header, arrays) {
    const look = template(this.root, header.scale);
    const known = new Set(header.items.map(({ key }) => key));
    for (const [key, item] of this.items) if (!known.has(key)) { item.dispose(); this.items.delete(key); }
    for (const told of header.items) {
      let item = this.items.get(told.key);
      if (!item) {
        item = told.kind === "note" ? new Words(this) : new Stage(this);
        this.items.set(told.key, item);
      }
      item.root.style.setProperty("--live-width", told.width);
      await item.show({ ...told, scale: header.scale }, arrays, header.arrays, look);
    }
  }
}

class Words {
  constructor(board) {
    this.root = element("div", "live-words");
    this.root.setAttribute("aria-live", "polite");
    board.root.append(this.root);
  }

  show({ lines }) {
    const told = JSON.stringify(lines);
    if (told === this.told) return;
    this.told = told;
    this.root.replaceChildren(...lines.map((line) => {
      const paragraph = document.createElement("p");
      line.split("**").forEach((part, i) => {
        paragraph.append(i % 2 ? Object.assign(document.createElement("strong"), { textContent: part }) : part);
      });
      return paragraph;
    }));
  }

  dispose() { this.root.remove(); }
}

class Stage {
  constructor(board) {
    this.board = board;
    this.P = board.P;
    this.root = element("div", "live-figure");
    board.root.append(this.root);
    this.head = element("div", "live-head");
    this.title = element("h3", "live-title");
    this.box = element("div", "live-box");
    this.graph = element("div", "live-graph");
    this.graph.setAttribute("role", "img");
    this.readoutText = element("div", "live-readout");
    this.head.append(this.title);
    this.bar = element("div", "live-bar");
    this.box.append(this.graph, this.bar, this.readoutText);
    this.legend = element("div", "live-legend");
    this.root.replaceChildren(this.head, this.legend, this.box);
    this.handles = new Handles(this);
    this.tools = toolbar(this);
    this.head.append(this.tools);
    this.sums = [];
    this.box.addEventListener("pointerleave", () => { this.readoutText.textContent = ""; });
    this.observer = new ResizeObserver(() => this.resized());
    this.observer.observe(this.box);
  }

  dispose() {
    this.observer.disconnect();
    clearTimeout(this.calm);
    this.handles.dispose();
    this.group?.leave(this);
    if (this.drawn) this.P.purge(this.graph);
    this.gone = true;
    this.root.remove();
  }

  tell(event, replaces = null) { this.board.tell(event, replaces && `${this.header.key} ${replaces}`); }

  async show(header, arrays, told, look) {
    const skeleton = JSON.stringify(header.figure);
    const sums = told.map(({ sum }) => sum);
    const first = !this.drawn;
    const same = this.drawn && skeleton === this.skeleton && look === this.look;
    const changed = sums.map((sum, i) => sum !== this.sums[i]);
    this.figure = fill(header.figure, arrays);
    const { layout } = this.figure;
    layout.margin = roomier(layout.margin, header.scale);
    this.used = references(header.figure);
    this.header = header;
    this.arrays = arrays;
    this.dress(header);
    this.putHeld();
    const moves = same ? this.moves(header, changed) : null;
    Object.assign(this, { skeleton, look, sums });
    this.figure.layout.template = look;
    const { xaxis, yaxis, scene } = this.figure.layout;
    this.home = structuredClone({ xaxis: xaxis?.range, yaxis: yaxis?.range, camera: scene?.camera });
    if (moves) { this.quickly(moves); } else { await this.fully(); }
    if (first) this.graph.on("plotly_relayout", () => this.handles.place());
    this.handles.update(header.handles);
    this.say(header, sums);
  }

  say({ key }, sums) {
    this.root.dataset.key = key;
    this.root.dataset.digest = this.used.map((i) => sums[i]).join(" ");
    this.root.dataset.drawn = Number(this.root.dataset.drawn ?? 0) + 1;
    this.root.dataset.state = "drawn";
  }

  dress({ title, alt, height, play, legend: entries, bar }) {
    this.title.textContent = title;
    nameTools(this.tools, title);
    this.graph.setAttribute("aria-label", alt);
    this.box.style.height = `${height}px`;
    this.told = legend(this.legend, entries, this.told);
    scaleBar(this.bar, bar, this.figure.layout.margin);
    if (!play) return;
    this.group ??= groupOf(play.group);
    this.group.join(this);
    this.group.resize(play.steps);
    if (play.controls && !this.player) {
      this.player = controls(this.group, () => this.tell({ kind: "step", step: this.group.step }, "step"));
      this.root.append(this.player.bar);
    }
    this.player?.show();
  }

  // The traces whose numbers changed, when nothing else did and all of them can be moved in place.
  moves(header, changed) {
    const frames = new Set((header.play?.frames ?? []).map(({ trace }) => trace));
    const moves = [];
    header.figure.data.forEach((trace, index) => {
      if (frames.has(index) || !references(trace).some((i) => changed[i])) return;
      const { x, y, z } = this.figure.data[index];
      moves.push({ index, x, y, z });
    });
    const all = [...moves, ...this.framesNow()];
    return canMove(this.graph, all) ? all : null;
  }

  framesNow() {
    const { play } = this.header;
    if (!play) return [];
    return play.frames.map((frame) => frameAt(fill(frame, this.arrays), this.group.step, this));
  }

  // How many units along x look as long as one unit along y.
  squareness() {
    const { layout } = this.figure;
    if (this.drawn) {
      const { xaxis, yaxis } = this.graph._fullLayout;
      return Math.abs((yaxis.d2p(1) - yaxis.d2p(0)) / (xaxis.d2p(1) - xaxis.d2p(0)));
    }
    const { xaxis, yaxis } = layout;
    const { l, r, t, b } = layout.margin;
    const [width, height] = [this.box.clientWidth - l - r, this.box.clientHeight - t - b];
    return ((xaxis.range[1] - xaxis.range[0]) / width) / ((yaxis.range[1] - yaxis.range[0]) / height);
  }

  middle() {
    const { range } = (this.drawn ? this.graph._fullLayout : this.figure.layout).xaxis;
    return (range[0] + range[1]) / 2;
  }

  quickly(moves) {
    for (const one of moves) {
      Object.assign(this.figure.data[one.index], { x: one.x, y: one.y });
      move(this.graph, one);
    }
    this.settleSoon();
  }

  async fully() {
    clearTimeout(this.calm);
    this.calm = null;
    for (const { index, x, y } of this.framesNow()) Object.assign(this.figure.data[index], { x, y });
    const { data, layout } = this.figure;
    this.keepView(layout);
    layout.width = this.box.clientWidth;
    layout.height = this.box.clientHeight;
    await this.P.react(this.graph, data, layout, {
      displayModeBar: false, doubleClick: false, scrollZoom: false, responsive: false, showTips: false,
    });
    this.drawn = true;
  }

  get calmNow() { return this.drawn && !this.calm && !this.handles.held; }

  // A changed zoom and the camera outlive new data, until the picture shows something else.
  keepView(layout) {
    const full = this.graph._fullLayout;
    if (this.kept !== layout.uirevision) this.zoomed = false;
    else if (full?.scene && layout.scene) layout.scene.camera = structuredClone(full.scene.camera);
    else if (this.zoomed) ["xaxis", "yaxis"].forEach((name) => { layout[name].range = [...full[name].range]; });
    this.kept = layout.uirevision;
  }

  settleSoon() {
    clearTimeout(this.calm);
    this.calm = setTimeout(() => this.settle(), CALM);
  }

  async settle() {
    this.calm = null;
    if (this.gone || !this.drawn) return;
    if (hands() || !idle() || this.board.busy || this.group?.playing) { this.settleSoon(); return; }
    await this.fully();
    this.handles.place();
    this.root.dataset.state = "drawn";
  }

  // The thing in someone's hand is where the hand is, whatever Python has answered so far.
  putHeld() {
    const held = this.handles.held;
    if (!held) return;
    const { spec, index, now } = held;
    const trace = this.figure.data[spec.trace];
    if (spec.kind === "line" || !trace || now.x === undefined) return;
    const at = spec.kind === "points" ? index : 0;
    if (at >= trace.x.length) return;
    trace.x = Float64Array.from(trace.x);
    trace.y = Float64Array.from(trace.y);
    trace.x[at] = now.x;
    trace.y[at] = now.y;
  }

  showHeld({ spec }) {
    this.putHeld();
    if (spec.kind === "line") return;
    const { x, y } = this.figure.data[spec.trace];
    const moves = [{ index: spec.trace, x, y }, ...(spec.kind === "points" ? this.framesNow() : [])];
    if (canMove(this.graph, moves)) moves.forEach((one) => move(this.graph, one));
  }

  showStep() {
    this.player?.show();
    if (!this.drawn) return;
    const frames = this.framesNow();
    if (canMove(this.graph, frames)) this.quickly(frames);
    else this.redraw ??= requestAnimationFrame(() => { this.redraw = null; if (!this.gone) this.fully(); });
    this.root.dataset.step = this.group.step;
  }

  resized() {
    if (!this.drawn || this.box.clientWidth === 0) return;
    const { width, height } = this.graph._fullLayout;
    if (width === this.box.clientWidth && height === this.box.clientHeight) return;
    this.P.relayout(this.graph, { width: this.box.clientWidth, height: this.box.clientHeight })
      .then(() => this.handles.place());
  }

  // What the landscape says under the pointer: slope, intercept and cost of the nearest cell.
  readout([px, py]) {
    const told = this.header?.readout;
    const { xaxis, yaxis } = this.graph._fullLayout ?? {};
    if (!told || !xaxis) return;
    const [vx, vy] = [xaxis.p2d(px - xaxis._offset), yaxis.p2d(py - yaxis._offset)];
    if (told.rows) { this.readoutText.textContent = sharesAt(told, vx, vy); return; }
    const { x, y, z } = this.figure.data[told.trace];
    const near = (axis, v) => Math.round(((v - axis[0]) / (axis[axis.length - 1] - axis[0])) * (axis.length - 1));
    const cell = z[near(y, vy)]?.[near(x, vx)];
    const cost = told.low + told.spread * (told.depth ? ((1 + told.depth) ** cell - 1) / told.depth : cell);
    const number = (v) => String(Number(v.toPrecision(3))).replace("-", "−");
    this.readoutText.textContent = cell === undefined ? ""
      : `${told.labels[0]} ${number(vx)}, ${told.labels[1]} ${number(vy)}: ${told.labels[2]} ${number(cost)}`;
  }
}

// What share each name has at a place: straight from its row, or by softmax of all rows.
function sharesAt({ names, rows, softmax }, x, y) {
  let shares = rows.map(([a, b, c]) => a * x + b * y + c);
  if (softmax) {
    const largest = Math.max(...shares);
    shares = shares.map((logit) => Math.exp(logit - largest));
    const total = shares.reduce((sum, one) => sum + one, 0);
    shares = shares.map((one) => one / total);
  }
  if (!shares.every((one) => one >= 0)) return "";
  return names.map((name, k) => `${name} ${(100 * shares[k]).toFixed(1)} %`).join(", ");
}

// Larger type needs more room beside the axes, for their numbers and their titles.
function roomier(margin, scale) {
  return Object.fromEntries(Object.entries(margin).map(([side, px]) => [side, Math.round(px * scale)]));
}

function references(tree, found = []) {
  if (tree !== null && typeof tree === "object") {
    if ("$array" in tree) found.push(tree.$array);
    else Object.values(tree).forEach((one) => references(one, found));
  }
  return found;
}

function element(tag, className) {
  return Object.assign(document.createElement(tag), { className });
}
