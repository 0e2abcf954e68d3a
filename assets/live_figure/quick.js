// Moves what is already drawn, straight in the SVG: a line or a cloud of markers whose numbers
// changed need not go through Plotly while a finger is down. A full update follows when all is calm.

import { drawLevels, imageOf, paint } from "./heat.js";

const FAR = 1e6; // px; SVG renderers lose longer lines

export function axisOf(graph, id) {
  return graph._fullLayout[`${id[0]}axis${id.slice(1)}`];
}

export function canMove(graph, traces) {
  return traces.every(({ index, x }) => {
    const trace = graph._fullData?.[index];
    if (trace?.type === "heatmap") return trace.zsmooth === "fast" && imageOf(graph, index) !== null;
    if (trace?.type === "contour") return graph.querySelector(".contourlayer .contourlines path") !== null;
    if (trace?.type !== "scatter" || trace.visible !== true) return false;
    const node = nodeOf(graph, index);
    if (!node) return false;
    if (trace.mode.includes("text")) return false;
    return !trace.mode.includes("markers") || node.querySelectorAll(".points > path").length === x.length;
  });
}

export function move(graph, change) {
  const { index, x, y } = change;
  const trace = graph._fullData[index];
  if (trace.type === "heatmap") { paint(graph, change); return; }
  if (trace.type === "contour") { drawLevels(graph, change); return; }
  const node = nodeOf(graph, index);
  const xs = pixels(axisOf(graph, trace.xaxis), x);
  const ys = pixels(axisOf(graph, trace.yaxis), y);
  if (trace.mode.includes("markers")) {
    node.querySelectorAll(".points > path").forEach((path, i) => {
      path.setAttribute("transform", `translate(${xs[i]},${ys[i]})`);
    });
  }
  if (trace.mode.includes("lines")) draw(node.querySelectorAll(".lines > path.js-line"), xs, ys);
  if (trace.fill === "toself") draw(node.querySelectorAll(".fills path"), xs, ys, "Z");
}

function nodeOf(graph, index) {
  return graph.querySelector(`.scatterlayer .trace${graph._fullData[index].uid}`);
}

function pixels(axis, values) {
  return Array.from(values, (v) => {
    const p = axis.d2p(v);
    return Number.isFinite(p) ? Math.max(-FAR, Math.min(FAR, p)) : NaN;
  });
}

function draw(paths, xs, ys, close = "") {
  if (paths.length === 0) return;
  let d = "";
  let pen = "M";
  for (let i = 0; i < xs.length; i += 1) {
    if (Number.isNaN(xs[i]) || Number.isNaN(ys[i])) {
      if (pen === "L") d += close;
      pen = "M";
    } else {
      d += `${pen}${xs[i].toFixed(2)},${ys[i].toFixed(2)}`;
      pen = "L";
    }
  }
  paths[0].setAttribute("d", d + (d && pen === "L" ? close : "") || "M0,0");
  for (let i = 1; i < paths.length; i += 1) paths[i].setAttribute("d", "M0,0");
}
