// The landscape while it deforms: the heat painted on a small canvas, the levels found cell by
// cell, both put where Plotly put its own. A full update follows when all is calm.

const LINK = "http://www.w3.org/1999/xlink"; // as Plotly names it: another name would outlive its next drawing
let canvas = null;
const tables = new Map();

// 256 colours of a Plotly colour scale, four bytes each.
function table(scale) {
  const name = JSON.stringify(scale);
  if (tables.has(name)) return tables.get(name);
  const strip = Object.assign(document.createElement("canvas"), { width: 256, height: 1 });
  const context = strip.getContext("2d", { willReadFrequently: true });
  const gradient = context.createLinearGradient(0, 0, 256, 0);
  scale.forEach(([at, color]) => gradient.addColorStop(at, color));
  context.fillStyle = gradient;
  context.fillRect(0, 0, 256, 1);
  const colors = new Uint32Array(context.getImageData(0, 0, 256, 1).data.buffer);
  tables.set(name, colors);
  return colors;
}

export function paint(graph, { index, z }) {
  const { colorscale, zmin, zmax } = graph._fullData[index];
  const colors = table(colorscale);
  const [height, width] = [z.length, z[0].length];
  canvas ??= document.createElement("canvas");
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const scale = 255 / (zmax - zmin);
  for (let row = 0; row < height; row += 1) {
    const from = z[height - 1 - row]; // the axis runs upwards, the canvas downwards
    for (let column = 0; column < width; column += 1) {
      const place = (from[column] - zmin) * scale;
      if (Number.isNaN(place)) continue; // nothing is there
      pixels[row * width + column] = colors[place < 0 ? 0 : place > 255 ? 255 : place | 0];
    }
  }
  context.putImageData(image, 0, 0);
  const picture = canvas.toDataURL();
  imageOf(graph, index)?.setAttributeNS(LINK, "xlink:href", picture);
}

// Where Plotly put the picture of one heat of perhaps several.
export function imageOf(graph, index) {
  const place = graph._fullData.slice(0, index).filter(({ type }) => type === "heatmap").length;
  return graph.querySelectorAll(".heatmaplayer image")[place] ?? null;
}

export function drawLevels(graph, { index, x, y, z }) {
  const { contours, xaxis, yaxis } = graph._fullData[index];
  const ax = graph._fullLayout[`xaxis${xaxis.slice(1)}`];
  const ay = graph._fullLayout[`yaxis${yaxis.slice(1)}`];
  const across = Float64Array.from(x, (v) => ax.d2p(v));
  const up = Float64Array.from(y, (v) => ay.d2p(v));
  const paths = graph.querySelectorAll(".contourlayer .contourlines path");
  paths[0].setAttribute("d", levels(across, up, z, contours) || "M0,0");
  for (let i = 1; i < paths.length; i += 1) paths[i].setAttribute("d", "M0,0");
}

// Marching squares: in each cell a level enters through one edge and leaves through another.
function levels(across, up, z, { start, end, size }) {
  const parts = [];
  for (let row = 0; row + 1 < up.length; row += 1) {
    const [low, high] = [z[row], z[row + 1]];
    for (let column = 0; column + 1 < across.length; column += 1) {
      const a = low[column], b = low[column + 1], c = high[column + 1], d = high[column];
      const least = Math.min(a, b, c, d), most = Math.max(a, b, c, d);
      let k = Math.max(0, Math.ceil((least - start) / size));
      for (let level = start + k * size; level < most && level <= end + size / 2; k += 1, level = start + k * size) {
        if (level > least) cross(parts, across, up, row, column, [a, b, c, d], level);
      }
    }
  }
  return parts.join("");
}

function cross(parts, across, up, row, column, [a, b, c, d], level) {
  const [x0, x1, y0, y1] = [across[column], across[column + 1], up[row], up[row + 1]];
  const met = [];
  const edge = (p, q, fx, fy, tx, ty) => {
    if ((p < level) === (q < level)) return;
    const share = (level - p) / (q - p);
    met.push(`${(fx + share * (tx - fx)).toFixed(1)},${(fy + share * (ty - fy)).toFixed(1)}`);
  };
  edge(a, b, x0, y0, x1, y0);
  edge(b, c, x1, y0, x1, y1);
  edge(c, d, x1, y1, x0, y1);
  edge(d, a, x0, y1, x0, y0);
  for (let i = 0; i + 1 < met.length; i += 2) parts.push(`M${met[i]}L${met[i + 1]}`);
}
