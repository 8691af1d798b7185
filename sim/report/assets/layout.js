// What stands where from top to bottom: the axis, faults, a lane for each node, a panel for each
// lock. All in pixels of the whole picture, which may be higher than the window.

const axis_height = 24;
const fault_height = 15;
const lane_height_min = 46;
const lane_height_max = 100;
const row_height = 17;
const panel_gap = 14;

// `room` is the height of the window: what the rest leaves of it, the lanes share.
function make_layout(run, room) {
  const least = place_all(run, lane_height_min);
  const more = Math.floor((room - least.height) / Math.max(1, run.nodes.length));
  const lane_height = Math.min(lane_height_min + Math.max(more, 0), lane_height_max);
  return { ...place_all(run, lane_height), room };
}

function place_all(run, lane_height) {
  const layout = { faults: [], lanes: [], panels: [], lane_height };
  let y = axis_height + 4;
  y = place_faults(run, layout, y);
  layout.lanes_from = y;
  for (let node = 0; node < run.nodes.length; ++node) {
    layout.lanes.push({ node, top: y, middle: y + lane_height / 2, bottom: y + lane_height });
    y += lane_height;
  }
  layout.lanes_to = y;
  for (let lock = 0; lock < run.locks.length; ++lock) y = place_panel(run, layout, lock, y + panel_gap);
  layout.height = y + panel_gap;
  return layout;
}

// Each in the first row that is free by then.
function place_faults(run, layout, y) {
  const free_from = [];
  const order = run.faults.map((_, i) => i).sort((a, b) => run.faults[a].from - run.faults[b].from);
  for (const i of order) {
    const one = run.faults[i];
    let row = free_from.findIndex((free) => free <= one.from);
    if (row < 0) row = free_from.push(0) - 1;
    free_from[row] = one.to;
    layout.faults[i] = y + row * fault_height;
  }
  return y + free_from.length * fault_height + 4;
}

function place_panel(run, layout, lock, y) {
  const panel = { lock, top: y, holders: [], voters: [] };
  y += 34;
  const holders = new Set(run.beliefs.filter((one) => one.lock === lock).map((one) => one.node));
  panel.holders_from = y;
  for (const node of [...holders].sort((a, b) => a - b)) {
    panel.holders.push({ node, top: y });
    y += row_height;
  }
  if (panel.holders.length === 0) y += row_height;
  y += 18;
  panel.voters_from = y;
  run.nodes.forEach((one, node) => {
    if (one.votes) {
      panel.voters.push({ node, top: y });
      y += row_height;
    }
  });
  panel.bottom = y + 4;
  layout.panels.push(panel);
  return panel.bottom;
}

function row_of(rows, node) {
  return rows.find((row) => row.node === node);
}
