// The recording as the page uses it. Times are nanoseconds of true time.
//
// Events stand in arrays of numbers, one entry each; an event is known by its position there. Its
// number in the run, which links use, is first_event more.

const nobody = -1;

function read_recording(data) {
  const run = {
    ...data,
    kind: Object.fromEntries(data.kinds.map((word, i) => [word, i])),
    texts: unpack_texts(data),
    next_text: 0,
  };
  run.nodes = data.nodes.map(read_node);
  run.events = read_events(run, data.events);
  run.beliefs = read_beliefs(run, data.beliefs);
  run.faults = read_faults(run, data.faults);
  run.loans = read_loans(data.loans);
  run.overlaps = read_overlaps(run, data.overlaps);
  // Holders may believe for longer than the run lasted.
  run.end = run.beliefs.reduce((end, one) => Math.max(end, one.to), run.to);
  run.end = Math.max(run.end, run.from + 1000);
  run.flight = median_flight(run);
  return run;
}

// How long messages take: what is drawn of those that never came is as long.
function median_flight({ events }) {
  const flights = [];
  for (let i = 0; i < events.count; ++i) {
    if (events.effect[i] >= 0) flights.push(events.at[events.effect[i]] - events.at[i]);
  }
  flights.sort((a, b) => a - b);
  return flights.length > 0 ? flights[flights.length >> 1] : 1e6;
}

function read_node(packed) {
  const clock = [], reader = new number_reader(packed.clock);
  for (let at = 0, shows = 0; !reader.over;) {
    at += reader.next_signed();
    shows += reader.next_signed();
    clock.push([at, shows]);
  }
  return {
    name: packed.name,
    votes: packed.votes,
    clock,
    up: unpack_intervals(packed.up),
    paused: unpack_intervals(packed.paused),
    abstains: unpack_intervals(packed.abstains),
  };
}

// Which text comes next: 0 is one that has not been there yet.
function refer_to_text(run, reader) {
  const ago = reader.next();
  return ago === 0 ? run.next_text++ : run.next_text - ago;
}

function read_events(run, packed) {
  const at = [], kind = [], fate = [], node = [], peer = [], text = [], cause = [];
  const reader = new number_reader(packed), kinds = run.kinds.length;
  const codes = kinds + run.fates.length;
  const with_cause = new Set([run.kind.arrived, run.kind.dropped, run.kind.fault_ends]);
  for (let now = 0; !reader.over;) {
    const i = at.length;
    now += reader.next();
    at.push(now);
    const code = reader.next(), word = code % codes;
    node.push(Math.floor(code / codes) - 1);
    const is_sent = word >= kinds;
    kind.push(is_sent ? run.kind.sent : word);
    fate.push(is_sent ? word - kinds : 0);
    peer.push(is_sent ? reader.next() - 1 : nobody);
    const ago = with_cause.has(word) ? reader.next() : 0;
    cause.push(ago === 0 ? -1 : i - ago);
    text.push(word === run.kind.arrived ? -1 : refer_to_text(run, reader));
  }
  const events = {
    count: at.length,
    at: Float64Array.from(at),
    kind: Uint8Array.from(kind),
    fate: Uint8Array.from(fate),
    node: Int16Array.from(node),
    peer: Int16Array.from(peer),
    text: Int32Array.from(text),
    cause: Int32Array.from(cause),
    // Of what was sent: its first arrival or drop. Filled below.
    effect: new Int32Array(at.length).fill(-1),
  };
  for (let i = 0; i < events.count; ++i) {
    const from = events.cause[i];
    if (from >= 0 && events.effect[from] < 0) events.effect[from] = i;
  }
  events.about = Uint8Array.from(at, (_, i) => about_of(run, events, i));
  return events;
}

// What an event is about: the user chooses among these.
const about = { world: 0, locks: 1, gossip: 2, empty: 3 };
const lock_words = /(^|\| )(REQUEST|VOTE|BUSY|RECALL|RELINQUISH|RELEASE|REFUSAL|LAMPORT)/;

function about_of(run, events, i) {
  const kind = events.kind[i];
  if (kind === run.kind.member) return about.gossip;
  if (kind === run.kind.call || kind === run.kind.action) return about.locks;
  const is_datagram = kind === run.kind.sent || kind === run.kind.arrived || kind === run.kind.dropped;
  if (!is_datagram) return about.world;
  const from = kind === run.kind.sent ? i : events.cause[i];
  const text = from < 0 ? "" : run.texts[events.text[from]];
  if (text === "") return about.empty;
  return lock_words.test(text) ? about.locks : about.gossip;
}

function read_beliefs(run, packed) {
  const list = [], reader = new number_reader(packed);
  for (let from = 0; !reader.over;) {
    const one = { lock: reader.next(), node: reader.next(), request: reader.next(), extensions: [] };
    from += reader.next_signed();
    one.from = from;
    one.to = from + reader.next();
    one.ending = run.texts[refer_to_text(run, reader)];
    for (let left = reader.next(); left > 0; --left) {
      const at = from + reader.next_signed();
      one.extensions.push([at, at + reader.next_signed()]);
    }
    list.push(one);
  }
  return list;
}

function read_faults(run, packed) {
  const list = [], reader = new number_reader(packed);
  for (let from = 0; !reader.over;) {
    const one = { text: run.texts[refer_to_text(run, reader)], machines: reader.next() };
    from += reader.next_signed();
    one.from = from;
    one.to = from + reader.next();
    list.push(one);
  }
  return list;
}

function read_loans(packed) {
  const list = [], reader = new number_reader(packed);
  let from = 0, ballot = 0n;
  while (!reader.over) {
    const one = {
      lock: reader.next(), voter: reader.next(), candidate: reader.next(), request: reader.next(),
    };
    ballot = BigInt.asUintN(64, ballot + reader.next_great());
    from += reader.next_signed();
    one.ballot = ballot;
    one.from = from;
    one.to = from + reader.next();
    list.push(one);
  }
  return list;
}

function read_overlaps(run, packed) {
  const list = [], reader = new number_reader(packed);
  while (!reader.over) {
    const one = { first: run.beliefs[reader.next()], second: run.beliefs[reader.next()] };
    one.from = reader.next();
    one.to = one.from + reader.next();
    one.lock = one.first.lock;
    list.push(one);
  }
  return list;
}
