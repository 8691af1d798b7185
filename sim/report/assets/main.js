// Puts the page together.

function start() {
  const run = read_recording(JSON.parse(document.getElementById("recording").textContent));
  const by_id = (id) => document.getElementById(id);
  const canvas = by_id("picture"), overview = by_id("overview"), scroll = by_id("scroll");
  const scene = {
    run, view: new time_view(run), layout: make_layout(run, scroll.clientHeight), theme: read_theme(),
    shown: { [about.locks]: true, [about.gossip]: false, [about.empty]: false },
    selected: -1, matches: new Set(), hover_at: null, marked: null, overlap: -1,
  };
  const boxes = { [about.locks]: "show_locks", [about.gossip]: "show_gossip", [about.empty]: "show_empty" };
  scene.show = (what) => {
    scene.shown[what] = true;
    by_id(boxes[what]).checked = true;
  };

  let waiting = false, told = -1;
  const changed = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      draw();
    });
  };
  const chosen = new selection(scene, changed);
  const finder = new search(scene, chosen, changed);

  const draw = () => {
    const height = scroll.clientHeight;
    scene.view.width = scroll.clientWidth;
    if (scene.layout.room !== height) scene.layout = make_layout(run, height);
    by_id("height").style.height = Math.max(scene.layout.height, height) + "px";
    canvas.style.width = scroll.clientWidth + "px";
    canvas.style.height = height + "px";
    draw_picture(sized(canvas, scroll.clientWidth, height), scene, scroll.scrollTop, height);
    draw_overview(sized(overview, overview.clientWidth, overview.clientHeight), scene,
      overview.clientWidth, overview.clientHeight);
    const { view } = scene;
    const at = scene.hover_at ?? (scene.selected >= 0 ? run.events.at[scene.selected] : (view.from + view.to) / 2);
    show_clocks(scene, at);
    show_faults(scene, at);
    if (told !== scene.selected) {
      told = scene.selected;
      show_event(scene, chosen);
      finder.tell();
    }
    Object.assign(document.body.dataset, {
      selected: scene.selected < 0 ? "" : chosen.number(scene.selected),
      from: view.from, to: view.to, plot: view.plot_width,
    });
  };

  const go_to_overlap = (i) => {
    const one = run.overlaps[i];
    if (!one) return;
    scene.overlap = i;
    const from = Math.min(one.first.from, one.second.from), to = Math.max(one.first.to, one.second.to);
    // Long beliefs must not make a short overlap vanish.
    const around = Math.min(to - from, 12 * (one.to - one.from));
    const middle = (one.from + one.to) / 2;
    scene.view.set(Math.max(from, middle - around) - around * 0.15, Math.min(to, middle + around) + around * 0.15);
    const { top } = row_of(scene.layout.panels[one.lock].holders, one.second.node);
    if (top < scroll.scrollTop || top > scroll.scrollTop + scroll.clientHeight - 160) {
      scroll.scrollTop = top - scroll.clientHeight / 2;
    }
    const [at] = events_between(run, one.from, Infinity);
    const granted = (i) => run.events.kind[i] === run.kind.action && run.events.node[i] === one.second.node;
    let event = at;
    while (event < run.events.count && run.events.at[event] === one.from && !granted(event)) ++event;
    if (event < run.events.count && granted(event)) chosen.select(event, { reveal: false });
    changed();
  };
  const next_overlap = (direction) => {
    const count = run.overlaps.length;
    if (count > 0) go_to_overlap((Math.max(scene.overlap, direction > 0 ? -1 : 0) + direction + count) % count);
  };
  const actions = {
    step: (by, here) => chosen.step(by, here && scene.selected >= 0 ? run.events.node[scene.selected] : null),
    zoom: (factor) => {
      const at = scene.selected >= 0 ? run.events.at[scene.selected] : NaN;
      scene.view.zoom(factor, at > scene.view.from && at < scene.view.to ? at : undefined);
      changed();
    },
    show_all: () => (scene.view.show_all(), changed()),
    move: (part) => (scene.view.move(part * scene.view.span), changed()),
    scroll: (by) => { scroll.scrollTop += by; },
    match: (by) => finder.go(by),
    overlap: next_overlap,
    search: () => by_id("search_text").select(),
    help: () => by_id("help").showModal(),
    follow: () => chosen.follow(),
  };

  tell_what_it_is(run, by_id);
  fill_problems(scene, go_to_overlap);
  fill_options(run);
  fill_legend(scene.theme);
  const click = (id, action) => by_id(id).addEventListener("click", action);
  click("step_next", () => actions.step(1));
  click("step_before", () => actions.step(-1));
  click("zoom_in", () => actions.zoom(0.5));
  click("zoom_out", () => actions.zoom(2));
  click("zoom_all", actions.show_all);
  click("overlap_next", () => next_overlap(1));
  click("overlap_before", () => next_overlap(-1));
  click("help_open", actions.help);
  for (const [what, id] of Object.entries(boxes)) {
    by_id(id).addEventListener("change", (event) => {
      scene.shown[what] = event.target.checked;
      changed();
    });
  }
  watch_keys(actions);
  watch_pointer(scene, { canvas, scroll, overview, tip: by_id("tip") }, chosen, changed);
  scroll.addEventListener("scroll", changed);
  new ResizeObserver(changed).observe(scroll);
  addEventListener("hashchange", () => chosen.follow_link());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    scene.theme = read_theme();
    fill_legend(scene.theme);
    changed();
  });

  // What a script that looks at the page may ask: where on the window things are.
  const on_window = ({ x, y }) => {
    const box = canvas.getBoundingClientRect();
    return { x: x + box.left, y: y - scroll.scrollTop + box.top };
  };
  window.conclave_picture = {
    place_of_event: (number) => on_window(place_of_event(scene, number - run.first_event)),
    // The middle of the red part of the holder that came second.
    place_of_overlap: (i) => {
      const one = run.overlaps[i], row = row_of(scene.layout.panels[one.lock].holders, one.second.node);
      return on_window({ x: scene.view.x((one.from + one.to) / 2), y: row.top + row_height - 3 });
    },
  };

  scene.view.width = scroll.clientWidth;
  draw();
  if (!chosen.follow_link()) {
    if (run.overlaps.length > 0) go_to_overlap(0);
    else changed();
  }
}

