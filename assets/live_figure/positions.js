// Where the knobs stand: a slider and the handles of the same knob move as one, without Python.

const listeners = new Map();

export function follow(id, listener) {
  if (!listeners.has(id)) listeners.set(id, new Set());
  listeners.get(id).add(listener);
  return () => listeners.get(id).delete(listener);
}

export function publish(id, value, from) {
  listeners.get(id)?.forEach((listener) => { if (listener !== from) listener(value); });
}
