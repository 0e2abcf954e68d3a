// What is what, next to the picture: a swatch as it is drawn, a name, and perhaps a number.

const DASHES = {
  solid: "", dash: "6 4", dot: "2 3", dashdot: "6 3 2 3", longdash: "9 4", longdashdot: "9 3 2 3",
};
const SHAPES = {
  circle: "M11,1a5,5 0 1,0 .01,0Z", square: "M6.5,1.5h9v9h-9Z", diamond: "M11,0l5.5,6l-5.5,6l-5.5,-6Z",
  hexagon: "M8,1h6l3,5l-3,5h-6l-3,-5Z", "triangle-up": "M11,1l5.5,10h-11Z", "triangle-down": "M11,11l5.5,-10h-11Z",
  pentagon: "M11,0.5l5.5,4l-2,6.5h-7l-2,-6.5Z", cross: "M9,1h4v3h3v4h-3v3h-4v-3h-3v-4h3Z",
  x: "M8,0l3,3l3,-3l3,3l-3,3l3,3l-3,3l-3,-3l-3,3l-3,-3l3,-3l-3,-3Z", bowtie: "M5,1v10l12,-10v10Z",
  star: "M11,0l1.8,4.2l4.4,.3l-3.4,2.9l1.1,4.4l-3.9,-2.4l-3.9,2.4l1.1,-4.4l-3.4,-2.9l4.4,-.3Z",
};

// Only what changed is written again: this runs while something moves.
export function legend(box, entries, before) {
  const told = JSON.stringify(entries.map(({ note, ...drawn }) => drawn));
  if (told !== before) box.replaceChildren(...entries.map(item));
  entries.forEach(({ note }, i) => { box.children[i].lastChild.textContent = note; });
  return told;
}

function item({ name, color, dash, symbol }) {
  const one = document.createElement("span");
  const swatch = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  swatch.setAttribute("viewBox", "0 0 22 12");
  swatch.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", symbol ? SHAPES[symbol] ?? SHAPES.circle : "M0,6H22");
  const paint = symbol ? { fill: color } : {
    stroke: color, "stroke-width": 2.5, "stroke-dasharray": DASHES[dash] ?? dash.replaceAll("px", ""),
  };
  Object.entries(paint).forEach(([name_, value]) => path.setAttribute(name_, value));
  swatch.append(path);
  const note = Object.assign(document.createElement("span"), { className: "live-note" });
  one.append(swatch, name, note);
  return one;
}

// The scale of a landscape's colours: costs written beside them, the highest at the top.
export function scaleBar(box, told, margin) {
  box.hidden = !told;
  if (!told) return;
  if (box.children.length !== told.labels.length + 1) {
    box.replaceChildren(...["i", ...told.labels.map(() => "span")].map((tag) => document.createElement(tag)));
  }
  box.style.inset = `${margin.t}px 0 ${margin.b}px auto`;
  box.style.width = `${margin.r - 6}px`;
  const [strip, ...labels] = box.children;
  const paint = `linear-gradient(to top, ${told.colors.join()})`;
  if (box.dataset.paint !== paint) { box.dataset.paint = paint; strip.style.background = paint; }
  labels.forEach((label, i) => {
    label.style.bottom = `${(100 * i) / (labels.length - 1)}%`;
    label.textContent = told.labels[i];
  });
}