// A canvas of that many pixels of the page, sharp on any screen, ready to draw on.
function sized(canvas, width, height) {
  const scale = devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  const ctx = canvas.getContext("2d");
  ctx.setTransform(scale, 0, 0, scale, 0, 0);
  return ctx;
}

function tell_what_it_is(run, by_id) {
  document.title = "conclave, seed " + run.seed;
  by_id("title").textContent = "conclave, seed " + run.seed;
  const outcome = by_id("outcome"), overlaps = run.overlaps.length;
  const kept = run.outcome === "kept";
  outcome.className = "badge " + (kept && overlaps === 0 ? "kept" : "broken");
  outcome.textContent = !kept ? run.what || run.outcome
    : overlaps === 0 ? "all promises held" : "held, but beliefs overlap: were clocks beyond the bound?";
  by_id("about").textContent = run.events.count + " events in " + length_text(run.to - run.from) +
    (run.replay === "" ? "" : ". Replay: " + run.replay);
  if (run.events_total > run.events.count) {
    by_id("left_out").hidden = false;
    by_id("left_out").textContent = "the last " + run.events.count + " of " + run.events_total + " events";
  }
  const next = by_id("overlap_next");
  next.textContent = "Overlaps: " + overlaps;
  next.classList.toggle("alarm", overlaps > 0);
  next.disabled = by_id("overlap_before").disabled = overlaps === 0;
  Object.assign(document.body.dataset, {
    events: run.events.count, first: run.first_event, overlaps, nodes: run.nodes.length,
  });
}

start();
