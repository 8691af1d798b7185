// The whole run in one strip: how much happens when, faults, overlaps, matches, and the frame of
// the part in view.

function overview_x(run, width, at) {
  return (at - run.from) / (run.end - run.from) * width;
}

// How many events there are in each of so many columns.
function densities(run, columns) {
  const counts = new Float64Array(columns);
  for (let i = 0; i < run.events.count; ++i) {
    const column = Math.floor(overview_x(run, columns, run.events.at[i]));
    ++counts[Math.min(columns - 1, Math.max(0, column))];
  }
  return counts;
}

function draw_overview(ctx, scene, width, height) {
  const { run, view, theme } = scene;
  const x = (at) => overview_x(run, width, at);
  ctx.fillStyle = theme.raised;
  ctx.fillRect(0, 0, width, height);
  ctx.fillStyle = theme.fault_ground;
  for (const one of run.faults) ctx.fillRect(x(one.from), 0, Math.max(1, x(one.to) - x(one.from)), height);
  if (!scene.densities || scene.densities.length !== Math.ceil(width / 2)) {
    scene.densities = densities(run, Math.ceil(width / 2));
  }
  const most = Math.max(1, ...scene.densities);
  ctx.fillStyle = theme.gossip;
  scene.densities.forEach((count, column) => {
    const bar = Math.sqrt(count / most) * (height - 12);
    ctx.fillRect(column * 2, height - bar, 2, bar);
  });
  ctx.fillStyle = theme.match;
  for (const i of scene.matches) ctx.fillRect(x(run.events.at[i]), height - 6, 2, 6);
  ctx.fillStyle = theme.red;
  for (const one of run.overlaps) {
    ctx.fillRect(x(one.from) - 1, 0, Math.max(3, x(one.to) - x(one.from)), height);
    ctx.beginPath();
    ctx.moveTo(x(one.from) - 6, 0);
    ctx.lineTo(x(one.from) + 6, 0);
    ctx.lineTo(x(one.from), 8);
    ctx.fill();
  }
  const left = x(view.from), right = Math.max(x(view.to), left + 3);
  ctx.globalAlpha = 0.55;
  ctx.fillStyle = theme.ground;
  ctx.fillRect(0, 0, left, height);
  ctx.fillRect(right, 0, width - right, height);
  ctx.globalAlpha = 1;
  ctx.strokeStyle = theme.accent;
  ctx.lineWidth = 2;
  ctx.strokeRect(left, 1, right - left, height - 2);
  if (scene.selected >= 0) {
    ctx.fillStyle = theme.accent;
    ctx.fillRect(x(run.events.at[scene.selected]), 0, 1, height);
  }
}
