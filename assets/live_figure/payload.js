// The figure as Python packs it: a JSON header, then the arrays, each drawn by any number of traces.

const KINDS = { f4: Float32Array, f8: Float64Array, i4: Int32Array, u1: Uint8Array };

export function unpack(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const start = 4 + length;
  const arrays = header.arrays.map(({ kind, shape, offset }) => {
    const Kind = KINDS[kind];
    const count = shape.reduce((a, b) => a * b, 1);
    const from = bytes.byteOffset + start + offset;
    const flat = new Kind(bytes.buffer.slice(from, from + count * Kind.BYTES_PER_ELEMENT));
    return shape.length === 1 ? flat : rows(flat, shape);
  });
  return { header, arrays };
}

export function fill(tree, arrays) {
  if (Array.isArray(tree)) return tree.map((one) => fill(one, arrays));
  if (tree === null || typeof tree !== "object") return tree;
  if ("$array" in tree) return arrays[tree.$array];
  return Object.fromEntries(Object.entries(tree).map(([name, one]) => [name, fill(one, arrays)]));
}

function rows(flat, [count, width]) {
  return Array.from({ length: count }, (_, i) => flat.subarray(i * width, (i + 1) * width));
}
