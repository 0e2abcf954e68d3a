// The short way to Python while something moves: one address, asked and answered without a rerun
// of the page. Where it is closed, Streamlit hears of every move instead.

let wire = null;

// The board that has a wire says where it is, and what to do with an answer.
export function open(token, receive) {
  if (wire?.token !== token) wire = { token, closed: false };
  wire.receive = receive;
}

export function close(token) { if (wire?.token === token) wire = null; }

// Sends by the wire when that is open and the hand still down, otherwise by Streamlit.
export function way(streamlit) {
  return (event) => {
    if (!wire || wire.closed || event.kind !== "move" || event.phase !== "move") { streamlit(event); return; }
    ask(wire, event).catch(() => { if (wire) wire.closed = true; streamlit(event); });
  };
}

async function ask(asked, event) {
  const answer = await fetch(new URL(`../wire/${asked.token}`, import.meta.url), {
    method: "POST", body: JSON.stringify(event), headers: { "Content-Type": "application/json" },
  });
  if (!answer.ok) throw new Error(answer.statusText);
  asked.receive(new Uint8Array(await answer.arrayBuffer()));
}
