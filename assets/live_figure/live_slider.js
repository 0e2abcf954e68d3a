// A slider that reports while it moves: a native range, labelled, its number editable.

import { follow, publish } from "./positions.js";
import { way } from "./wire.js";
import { acknowledge, forget, idle, tell } from "./channel.js";

const sliders = new WeakMap();

export function mount(component) {
  const { parentElement } = component;
  const slider = sliders.get(parentElement) ?? new Slider(parentElement);
  sliders.set(parentElement, slider);
  slider.receive(component);
  return () => { sliders.delete(parentElement); slider.unfollow?.(); forget(slider); };
}

class Slider {
  constructor(parent) {
    this.root = parent.querySelector(".live-slider");
    this.label = Object.assign(document.createElement("label"), { className: "live-slider-label" });
    this.range = Object.assign(document.createElement("input"), { type: "range", step: "any" });
    this.number = Object.assign(document.createElement("input"), { type: "text", inputMode: "decimal" });
    this.hint = Object.assign(document.createElement("div"), { className: "live-slider-hint" });
    this.quiet();
    const id = `live-slider-${Math.random().toString(36).slice(2)}`;
    this.range.id = id;
    this.label.htmlFor = id;
    this.hint.id = `${id}-hint`;
    [this.range, this.number].forEach((one) => one.setAttribute("aria-describedby", this.hint.id));
    const row = Object.assign(document.createElement("div"), { className: "live-slider-row" });
    row.append(this.range, this.number);
    this.root.replaceChildren(this.label, row, this.hint);
    this.range.oninput = () => this.slid("move");
    this.range.onchange = () => this.slid("end");
    this.number.oninput = () => { this.typing = true; };
    this.number.onchange = () => this.typed();
    this.number.onblur = () => { this.typing = false; this.show(); };
    this.range.onkeydown = (event) => this.key(event);
    this.number.onkeydown = (event) => { if (event.key === "Escape") { this.typing = false; this.show(); } };
  }

  receive({ data, setTriggerValue }) {
    this.send = setTriggerValue;
    if (!data) return;
    const { label, low, high, logarithmic } = data;
    this.spec = data;
    this.root.dataset.key = data.key;
    this.label.textContent = label;
    this.number.setAttribute("aria-label", `${label}, as a number`);
    this.range.min = logarithmic ? Math.log10(low) : low;
    this.range.max = logarithmic ? Math.log10(high) : high;
    this.unfollow ??= follow(data.key, this.listener = (value) => { this.quiet(); this.value = value; this.show(); });
    acknowledge(data.ack, this);
    if (!this.sliding) { this.answered(data.value); this.show(); }
    this.hint.setAttribute("aria-live", "polite"); // from now on: the first words are no news
  }

  show() {
    const { logarithmic, low, help } = this.spec;
    this.range.value = logarithmic ? Math.log10(Math.max(this.value, low)) : this.value;
    // What was typed may be refused, or held back by another number: then the answer is shown,
    // unless the next number is being typed already.
    if (!this.typing && this.number.value !== short(this.value)) this.number.value = short(this.value);
    this.range.setAttribute("aria-valuetext", short(this.value));
    this.hint.classList.toggle("wrong", Boolean(this.trouble));
    const words = this.trouble || help;
    if (this.hint.textContent !== words) this.hint.textContent = words; // what is written is read out
  }

  // A sentence about a number that was typed stays until there is another number.
  quiet() { this.trouble = ""; this.tried = null; }

  // A number may be valid by itself and leave no room for another: Python has the last word.
  answered(value) {
    const { tried } = this;
    if (tried === null ? value !== this.value : idle()) this.quiet();
    if (tried !== null && idle() && short(tried) !== short(value)) {
      this.trouble = `“${told(tried)}” does not fit here: it is ${told(value)}.`;
    }
    this.value = value;
  }

  slid(phase) {
    this.quiet();
    this.sliding = phase === "move";
    this.value = this.at(Number(this.range.value));
    this.number.value = short(this.value);
    this.range.setAttribute("aria-valuetext", short(this.value));
    this.say(phase);
  }

  // The value at a place of the slider. The native one has no step of its own: it would show
  // another value than the one it was given, where a hand in a picture or a number left it between.
  at(position) {
    const { logarithmic, low, high, step } = this.spec;
    if (logarithmic) return within(Number((10 ** position).toPrecision(3)), low, high);
    return within(Number((low + Math.round((position - low) / step) * step).toPrecision(12)), low, high);
  }

  key(event) {
    const { logarithmic, low, high, step } = this.spec;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
      event.preventDefault(); // the browser would take back letters typed into the number's box
      tell(this, (full) => this.send("event", full), { kind: event.shiftKey ? "redo" : "undo" });
      return;
    }
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    const to = { Home: low, End: high }[event.key];
    if ((by === undefined && to === undefined) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (by > 0 ? this.value >= high : by < 0 && this.value <= low) return; // a typed one may lie beyond
    const here = Math.max(this.value, low);
    const next = logarithmic ? here * (high / low) ** (by / 200) : here + by * step;
    this.quiet();
    this.value = to ?? within(Number(next.toPrecision(logarithmic ? 3 : 12)), low, high);
    this.show();
    this.number.value = short(this.value);
    this.say("end");
  }

  typed() {
    this.typing = false;
    this.quiet();
    const text = this.number.value.trim();
    const value = Number(text.replace("−", "-").replace(",", "."));
    if (text === "" || !Number.isFinite(value) || !this.accepts(value)) {
      const not = text && `, not “${text.slice(0, 20)}”`;
      this.trouble = `Expected ${this.spec.valid}${not}: ${told(this.value)} stays.`;
      this.hint.textContent = ""; // the same sentence again is news again
      this.show();
      return;
    }
    this.value = this.tried = value;
    this.show();
    this.say("end");
  }

  accepts(value) {
    const { minimum, maximum, openMinimum, openMaximum } = this.spec;
    const above = minimum === null || (openMinimum ? value > minimum : value >= minimum);
    return above && (maximum === null || (openMaximum ? value < maximum : value <= maximum));
  }

  say(phase) {
    publish(this.spec.key, this.value, this.listener);
    tell(this, way((event) => this.send("event", event), this.spec.wire), { kind: "move", handle: this.spec.key, phase, value: this.value }, "move");
  }
}

const within = (value, low, high) => Math.min(high, Math.max(low, value));
const short = (value) => String(Number(value.toPrecision(6)));
const told = (value) => short(value).replace("-", "−");
