// The short way to Python while something moves: one address, asked and answered without a rerun
// of the page. Where it is closed, Streamlit hears of every move instead.

const wires = new Map();

// The board that has a wire says where it is, and what to do with an answer.
export function open(token, receive) {
  const wire = wires.get(token) ?? { token, closed: false };
  wires.set(token, { ...wire, receive });
}

export function close(token) { wires.delete(token); }

// Sends by the wire of that token, or by the first of the page, when it is open and the hand still
// down, and promises to say whether it was answered; otherwise by Streamlit.
export function way(streamlit, token) {
  return (event) => {
    const wire = wires.get(token) ?? wires.values().next().value;
    if (!wire || wire.closed || event.kind !== "move" || event.phase !== "move") return streamlit(event);
    return ask(wire, event).catch(() => {
      if (wires.has(wire.token)) wires.set(wire.token, { ...wire, closed: true });
      streamlit(event);
      return false;
    });
  };
}

async function ask(wire, event) {
  const answer = await fetch(new URL(`../wire/${wire.token}`, import.meta.url), {
    method: "POST", body: JSON.stringify(event), headers: { "Content-Type": "application/json" },
  });
  if (!answer.ok) throw new Error(answer.statusText);
  wire.receive(new Uint8Array(await answer.arrayBuffer()));
  return true;
}
