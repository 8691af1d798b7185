// The selected event: stepping, following messages, and the link to it in the address.

class selection {
  constructor(scene, changed) {
    this.scene = scene;
    this.changed = changed;  // called when there is something to draw
  }
  get events() { return this.scene.run.events; }

  select(i, { reveal = true, link = true } = {}) {
    const { scene } = this;
    if (i < 0 || i >= this.events.count) return;
    scene.selected = i;
    // What is selected is seen, whatever is hidden otherwise.
    const what = this.events.about[i];
    if (what !== about.world && !scene.shown[what]) scene.show(what);
    if (reveal) scene.view.reveal(this.events.at[i]);
    if (link) {
      try {
        history.replaceState(null, "", "#e" + this.number(i));
      } catch {
        location.hash = "e" + this.number(i);
      }
    }
    this.changed();
  }
  number(i) { return this.scene.run.first_event + i; }

  // +1 or -1; among the events shown; `node` limits it to one lane.
  step(direction, node = null) {
    const { scene } = this;
    let i = scene.selected;
    if (i < 0) {
      // From the middle of what is in view.
      [, i] = events_between(scene.run, 0, (scene.view.from + scene.view.to) / 2);
      if (direction > 0) --i;
    }
    for (i += direction; i >= 0 && i < this.events.count; i += direction) {
      if (is_shown(scene, i) && (node === null || this.events.node[i] === node)) {
        this.select(i);
        return;
      }
    }
  }

  // To the other end of a message, or what a fault's end began with.
  follow() {
    const { selected } = this.scene;
    if (selected < 0) return;
    const other = this.events.cause[selected] >= 0 ? this.events.cause[selected] : this.events.effect[selected];
    if (other >= 0) this.select(other);
  }

  // So much of the time around it that some events before and after are in view.
  show_around(i) {
    const { at, count } = this.events;
    const near = 24;
    const from = at[Math.max(0, i - near)], to = at[Math.min(count - 1, i + near)];
    const half = Math.max(at[i] - from, to - at[i], 1000) * 1.1;
    this.scene.view.set(at[i] - half, at[i] + half);
  }

  // "#e123" in the address.
  follow_link() {
    const found = /^#e(\d+)$/.exec(location.hash);
    if (!found) return false;
    const i = Number(found[1]) - this.scene.run.first_event;
    if (i < 0 || i >= this.events.count) return false;
    this.show_around(i);
    this.select(i, { reveal: false, link: false });
    return true;
  }
}
