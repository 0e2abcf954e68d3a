// The picture takes its type and neutral colours from the page, light or dark.

const made = new Map();

// The same template as long as the page looks the same: comparing it is then comparing a reference.
export function template(element, scale) {
  const style = getComputedStyle(element);
  const name = ["text-color", "secondary-background-color", "font"]
    .map((one) => style.getPropertyValue(`--st-${one}`)).join() + scale;
  if (!made.has(name)) made.set(name, build(style, scale));
  return made.get(name);
}

function build(style, scale) {
  const read = (name, otherwise) => {
    const value = style.getPropertyValue(`--st-${name}`).trim();
    return value && value !== "unset" ? value : otherwise;
  };
  const text = read("text-color", "#31333f");
  const line = mix(text, 0.16);
  const axis = {
    gridcolor: mix(text, 0.1), zerolinecolor: mix(text, 0.22), linecolor: line, tickcolor: line,
    zeroline: true, automargin: false, title: { standoff: Math.round(6 * scale) },
  };
  const deep = { ...axis, backgroundcolor: "rgba(0,0,0,0)", showbackground: false };
  return {
    layout: {
      font: { family: read("font", "sans-serif"), size: 13 * scale, color: text },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      colorway: [text],
      xaxis: axis,
      yaxis: axis,
      scene: { xaxis: deep, yaxis: deep, zaxis: deep },
      hoverlabel: {
        bgcolor: read("secondary-background-color", "#f0f2f6"),
        font: { color: text, family: read("font", "sans-serif") },
      },
    },
  };
}

function mix(color, alpha) {
  const canvas = mix.canvas ??= Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.clearRect(0, 0, 1, 1);
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  const [r, g, b] = context.getImageData(0, 0, 1, 1).data;
  return `rgba(${r},${g},${b},${alpha})`;
}
