// A slider that reports while it moves: a native range, labelled, its number editable.

import { follow, publish } from "./positions.js";
import { way } from "./wire.js";
import { acknowledge, forget, tell } from "./channel.js";

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
    const id = `live-slider-${Math.random().toString(36).slice(2)}`;
    this.range.id = id;
    this.label.htmlFor = id;
    this.hint.id = `${id}-hint`;
    this.range.setAttribute("aria-describedby", this.hint.id);
    this.hint.setAttribute("aria-live", "polite");
    const row = Object.assign(document.createElement("div"), { className: "live-slider-row" });
    row.append(this.range, this.number);
    this.root.replaceChildren(this.label, row, this.hint);
    this.range.oninput = () => this.slid("move");
    this.range.onchange = () => this.slid("end");
    this.number.onchange = () => this.typed();
    this.number.onkeydown = (event) => { if (event.key === "Escape") this.show(); };
  }

  receive({ data, setTriggerValue }) {
    this.send = setTriggerValue;
    if (!data) return;
    const { label, low, high, step, logarithmic } = data;
    this.spec = data;
    this.root.dataset.key = data.key;
    this.label.textContent = label;
    this.number.setAttribute("aria-label", `${label}, as a number`);
    this.range.min = logarithmic ? Math.log10(low) : low;
    this.range.max = logarithmic ? Math.log10(high) : high;
    this.range.step = logarithmic ? (Math.log10(high) - Math.log10(low)) / 200 : step;
    this.unfollow ??= follow(data.key, this.listener = (value) => { this.value = value; this.show(); });
    if (!this.sliding) { this.value = data.value; this.show(); }
    acknowledge(data.ack);
  }

  show() {
    const { logarithmic, low, help } = this.spec;
    this.range.value = logarithmic ? Math.log10(Math.max(this.value, low)) : this.value;
    if (document.activeElement !== this.number) this.number.value = short(this.value);
    this.range.setAttribute("aria-valuetext", short(this.value));
    if (this.refused) return; // the sentence stays until another number is tried
    this.hint.textContent = help;
    this.hint.classList.remove("wrong");
  }

  slid(phase) {
    this.refused = false;
    this.sliding = phase === "move";
    const position = Number(this.range.value);
    this.value = Number((this.spec.logarithmic ? 10 ** position : position).toPrecision(this.spec.logarithmic ? 3 : 12));
    this.number.value = short(this.value);
    this.range.setAttribute("aria-valuetext", short(this.value));
    this.say(phase);
  }

  typed() {
    const value = Number(this.number.value.trim().replace("−", "-").replace(",", "."));
    this.refused = this.number.value.trim() === "" || !Number.isFinite(value) || !this.accepts(value);
    if (this.refused) {
      this.hint.textContent = `Expected ${this.spec.valid}; kept ${short(this.value)}.`;
      this.hint.classList.add("wrong");
      this.number.value = short(this.value);
      return;
    }
    this.value = value;
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
    tell(this, way((event) => this.send("event", event)), { kind: "move", handle: this.spec.key, phase, value: this.value }, "move");
  }
}

const short = (value) => String(Number(value.toPrecision(6)));
