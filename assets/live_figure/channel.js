// One conversation with Python for the whole page: at most one message is under way. While it is,
// the newest position of each handle replaces the one that waited; single events keep their order.

const PATIENCE = 4000; // ms; a message unanswered for so long is taken for lost

let number = Date.now();
let underWay = null;
let waiting = [];

export function tell(source, send, event, replaces = null) {
  if (replaces) waiting = waiting.filter((one) => one.source !== source || one.replaces !== replaces);
  waiting.push({ source, send, event, replaces });
  pump();
}

export function acknowledge(seq) {
  if (!underWay || underWay.seq !== seq) return;
  clearTimeout(underWay.timer);
  underWay = null;
  pump();
}

export function forget(source) {
  waiting = waiting.filter((one) => one.source !== source);
}

export const idle = () => !underWay && waiting.length === 0;

function pump() {
  if (underWay || waiting.length === 0) return;
  const { send, event } = waiting.shift();
  const seq = ++number;
  underWay = { seq, timer: setTimeout(() => acknowledge(seq), PATIENCE) };
  send({ ...event, seq });
}
