// The lanes of the nodes: when each runs, what faults touch it, messages, and marks for events.

function draw_fault_shading(ctx, { run, view, layout, theme }) {
  ctx.fillStyle = theme.fault_ground;
  for (const one of run.faults) {
    const place = extent(view, one.from, one.to);
    if (!place) continue;
    for (const lane of layout.lanes) {
      if ((one.machines >>> lane.node & 1) === 1) {
        ctx.fillRect(place[0], lane.top + 1, place[1] - place[0], layout.lane_height - 1);
      }
    }
  }
}

// Names of the faults, above the lanes.
function draw_faults(ctx, { run, view, layout, theme }) {
  ctx.font = font_small;
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  run.faults.forEach((one, i) => {
    const place = extent(view, one.from, one.to, 2);
    if (!place) return;
    const y = layout.faults[i];
    ctx.fillStyle = theme.fault_ground;
    ctx.fillRect(place[0], y, place[1] - place[0], fault_height - 2);
    ctx.fillStyle = theme.fault;
    ctx.fillRect(place[0], y, 2, fault_height - 2);
    text_within(ctx, one.text, place[0], place[1], y + fault_height / 2 - 0.5, theme.text);
  });
}

function draw_lanes(ctx, { run, view, layout, theme }) {
  ctx.font = font_small;
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  for (const lane of layout.lanes) {
    const node = run.nodes[lane.node];
    // Down is what is left of the time when it is not up.
    let down_from = run.from;
    const down = (to) => {
      const place = to > down_from ? extent(view, down_from, to) : null;
      if (!place) return;
      ctx.fillStyle = striped(ctx, theme.down, theme.soft);
      ctx.fillRect(place[0], lane.top + 1, place[1] - place[0], layout.lane_height - 1);
      text_within(ctx, "down", place[0], place[1], lane.bottom - 9, theme.dim);
    };
    for (const [from, to] of node.up) {
      down(from);
      down_from = to;
      const place = extent(view, from, to);
      if (!place) continue;
      ctx.fillStyle = colour_of_node(lane.node);
      ctx.fillRect(place[0], lane.middle - 1, place[1] - place[0], 2);
    }
    down(run.to);
    const after = extent(view, run.to, run.end + view.span);
    if (after) {
      ctx.fillStyle = theme.raised;
      ctx.fillRect(after[0], lane.top + 1, after[1] - after[0], layout.lane_height - 1);
      if (lane.node === 0) text_within(ctx, "the recording ends here", after[0], after[1], lane.middle, theme.dim);
    }
    for (const [from, to] of node.paused) {
      const place = extent(view, from, to);
      if (!place) continue;
      ctx.globalAlpha = 0.28;
      ctx.fillStyle = theme.pause;
      ctx.fillRect(place[0], lane.top + 1, place[1] - place[0], layout.lane_height - 1);
      ctx.globalAlpha = 1;
      text_within(ctx, "stands still", place[0], place[1], lane.bottom - 9, theme.text);
    }
  }
}

function is_shown(scene, i) {
  const what = scene.run.events.about[i];
  return what === about.world || scene.shown[what];
}

// The line of the message that `i` sent, from [x, y] to [x, y]; `ends` says how. Null: no line.
function path_of(scene, i) {
  const { run, view, layout } = scene;
  const { events } = run;
  const from = layout.lanes[events.node[i]], to = layout.lanes[events.peer[i]];
  if (!from || !to) return null;
  const begin = events.at[i], effect = events.effect[i];
  if (effect >= 0) {
    const ends = events.kind[effect] === run.kind.arrived ? "arrives" : "dropped";
    return { x1: view.x(begin), y1: from.middle, x2: view.x(events.at[effect]), y2: to.middle, ends };
  }
  // It never came: towards the other lane for as long as messages take, and not all the way.
  const x = view.x(begin), part = run.fates[events.fate[i]] === "under_way" ? 0.85 : 0.55;
  return {
    x1: x, y1: from.middle,
    x2: x + (view.x(begin + run.flight) - x) * part,
    y2: from.middle + (to.middle - from.middle) * part,
    ends: run.fates[events.fate[i]] === "under_way" ? "under way" : "lost",
  };
}

