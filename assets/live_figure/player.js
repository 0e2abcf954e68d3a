// A path's steps arrive once and are played here, in step across all figures of a group.

const groups = new Map();

export function groupOf(name) {
  if (!groups.has(name)) groups.set(name, new Group());
  return groups.get(name);
}

class Group {
  constructor() {
    this.members = new Set();
    this.steps = 0;
    this.step = 0;
    this.atEnd = true;
    this.playing = false;
  }

  join(member) { this.members.add(member); }

  leave(member) {
    this.members.delete(member);
    if (this.members.size === 0) this.pause();
  }

  // A new path keeps the reader's place: the end stays the end, another step stays that step.
  resize(steps) {
    this.steps = steps;
    this.step = this.atEnd ? steps : Math.min(this.step, steps);
  }

  go(step) {
    this.step = Math.max(0, Math.min(this.steps, Math.round(step)));
    this.atEnd = this.step === this.steps;
    this.members.forEach((member) => member.showStep(this.step));
  }

  toggle() { if (this.playing) this.pause(); else this.play(); }

  play() {
    if (this.steps === 0) return;
    if (this.step >= this.steps) this.go(0);
    this.playing = true;
    const seconds = Math.min(8, Math.max(2, this.steps * 0.12));
    const from = this.step;
    const began = performance.now();
    const frame = (now) => {
      if (!this.playing) return;
      const step = from + Math.floor(((now - began) / 1000 / seconds) * this.steps);
      if (step !== this.step) this.go(step);
      if (this.step >= this.steps) this.pause();
      else requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    this.members.forEach((member) => member.showStep(this.step));
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.members.forEach((member) => member.showStep(this.step));
  }
}

// The numbers of one trace at one step of the path; residuals reach from the points to its line.
export function frameAt({ trace, kind, x, y, path, origin, points }, step, stage) {
  const index = trace;
  if (kind === "head") return { index, x: x.slice(0, step + 1), y: y.slice(0, step + 1) };
  if (kind === "here") return { index, x: [x[step]], y: [y[step]] };
  if (kind === "row") return { index, x: x[step], y: y[step] };
  const [slope, intercept] = path[Math.min(step, path.length - 1)];
  const height = (at) => slope * (at - origin) + intercept;
  if (kind === "line") return { index, x, y: Array.from(x, height) };
  const cloud = stage.figure.data[points];
  const out = { index, x: [], y: [] };
  const wide = kind === "squares" ? stage.squareness() : 0;
  const middle = stage.middle();
  for (let i = 0; i < cloud.x.length; i += 1) {
    const [px, py] = [cloud.x[i], cloud.y[i]];
    const foot = height(px);
    if (wide === 0) {
      out.x.push(px, px, null);
      out.y.push(py, foot, null);
    } else {
      const far = px + Math.abs(py - foot) * (px < middle ? wide : -wide); // a square on the screen
      // All squares run the same way round: where they overlap, none may cut a hole into another.
      const turned = (far - px) * (foot - py) < 0;
      out.x.push(px, turned ? px : far, far, turned ? far : px, px, null);
      out.y.push(py, turned ? foot : py, foot, turned ? py : foot, py, null);
    }
  }
  return out;
}

export function controls(group, say) {
  const bar = document.createElement("div");
  bar.className = "live-player";
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "Play the path");
  const button = (label, text, act) => {
    const one = Object.assign(document.createElement("button"), { type: "button", textContent: text });
    one.setAttribute("aria-label", label);
    one.title = label;
    one.onclick = act;
    bar.append(one);
    return one;
  };
  const by = (steps) => () => { group.pause(); group.go(group.step + steps); say(); };
  button("First step", "|◀", by(-Infinity));
  button("Step back", "◀", by(-1));
  const play = button("Play", "▶", () => { group.toggle(); if (!group.playing) say(); });
  button("Step forward", "▶|", by(1));
  const range = Object.assign(document.createElement("input"), { type: "range", min: 0, step: 1 });
  range.setAttribute("aria-label", "Step of the path");
  range.oninput = () => { group.pause(); group.go(Number(range.value)); };
  range.onchange = say;
  const text = document.createElement("output");
  bar.append(range, text);
  const show = () => {
    range.max = group.steps;
    range.value = group.step;
    text.textContent = `step ${group.step} of ${group.steps}`;
    range.setAttribute("aria-valuetext", text.textContent);
    const label = group.playing ? "Pause" : "Play";
    if (play.title === label) return;
    play.textContent = group.playing ? "⏸" : "▶";
    play.title = label;
    play.setAttribute("aria-label", label);
  };
  return { bar, show };
}
