// The mouse over the picture and over the strip above it.

function watch_pointer(scene, { canvas, scroll, tip, overview }, chosen, changed) {
  const { view } = scene;
  let press = null;  // where a button went down, and what was in view then

  // Of the whole picture.
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top + scroll.scrollTop };
  };
  const show_tip = (event, { x, y }) => {
    const text = x > label_width ? tip_of(scene, x, y) : null;
    tip.hidden = text === null;
    if (text === null) return;
    tip.textContent = text;
    const box = tip.getBoundingClientRect();
    tip.style.left = Math.min(event.clientX + 14, innerWidth - box.width - 8) + "px";
    tip.style.top = (event.clientY + 18 + box.height > innerHeight
      ? event.clientY - box.height - 10 : event.clientY + 18) + "px";
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const at = place(event);
    press = { ...at, clientY: event.clientY, from: view.from, to: view.to, top: scroll.scrollTop,
      marks: event.shiftKey, moved: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const at = place(event);
    scene.hover_at = at.x > label_width ? view.time(at.x) : null;
    if (press) drag(event, at);
    else show_tip(event, at);
    changed();
  });
  const drag = (event, at) => {
    if (!press.moved && Math.hypot(at.x - press.x, event.clientY - press.clientY) < 4) return;
    press.moved = true;
    tip.hidden = true;
    if (press.marks) {
      scene.marked = [view.time(press.x), view.time(at.x)];
      return;
    }
    canvas.classList.add("dragged");
    const by = (press.x - at.x) / view.plot_width * (press.to - press.from);
    view.set(press.from + by, press.to + by);
    scroll.scrollTop = press.top + press.clientY - event.clientY;
  };
  canvas.addEventListener("pointerup", (event) => {
    if (!press) return;
    const at = place(event);
    if (scene.marked) {
      view.set(Math.min(...scene.marked), Math.max(...scene.marked));
    } else if (!press.moved) {
      const i = event_under(scene, at.x, at.y);
      if (i >= 0) chosen.select(i, { reveal: false });
    }
    scene.marked = press = null;
    canvas.classList.remove("dragged");
    changed();
  });
  canvas.addEventListener("pointerleave", () => {
    scene.hover_at = null;
    tip.hidden = true;
    changed();
  });
  canvas.addEventListener("dblclick", (event) => {
    const { x } = place(event);
    if (x > label_width) view.zoom(0.4, view.time(x));
    changed();
  });
  canvas.addEventListener("wheel", (event) => {
    const { x } = place(event);
    if (x < label_width) return;  // scrolls up and down
    event.preventDefault();
    const by = event.deltaMode === 1 ? 30 : 1;
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      view.move((event.deltaX || event.deltaY) * by / view.plot_width * view.span);
    } else {
      view.zoom(Math.exp(event.deltaY * by * 0.0016), view.time(x));
    }
    scene.hover_at = view.time(x);
    changed();
  }, { passive: false });

  watch_overview(scene, overview, changed);
}

// A press moves the frame there; a drag takes it along.
function watch_overview({ run, view }, overview, changed) {
  const go = (event) => {
    const box = overview.getBoundingClientRect();
    const at = run.from + (event.clientX - box.left) / box.width * (run.end - run.from);
    view.move(at - (view.from + view.to) / 2);
    changed();
  };
  overview.addEventListener("pointerdown", (event) => {
    overview.setPointerCapture(event.pointerId);
    go(event);
  });
  overview.addEventListener("pointermove", (event) => {
    if (event.buttons & 1) go(event);
  });
}