// Lines that fall on the same pixels are drawn once: the whole run is as fast as a part of it.
function draw_messages(ctx, scene) {
  const { run, view, theme } = scene;
  const { events, kind } = run;
  const nodes = run.nodes.length;
  const last_x = new Float64Array(nodes * nodes * 4).fill(-9);
  const lines = [];
  const [, end] = events_between(run, view.from, view.to);
  for (let i = 0; i < end; ++i) {
    if (events.kind[i] !== kind.sent || events.peer[i] < 0 || !is_shown(scene, i)) continue;
    const effect = events.effect[i];
    const over = effect >= 0 ? events.at[effect] : events.at[i] + run.flight;
    if (over < view.from && i !== scene.selected) continue;
    const x = view.x(events.at[i]);
    const way = (events.node[i] * nodes + events.peer[i]) * 4 + events.about[i];
    const special = i === scene.selected || events.cause[scene.selected] === i;
    if (x - last_x[way] < 0.7 && !special && x >= label_width) continue;
    last_x[way] = x;
    lines.push(i);
  }
  const crowded = lines.length > 1500;
  for (const i of lines) draw_message(ctx, scene, i, crowded);
  if (lines.length < 90) {
    const taken = [];
    for (const i of lines) draw_message_text(ctx, scene, i, taken);
  }
}

function draw_message(ctx, scene, i, crowded) {
  const { run, theme } = scene;
  const line = path_of(scene, i);
  if (!line) return;
  const chosen = i === scene.selected || run.events.cause[scene.selected] === i;
  const locks = run.events.about[i] === about.locks;
  ctx.strokeStyle = locks ? colour_of_message(theme, text_of(run, i)) : theme.gossip;
  ctx.lineWidth = chosen ? 2.6 : locks && !crowded ? 1.3 : 0.8;
  ctx.globalAlpha = chosen ? 1 : crowded ? 0.3 : locks ? 0.9 : 0.7;
  if (line.ends === "lost" || line.ends === "under way") ctx.setLineDash([4, 3]);
  ctx.beginPath();
  ctx.moveTo(line.x1, line.y1);
  ctx.lineTo(line.x2, line.y2);
  ctx.stroke();
  ctx.setLineDash([]);
  if (line.ends === "lost" || line.ends === "dropped") {
    draw_cross(ctx, line.x2, line.y2, crowded ? 2.5 : 4, theme.fault);
  } else if (line.ends === "arrives" && !crowded) {
    draw_head(ctx, line, ctx.strokeStyle);
  }
  ctx.globalAlpha = 1;
}

function draw_cross(ctx, x, y, size, colour) {
  ctx.strokeStyle = colour;
  ctx.lineWidth = 2;
  ctx.beginPath();
  ctx.moveTo(x - size, y - size);
  ctx.lineTo(x + size, y + size);
  ctx.moveTo(x - size, y + size);
  ctx.lineTo(x + size, y - size);
  ctx.stroke();
}

function draw_head(ctx, { x1, y1, x2, y2 }, colour) {
  const angle = Math.atan2(y2 - y1, x2 - x1);
  ctx.fillStyle = colour;
  ctx.beginPath();
  ctx.moveTo(x2, y2);
  ctx.lineTo(x2 - 8 * Math.cos(angle - 0.32), y2 - 8 * Math.sin(angle - 0.32));
  ctx.lineTo(x2 - 8 * Math.cos(angle + 0.32), y2 - 8 * Math.sin(angle + 0.32));
  ctx.fill();
}

// Along the line, a third of the way, so that two that cross do not cover each other.
// Where it would cover another text there is none: `taken` are points of those that are there.
function draw_message_text(ctx, scene, i, taken) {
  const { run, theme } = scene;
  const text = short_text(text_of(run, i)), line = path_of(scene, i);
  if (!text || !line) return;
  ctx.font = font_small;
  const length = Math.hypot(line.x2 - line.x1, line.y2 - line.y1);
  const width = ctx.measureText(text).width;
  if (width + 30 > length || Math.abs(line.x2 - line.x1) < 14) return;
  const points = [-0.5, -0.25, 0, 0.25, 0.5].map((part) => {
    const along = 0.4 + part * width / length;
    return [line.x1 + (line.x2 - line.x1) * along, line.y1 + (line.y2 - line.y1) * along];
  });
  if (points.some(([x, y]) => taken.some((other) => Math.hypot(other[0] - x, other[1] - y) < 15))) return;
  taken.push(...points);
  const left = line.x2 >= line.x1;
  ctx.save();
  ctx.translate(line.x1 + (line.x2 - line.x1) * 0.4, line.y1 + (line.y2 - line.y1) * 0.4);
  ctx.rotate(Math.atan2(line.y2 - line.y1, line.x2 - line.x1) + (left ? 0 : Math.PI));
  ctx.textAlign = "center";
  ctx.textBaseline = "bottom";
  ctx.lineWidth = 3;
  ctx.strokeStyle = theme.ground;
  ctx.strokeText(text, 0, -2);
  ctx.fillStyle = run.events.about[i] === about.locks ? colour_of_message(theme, text) : theme.dim;
  ctx.fillText(text, 0, -2);
  ctx.restore();
}
