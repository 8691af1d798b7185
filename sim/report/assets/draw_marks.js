// Marks: what users asked, what they got, and where matches and the selected event are.

// Which mark an event has, and where it stands from the middle of its lane. Null: none of its own.
function mark_of(run, i) {
  const { events, kind } = run;
  switch (events.kind[i]) {
    case kind.call: return { shape: text_of(run, i).startsWith("lock") ? "ask" : "let_go", dy: -13 };
    case kind.action: {
      const word = text_of(run, i).split(" ", 1)[0];
      if (word === "granted") return { shape: "granted", dy: 13 };
      if (word === "lost") return { shape: "lost", dy: 13 };
      if (word === "failed") return { shape: "failed", dy: 13 };
      return { shape: "told", dy: 13 };
    }
    case kind.member: return { shape: "told", dy: 20 };
    case kind.started: return { shape: "start", dy: 0 };
    case kind.stopped: return { shape: "stop", dy: 0 };
    case kind.sent:
    case kind.arrived:
    case kind.dropped: return { shape: "dot", dy: 0 };
    default: return null;
  }
}

function draw_shape(ctx, theme, shape, x, y, colour) {
  ctx.fillStyle = ctx.strokeStyle = colour;
  ctx.lineWidth = 1.8;
  ctx.beginPath();
  switch (shape) {
    case "ask":
      ctx.moveTo(x - 4, y - 4);
      ctx.lineTo(x + 4, y - 4);
      ctx.lineTo(x, y + 4);
      ctx.fill();
      break;
    case "let_go":
      ctx.moveTo(x - 4, y + 4);
      ctx.lineTo(x + 4, y + 4);
      ctx.lineTo(x, y - 4);
      ctx.closePath();
      ctx.stroke();
      break;
    case "granted":
      ctx.fillStyle = theme.good;
      ctx.arc(x, y, 4.5, 0, 7);
      ctx.fill();
      break;
    case "lost":
      draw_cross(ctx, x, y, 4, theme.fault);
      break;
    case "failed":
      ctx.strokeStyle = theme.dim;
      ctx.arc(x, y, 4, 0, 7);
      ctx.moveTo(x - 3, y + 3);
      ctx.lineTo(x + 3, y - 3);
      ctx.stroke();
      break;
    case "told":
      ctx.fillStyle = theme.dim;
      ctx.fillRect(x - 1.5, y - 3, 3, 6);
      break;
    case "start":
      ctx.fillRect(x - 1, y - 9, 2.5, 18);
      ctx.beginPath();
      ctx.moveTo(x + 1, y - 9);
      ctx.lineTo(x + 8, y - 5.5);
      ctx.lineTo(x + 1, y - 2);
      ctx.fill();
      break;
    case "stop":
      ctx.fillRect(x - 4.5, y - 4.5, 9, 9);
      break;
    case "dot":
      ctx.arc(x, y, 1.8, 0, 7);
      ctx.fill();
      break;
  }
}

// Of many marks, only where there are some.
function draw_tick(ctx, theme, shape, x, y) {
  if (shape === "start" || shape === "stop") {
    draw_shape(ctx, theme, shape, x, y, theme.text);
    return;
  }
  const colours = { granted: theme.good, lost: theme.fault };
  ctx.fillStyle = colours[shape] || theme.gossip;
  ctx.fillRect(x - 0.75, y - 4, 1.5, 8);
}

function draw_marks(ctx, scene) {
  const { run, view, layout, theme } = scene;
  const { events } = run;
  const [first, end] = events_between(run, view.from, view.to);
  let count = 0;
  for (let i = first; i < end && count <= 1500; ++i) count += is_shown(scene, i);
  const crowded = count > 1500;
  const last_x = new Map();
  for (let i = first; i < end; ++i) {
    const lane = layout.lanes[events.node[i]];
    if (!lane || !is_shown(scene, i)) continue;
    const mark = mark_of(run, i);
    if (!mark || (crowded && (mark.shape === "dot" || mark.shape === "told"))) continue;
    const x = view.x(events.at[i]), key = mark.shape + lane.node;
    if (x - (last_x.get(key) ?? -9) < 1.5) continue;
    last_x.set(key, x);
    if (crowded) draw_tick(ctx, theme, mark.shape, x, lane.middle + mark.dy);
    else draw_shape(ctx, theme, mark.shape, x, lane.middle + mark.dy, theme.text);
  }
  draw_broken(ctx, scene, first, end);
  const many = scene.matches.size > 400;
  for (const i of scene.matches) {
    if (i >= first && i < end) draw_ring(ctx, scene, i, theme.match, many ? 2 : 7);
  }
  if (scene.selected >= first && scene.selected < end) {
    draw_ring(ctx, scene, scene.selected, theme.accent, 8);
  }
}

function draw_ring(ctx, { run, view, layout }, i, colour, radius) {
  const lane = layout.lanes[run.events.node[i]];
  if (!lane) return;
  const mark = mark_of(run, i);
  ctx.strokeStyle = colour;
  ctx.lineWidth = 2.5;
  ctx.beginPath();
  ctx.arc(view.x(run.events.at[i]), lane.middle + (mark ? mark.dy : 0), radius, 0, 7);
  ctx.stroke();
}

// A promise broke here: a line through all lanes.
function draw_broken(ctx, { run, view, layout, theme }, first, end) {
  for (let i = first; i < end; ++i) {
    if (run.events.kind[i] !== run.kind.broken) continue;
    ctx.fillStyle = theme.red;
    ctx.fillRect(view.x(run.events.at[i]) - 1, layout.lanes_from, 2, layout.lanes_to - layout.lanes_from);
  }
}
