// Which part of the time is in view, and where that is on the canvas.

const label_width = 92;  // the names on the left
const span_min = 200;    // nanoseconds

class time_view {
  constructor(run) {
    this.run = run;
    this.width = 800;
    this.show_all();
  }
  get span() { return this.to - this.from; }
  get plot_width() { return Math.max(50, this.width - label_width); }

  x(at) { return label_width + (at - this.from) / this.span * this.plot_width; }
  time(x) { return this.from + (x - label_width) / this.plot_width * this.span; }

  set(from, to) {
    const all = this.run.end - this.run.from;
    const span = Math.min(Math.max(to - from, span_min), all * 1.1);
    const middle = (from + to) / 2;
    // Some of the time is always in view.
    const low = this.run.from - span / 2, high = this.run.end + span / 2 - span;
    this.from = Math.min(Math.max(middle - span / 2, low), Math.max(low, high));
    this.to = this.from + span;
  }
  show_all() {
    const margin = (this.run.end - this.run.from) * 0.015;
    this.set(this.run.from - margin, this.run.end + margin);
  }
  zoom(factor, at = (this.from + this.to) / 2) {
    this.set(at - (at - this.from) * factor, at + (this.to - at) * factor);
  }
  move(by) { this.set(this.from + by, this.to + by); }
  // Moves no further than needed.
  reveal(at) {
    const margin = this.span * 0.12;
    if (at < this.from + margin) this.move(at - this.from - this.span * 0.4);
    else if (at > this.to - margin) this.move(at - this.to + this.span * 0.4);
  }
}

// The positions [first, end) of events from one time to another.
function events_between(run, from, to) {
  const { at } = run.events;
  const first_not_before = (time) => {
    let low = 0, high = at.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (at[middle] < time) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return [first_not_before(from), first_not_before(to)];
}
