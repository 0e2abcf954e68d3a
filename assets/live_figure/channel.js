// One conversation with Python for the whole page: at most one message is under way. While it is,
// the newest position of each handle replaces the one that waited; single events keep their order.

const PATIENCE = 4000; // ms; a message that Streamlit leaves unanswered for so long is taken for lost

let number = Date.now();
let underWay = null;
let waiting = [];

export function tell(source, send, event, replaces = null) {
  if (replaces) waiting = waiting.filter((one) => one.source !== source || one.replaces !== replaces);
  waiting.push({ source, send, event, replaces });
  pump();
}

// Streamlit answers one board after the other: one that told something waits for its own answer.
// A slider may not be answered at all; the short way answers one board, whoever told.
export function acknowledge(seq, source) {
  if (!underWay || underWay.seq !== seq) return;
  if (!underWay.short && underWay.source?.answered && underWay.source !== source) return;
  free();
}

export function forget(source) {
  waiting = waiting.filter((one) => one.source !== source);
  if (underWay?.source === source) underWay.source = null;
}

export const idle = () => !underWay && waiting.length === 0;

// A sender that goes the short way returns a promise, kept when the answer is there, and whether it is.
function pump() {
  if (underWay || waiting.length === 0) return;
  const { source, send, event } = waiting.shift();
  const message = { seq: ++number, source };
  underWay = message;
  const answered = send({ ...event, seq: message.seq });
  message.short = answered instanceof Promise;
  if (message.short) answered.then((there) => (there ? free(message) : wait(message)));
  else wait(message);
}

function wait(message) {
  message.short = false;
  if (message === underWay) message.timer = setTimeout(() => free(message), PATIENCE);
}

function free(message = underWay) {
  if (message !== underWay) return;
  clearTimeout(message.timer);
  underWay = null;
  pump();
}
