// Keeps a place in a convex shape: one outside goes to the nearest place on its edge.

export function inHull(place, corners) {
  const edges = corners.map((corner, i) => [corner, corners[(i + 1) % corners.length]]);
  const sides = edges.map(([a, b]) => Math.sign(cross(a, b, place)));
  if (sides.every((side) => side >= 0) || sides.every((side) => side <= 0)) return place;
  const near = edges.map(([a, b]) => onEdge(place, a, b));
  const far = ([x, y]) => Math.hypot(x - place[0], y - place[1]);
  return near.reduce((best, one) => (far(one) < far(best) ? one : best));
}

const cross = ([ax, ay], [bx, by], [x, y]) => (bx - ax) * (y - ay) - (by - ay) * (x - ax);

function onEdge([x, y], [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const share = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy);
  const inside = Math.max(0, Math.min(1, share));
  return [ax + inside * dx, ay + inside * dy];
}
