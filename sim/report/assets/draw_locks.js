// A panel for each lock: what each holder believed, over whom each voter had lent its vote to.

function draw_bar(ctx, view, top, from, to, fill, text, text_colour, width_min = 1) {
  const place = extent(view, from, to, width_min);
  if (!place) return;
  const width = place[1] - place[0];
  ctx.fillStyle = fill;
  // Neighbours of one colour stay apart when there is room.
  ctx.fillRect(place[0], top + 1, width > 4 ? width - 1 : width, row_height - 2);
  if (text && width > 16) text_within(ctx, text, place[0], place[1], top + row_height / 2 + 0.5, text_colour);
}

// Bars that fall on the same pixels of one row are drawn once.
class thinner {
  constructor(view) {
    this.view = view;
    this.right = new Map();
  }
  skips(row, to) {
    const right = this.view.x(to);
    if (right < (this.right.get(row) ?? -9) + 0.5) return true;
    this.right.set(row, right);
    return false;
  }
}

function draw_panels(ctx, scene) {
  const { run, view, layout, theme } = scene;
  ctx.font = font_small;
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  const thin = new thinner(view);
  for (const panel of layout.panels) {
    for (const row of panel.voters) {
      ctx.fillStyle = theme.soft;
      ctx.fillRect(label_width, row.top + 1, view.plot_width, row_height - 2);
      for (const [from, to] of run.nodes[row.node].abstains) {
        draw_bar(ctx, view, row.top, from, to, striped(ctx, theme.down, theme.soft), "abstains", theme.dim);
      }
    }
  }
  run.loans.forEach((one) => {
    if (one.to < view.from || one.from > view.to) return;
    const row = row_of(layout.panels[one.lock].voters, one.voter);
    if (!row || thin.skips(row, one.to)) return;
    ctx.globalAlpha = 0.72;
    draw_bar(ctx, view, row.top, one.from, one.to, colour_of_node(one.candidate), "", "");
    ctx.globalAlpha = 1;
    const place = extent(view, one.from, one.to);
    if (place && place[1] - place[0] > 16) {
      text_within(ctx, name_of(run, one.candidate) + " r" + one.request, place[0], place[1],
        row.top + row_height / 2 + 0.5, theme.dark ? "#fff" : "#000");
    }
  });
  for (const one of run.beliefs) {
    if (one.to < view.from || one.from > view.to) continue;
    const row = row_of(layout.panels[one.lock].holders, one.node);
    if (!row || thin.skips(row, one.to)) continue;
    draw_bar(ctx, view, row.top, one.from, one.to, colour_of_node(one.node),
      name_of(run, one.node) + " r" + one.request, "#fff", 1.5);
    draw_extensions(ctx, view, row, one);
  }
}

// Where a holder learnt that it may believe for longer.
function draw_extensions(ctx, view, row, { extensions }) {
  ctx.fillStyle = "rgba(255, 255, 255, 0.75)";
  let last = -9;
  for (const [at] of extensions) {
    const x = view.x(at);
    if (x - last < 6 || x < label_width || x > view.width) continue;
    last = x;
    ctx.fillRect(x, row.top + row_height - 5, 1, 4);
  }
}

// Over all else: both holders' bars are red while both believe, and a band joins them.
function draw_overlaps(ctx, { run, view, layout, theme }) {
  for (const one of run.overlaps) {
    const place = extent(view, one.from, one.to, 4);
    if (!place) continue;
    const panel = layout.panels[one.lock], width = place[1] - place[0];
    ctx.globalAlpha = 0.18;
    ctx.fillStyle = theme.red;
    ctx.fillRect(place[0], panel.holders_from, width, panel.bottom - panel.holders_from);
    ctx.globalAlpha = 1;
    for (const belief of [one.first, one.second]) {
      const { top } = row_of(panel.holders, belief.node);
      ctx.fillStyle = theme.red;
      ctx.fillRect(place[0], top, width, row_height);
      ctx.font = font_small;
      text_within(ctx, name_of(run, belief.node) + " r" + belief.request, place[0], place[1],
        top + row_height / 2 + 0.5, theme.dark ? "#000" : "#fff");
    }
    ctx.fillStyle = theme.red;
    ctx.fillRect(place[0], panel.holders_from - 4, width, 3);
    ctx.font = font_bold;
    text_within(ctx, "two holders for " + length_text(one.to - one.from), place[0] - 3,
      Math.max(place[1], place[0] + 230), panel.holders_from - 11, theme.red);
  }
}

function draw_panel_labels(ctx, { run, layout, theme, view }) {
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  for (const panel of layout.panels) {
    ctx.fillStyle = theme.line;
    ctx.fillRect(0, panel.top - panel_gap / 2, view.width, 1);
    ctx.font = font_bold;
    ctx.fillStyle = theme.text;
    ctx.fillText("lock " + run.locks[panel.lock], 8, panel.top + 5, label_width - 12);
    ctx.font = font_small;
    ctx.fillStyle = theme.dim;
    if (panel.holders.length === 0) {
      ctx.fillText("nobody believes", 8, panel.holders_from + row_height / 2);
    }
    ctx.fillText("believes", 8, panel.holders_from - 8);
    ctx.fillText("has lent to", 8, panel.voters_from - 8);
    for (const row of panel.holders) draw_row_label(ctx, run, theme, row);
    for (const row of panel.voters) draw_row_label(ctx, run, theme, row);
  }
}

function draw_row_label(ctx, run, theme, row) {
  ctx.fillStyle = colour_of_node(row.node);
  ctx.fillRect(0, row.top + 1, 4, row_height - 2);
  ctx.fillStyle = theme.text;
  ctx.font = font_small;
  ctx.fillText(name_of(run, row.node), 10, row.top + row_height / 2 + 0.5, label_width - 14);
}
