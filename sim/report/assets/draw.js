// Drawing the picture, from back to front, and what its parts share.
//
// `scene` is all that drawing needs: run, view, layout, theme, shown (which messages), selected,
// matches (a set of positions), hover_at (a time or null), marked (a span being marked, or null).

const font_normal = "12px system-ui, 'DejaVu Sans', 'Liberation Sans', sans-serif";
const font_bold = "600 12px system-ui, 'DejaVu Sans', 'Liberation Sans', sans-serif";
const font_small = "11px system-ui, 'DejaVu Sans', 'Liberation Sans', sans-serif";

function draw_picture(ctx, scene, scroll, height) {
  const { view, theme } = scene;
  ctx.clearRect(0, 0, view.width, height);
  ctx.save();
  ctx.translate(0, -scroll);
  clip_to_plot(ctx, view, scroll, height, () => {
    draw_fault_shading(ctx, scene);
    draw_lanes(ctx, scene);
    draw_messages(ctx, scene);
    draw_marks(ctx, scene);
    draw_faults(ctx, scene);
    draw_panels(ctx, scene);
    draw_overlaps(ctx, scene);
  });
  draw_labels(ctx, scene);
  ctx.restore();
  draw_axis(ctx, scene);
  clip_to_plot(ctx, view, 0, height, () => draw_cursor(ctx, scene, height));
  ctx.fillStyle = theme.line;
  ctx.fillRect(label_width - 1, 0, 1, height);
}

function clip_to_plot(ctx, view, top, height, draw) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(label_width, top, view.plot_width, height);
  ctx.clip();
  draw();
  ctx.restore();
}

// The left and right end of an interval within the window, or null when it is outside.
function extent(view, from, to, width_min = 1) {
  if (to < view.from || from > view.to) return null;
  const left = Math.max(view.x(from), label_width - 2);
  const right = Math.min(view.x(to), view.width + 2);
  return [left, Math.max(right, left + width_min)];
}

function text_within(ctx, text, left, right, y, colour) {
  const from = Math.max(left, label_width) + 4;
  if (right - from < 14) return;
  ctx.fillStyle = colour;
  if (ctx.measureText(text).width <= right - from - 2) {
    ctx.fillText(text, from, y);
  } else if (right - from > 40) {
    let length = text.length;
    while (length > 2 && ctx.measureText(text.slice(0, length) + "…").width > right - from - 2) --length;
    ctx.fillText(text.slice(0, length) + "…", from, y);
  }
}

const stripes = new Map();
// A pattern of oblique lines.
function striped(ctx, colour, ground) {
  const key = colour + ground;
  if (!stripes.has(key)) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const on = tile.getContext("2d");
    on.fillStyle = ground;
    on.fillRect(0, 0, 8, 8);
    on.strokeStyle = colour;
    on.lineWidth = 1.6;
    for (const at of [-8, 0, 8]) {
      on.beginPath();
      on.moveTo(at, 8);
      on.lineTo(at + 8, 0);
      on.stroke();
    }
    stripes.set(key, ctx.createPattern(tile, "repeat"));
  }
  return stripes.get(key);
}

// The steps of the axis: 1, 2 or 5 times a power of ten, so that labels have room.
function axis_step(view) {
  const least = view.span * 110 / view.plot_width;
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((times) => times * power).find((step) => step >= least);
}

function draw_axis(ctx, { view, theme }) {
  ctx.fillStyle = theme.raised;
  ctx.fillRect(0, 0, view.width, axis_height);
  ctx.fillStyle = theme.line;
  ctx.fillRect(0, axis_height - 1, view.width, 1);
  ctx.font = font_small;
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  ctx.fillStyle = theme.dim;
  ctx.fillText("true time", 8, axis_height / 2);
  const step = axis_step(view);
  for (let at = Math.ceil(view.from / step) * step; at <= view.to; at += step) {
    const x = Math.round(view.x(at));
    if (x < label_width) continue;
    ctx.fillStyle = theme.line;
    ctx.fillRect(x, axis_height - 7, 1, 7);
    ctx.fillStyle = theme.text;
    ctx.fillText(time_text(at, step), x + 4, axis_height / 2);
  }
}

function draw_cursor(ctx, { view, theme, run, selected, hover_at, marked }, height) {
  if (marked) {
    const place = extent(view, Math.min(...marked), Math.max(...marked));
    if (place) {
      ctx.globalAlpha = 0.2;
      ctx.fillStyle = theme.accent;
      ctx.fillRect(place[0], 0, place[1] - place[0], height);
      ctx.globalAlpha = 1;
    }
  }
  const line = (at, colour, width) => {
    if (at < view.from || at > view.to) return;
    ctx.fillStyle = colour;
    ctx.fillRect(Math.round(view.x(at)), 0, width, height);
  };
  if (hover_at !== null) line(hover_at, theme.line, 1);
  if (selected >= 0) line(run.events.at[selected], theme.accent, 1);
}

function draw_labels(ctx, { run, layout, theme, view }) {
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  ctx.fillStyle = theme.raised;
  ctx.fillRect(0, 0, label_width, layout.height + 2000);
  if (run.faults.length > 0) {
    ctx.font = font_small;
    ctx.fillStyle = theme.dim;
    ctx.fillText("faults", 8, axis_height + 4 + fault_height / 2);
  }
  for (const lane of layout.lanes) {
    const node = run.nodes[lane.node];
    ctx.fillStyle = colour_of_node(lane.node);
    ctx.fillRect(0, lane.top + 3, 4, layout.lane_height - 6);
    ctx.font = font_bold;
    ctx.fillStyle = theme.text;
    ctx.fillText(node.name, 10, lane.middle - 7, label_width - 14);
    ctx.font = font_small;
    ctx.fillStyle = theme.dim;
    ctx.fillText(node.votes ? "voter" : "no voter", 10, lane.middle + 8);
    ctx.fillStyle = theme.line;
    ctx.fillRect(0, lane.bottom, view.width, 1);
  }
  draw_panel_labels(ctx, { run, layout, theme, view });
}
