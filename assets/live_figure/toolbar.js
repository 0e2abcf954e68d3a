// The few buttons of a picture: closer, further, as it was, and take it along.

const ICONS = { "Zoom in": "+", "Zoom out": "−", "Reset view": "⟲", "Save as PNG": "PNG", "Save as SVG": "SVG" };

let bars = 0;

// One Tab stop per picture; the arrow keys go from button to button. Where the picture is small
// the style sheet folds the buttons behind the one that opens them.
export function toolbar(stage) {
  const root = Object.assign(document.createElement("div"), { className: "live-tools" });
  const bar = Object.assign(document.createElement("div"), { className: "live-tools-row", id: `live-tools-${bars += 1}` });
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", "Picture");
  const acts = [() => zoom(stage, 0.7), () => zoom(stage, 1 / 0.7), () => zoom(stage, 0),
    () => save(stage, "png"), () => save(stage, "svg")];
  const buttons = Object.entries(ICONS).map(([label, text], i) => {
    const one = button(label, text);
    one.onclick = acts[i];
    return one;
  });
  bar.append(...buttons);
  rove(bar, buttons);
  root.append(opener(root, bar), bar);
  return root;
}

function button(label, text) {
  const one = Object.assign(document.createElement("button"), { type: "button", textContent: text, title: label });
  one.setAttribute("aria-label", label);
  return one;
}

// Several pictures have the same buttons: whoever hears their names alone must hear whose they are.
export function nameTools(root, title) {
  if (root.dataset.title === title) return;
  root.dataset.title = title;
  root.querySelector(".live-tools-row").setAttribute("aria-label", `Picture: ${title}`);
  root.querySelectorAll("button").forEach((one) => one.setAttribute("aria-label", `${one.title}: ${title}`));
}

function rove(bar, buttons) {
  const stop = (at) => buttons.forEach((one, i) => { one.tabIndex = i === at ? 0 : -1; });
  stop(0);
  bar.addEventListener("focusin", ({ target }) => stop(buttons.indexOf(target)));
  bar.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const [at, last] = [buttons.indexOf(event.target), buttons.length - 1];
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    buttons[(to + buttons.length) % buttons.length].focus();
  });
}

// Only shown on a small picture. Escape, a press elsewhere, or moving on closes what it opened.
function opener(root, bar) {
  const one = button("Picture buttons", "⋯");
  one.className = "live-more";
  one.setAttribute("aria-controls", bar.id);
  one.setAttribute("aria-expanded", "false");
  const elsewhere = (event) => { if (!event.composedPath().includes(root)) turn(false); };
  const turn = (open) => {
    root.classList.toggle("live-open", open);
    one.setAttribute("aria-expanded", String(open));
    if (open) document.addEventListener("pointerdown", elsewhere, true);
    else document.removeEventListener("pointerdown", elsewhere, true);
  };
  one.onclick = () => {
    turn(!root.classList.contains("live-open"));
    if (root.classList.contains("live-open")) bar.querySelector('[tabindex="0"]').focus();
  };
  root.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !root.contains(relatedTarget)) turn(false);
  });
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !root.classList.contains("live-open")) return;
    event.preventDefault();
    event.stopPropagation();
    turn(false);
    one.focus();
  });
  return one;
}

async function zoom(stage, by) {
  if (!stage.drawn) return;
  const { _fullLayout: full } = stage.graph;
  const change = full.scene ? camera(stage, full.scene, by) : ranges(stage, full, by);
  stage.zoomed = by !== 0;
  await stage.P.relayout(stage.graph, change);
  stage.handles.place();
}

function ranges(stage, full, by) {
  const change = {};
  for (const name of Object.keys(full).filter((key) => /^[xy]axis\d*$/.test(key))) {
    const home = stage.home?.[name];
    if (by === 0) { if (home) change[`${name}.range`] = [...home]; continue; }
    const [a, b] = full[name].range;
    const [middle, half] = [(a + b) / 2, ((b - a) / 2) * by];
    change[`${name}.range`] = [middle - half, middle + half];
  }
  return change;
}

function camera(stage, scene, by) {
  if (by === 0) return { "scene.camera": structuredClone(stage.home.camera) };
  const { eye } = scene.camera;
  return { "scene.camera.eye": { x: eye.x * by, y: eye.y * by, z: eye.z * by } };
}

// The handles' lines live beside the picture; a saved picture has them as shapes.
function save(stage, format) {
  if (!stage.drawn) return;
  const background = getComputedStyle(stage.root).getPropertyValue("--st-background-color").trim() || "#fff";
  const lines = stage.handles.specs.filter(({ kind }) => kind === "line").map(({ axis, value }) => {
    const upright = axis[0] === "x";
    const across = stage.graph._fullLayout[`${axis[0]}axis${axis.slice(1)}`].anchor;
    const ends = upright
      ? { x0: value, x1: value, y0: 0, y1: 1, xref: axis, yref: `${across} domain` }
      : { y0: value, y1: value, x0: 0, x1: 1, yref: axis, xref: `${across} domain` };
    return { type: "line", line: { dash: "dot", width: 1.5 }, ...ends };
  });
  const { data, layout } = stage.figure;
  const { width, height } = stage.graph._fullLayout;
  stage.P.downloadImage(
    { data, layout: { ...layout, paper_bgcolor: background, title: { text: "" }, shapes: [...(layout.shapes ?? []), ...lines] } },
    { format, width, height, scale: format === "png" ? 2 : 1, filename: `loss-landscapes-${stage.header.key}` },
  );
}
