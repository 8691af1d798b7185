// Times and events in words.

// "1.234567 s": as many decimals as the part of the axis in view needs.
function time_text(ns, step = 1000) {
  const decimals = Math.min(9, Math.max(0, 9 - Math.floor(Math.log10(Math.max(1, step)))));
  return (ns / 1e9).toFixed(decimals) + " s";
}

function length_text(ns) {
  const size = Math.abs(ns);
  if (size >= 1e9) return (ns / 1e9).toFixed(3) + " s";
  if (size >= 1e6) return (ns / 1e6).toFixed(3) + " ms";
  if (size >= 1e3) return (ns / 1e3).toFixed(1) + " µs";
  return ns.toFixed(0) + " ns";
}

function name_of(run, node) {
  return node < 0 ? "nobody" : run.nodes[node].name;
}

// What was said in the datagram, or what this event says.
function text_of(run, i) {
  const { events } = run;
  if (events.text[i] >= 0) return run.texts[events.text[i]];
  return events.cause[i] >= 0 ? run.texts[events.text[events.cause[i]]] : "";
}

// One line about an event.
function sentence_of(run, i) {
  const { events, kind } = run;
  const where = events.node[i] < 0 ? "" : name_of(run, events.node[i]) + " ";
  const cause = events.cause[i];
  switch (events.kind[i]) {
    case kind.sent: {
      const fate = run.fates[events.fate[i]];
      const end = fate === "under_way" ? "" : fate === "nobody" ? ", to no machine" : ", " + fate.replace("_", " ");
      return where + "→ " + name_of(run, events.peer[i]) + end;
    }
    case kind.arrived:
      return where + "← " + (cause < 0 ? "before this part" : name_of(run, events.node[cause]));
    case kind.dropped:
      return where + "✕ from " + (cause < 0 ? "before this part" : name_of(run, events.node[cause])) +
        ": " + text_of(run, i);
    case kind.call: return where + "is asked: " + text_of(run, i);
    case kind.action:
    case kind.member: return where + text_of(run, i);
    case kind.started: return where + "starts";
    case kind.stopped: return where + "stops";
    case kind.paused: return where + "stands still";
    case kind.resumed: return where + "goes on";
    case kind.fault_begins: return "fault: " + text_of(run, i);
    case kind.fault_ends: return "fault over: " + text_of(run, i);
    case kind.broken: return "broken: " + text_of(run, i);
    default: return where + text_of(run, i);
  }
}

// The first words of the messages: "VOTE, RECALL".
function short_text(text) {
  const words = text.split(" | ").map((message) => message.split(" ", 1)[0]);
  return [...new Set(words)].join(", ");
}

// A node's clock: what it shows then, how far it has gone ahead since the first point, and how
// many parts per million it is faster there.
function clock_at(clock, at) {
  if (clock.length === 0) return null;
  let piece = 1;
  while (piece + 1 < clock.length && clock[piece][0] < at) ++piece;
  const [from, shows] = clock[piece - 1];
  const [to, shows_then] = clock[piece] || clock[piece - 1];
  const rate = to > from ? (shows_then - shows) / (to - from) : 1;
  const reading = shows + (at - from) * rate;
  return {
    reading,
    ahead: reading - clock[0][1] - (at - clock[0][0]),
    ppm: (rate - 1) * 1e6,
  };
}
