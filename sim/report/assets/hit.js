// What is under the pointer: an event, a bar, a fault. Coordinates are those of the whole picture.

const reach = 10;  // pixels

function distance_to_line(x, y, { x1, y1, x2, y2 }) {
  const length = (x2 - x1) ** 2 + (y2 - y1) ** 2;
  const part = length === 0 ? 0 : ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length;
  const at = Math.min(1, Math.max(0, part));
  return Math.hypot(x - x1 - at * (x2 - x1), y - y1 - at * (y2 - y1));
}

function place_of_event(scene, i) {
  const { run, view, layout } = scene;
  const lane = layout.lanes[run.events.node[i]];
  const mark = mark_of(run, i);
  return {
    x: view.x(run.events.at[i]),
    y: lane ? lane.middle + (mark ? mark.dy : 0) : axis_height / 2,
  };
}

// The nearest event shown, by its mark or, of a message, by its line. -1: none is near.
function event_under(scene, x, y) {
  const { run, view, layout } = scene;
  if (y < layout.lanes_from || y > layout.lanes_to) return -1;
  let best = -1, least = reach;
  const consider = (i, distance) => {
    if (distance < least) [best, least] = [i, distance];
  };
  const [first, end] = events_between(run, view.time(x - reach), view.time(x + reach));
  for (let i = first; i < end; ++i) {
    if (!is_shown(scene, i) || run.events.node[i] < 0) continue;
    const place = place_of_event(scene, i);
    consider(i, Math.hypot(place.x - x, place.y - y));
  }
  if (best >= 0) return best;
  const [, last] = events_between(run, 0, view.to);
  for (let i = last - 1; i >= 0 && last - i < 20000; --i) {
    if (run.events.kind[i] !== run.kind.sent || run.events.peer[i] < 0 || !is_shown(scene, i)) continue;
    const line = path_of(scene, i);
    if (line && line.x2 > x - reach && line.x1 < x + reach) consider(i, distance_to_line(x, y, line) + 4);
  }
  return best;
}

// The interval of a list that is there at that time.
function interval_under(view, list, x) {
  const at = view.time(x);
  const near = 3 * view.span / view.plot_width;
  return list.find((one) => one.from <= at && at < one.to) ||
    list.find((one) => one.from - near <= at && at <= one.to + near);
}

// { title, from, to } of the bar under the pointer, or null.
function bar_under(scene, x, y) {
  const { run, view, layout } = scene;
  const within = (top, height) => y >= top && y < top + height;
  const fault = run.faults.find((one, i) => within(layout.faults[i], fault_height) &&
    interval_under(view, [one], x));
  if (fault) return { title: fault.text, from: fault.from, to: fault.to };
  for (const panel of layout.panels) {
    for (const row of panel.holders) {
      if (!within(row.top, row_height)) continue;
      const all = run.beliefs.filter((one) => one.lock === panel.lock && one.node === row.node);
      const one = interval_under(view, all, x);
      return one ? belief_in_words(run, one) : null;
    }
    for (const row of panel.voters) {
      if (!within(row.top, row_height)) continue;
      const all = run.loans.filter((one) => one.lock === panel.lock && one.voter === row.node);
      const one = interval_under(view, all, x);
      return one ? loan_in_words(run, one) : null;
    }
  }
  return null;
}

function belief_in_words(run, one) {
  const overlaps = run.overlaps.filter((each) => each.first === one || each.second === one);
  return {
    title: name_of(run, one.node) + " r" + one.request + " believes to hold " + run.locks[one.lock] +
      (overlaps.length > 0 ? ", and so does another" : ""),
    from: one.from,
    to: one.to,
    more: one.ending + (one.extensions.length > 0 ? "; extended " + one.extensions.length + " times" : ""),
  };
}

function loan_in_words(run, one) {
  return {
    title: name_of(run, one.voter) + " has lent its vote on " + run.locks[one.lock] + " to " +
      name_of(run, one.candidate) + " r" + one.request,
    from: one.from,
    to: one.to,
    more: "ballot " + one.ballot,
  };
}

function tip_of(scene, x, y) {
  const { run } = scene;
  const i = event_under(scene, x, y);
  if (i >= 0) {
    const text = run.events.kind[i] === run.kind.sent || run.events.kind[i] === run.kind.arrived
      ? "\n" + (short_text(text_of(run, i)) || "keep-alive") : "";
    return time_text(run.events.at[i]) + "  " + sentence_of(run, i) + text;
  }
  const bar = bar_under(scene, x, y);
  if (!bar) return null;
  return bar.title + "\n" + time_text(bar.from) + " to " + time_text(bar.to) + ", " +
    length_text(bar.to - bar.from) + (bar.more ? "\n" + bar.more : "");
}
