// The few buttons of a picture: closer, further, as it was, and take it along.

const ICONS = { "Zoom in": "+", "Zoom out": "−", "Reset view": "⟲", "Save as PNG": "PNG", "Save as SVG": "SVG" };

export function toolbar(stage) {
  const bar = Object.assign(document.createElement("div"), { className: "live-tools" });
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "Picture");
  const acts = [() => zoom(stage, 0.7), () => zoom(stage, 1 / 0.7), () => zoom(stage, 0),
    () => save(stage, "png"), () => save(stage, "svg")];
  Object.entries(ICONS).forEach(([label, text], i) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: text, title: label });
    button.setAttribute("aria-label", label);
    button.onclick = acts[i];
    bar.append(button);
  });
  return bar;
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
