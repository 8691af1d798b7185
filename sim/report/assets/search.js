// Search: events that have all the words somewhere in their text, their node's name or their
// number.

function find_events(run, query) {
  const words = query.toLowerCase().split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return [];
  const found = [];
  for (let i = 0; i < run.events.count; ++i) {
    const text = ("e" + (run.first_event + i) + " " + run.kinds[run.events.kind[i]] + " " +
      sentence_of(run, i) + " " + text_of(run, i)).toLowerCase();
    if (words.every((word) => text.includes(word))) found.push(i);
  }
  return found;
}

class search {
  constructor(scene, chosen, changed) {
    this.scene = scene;
    this.chosen = chosen;  // selects events
    this.changed = changed;
    this.found = [];
    this.box = document.getElementById("search_text");
    this.count = document.getElementById("match_count");
    this.box.addEventListener("input", () => this.find());
    this.box.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.go(event.shiftKey ? -1 : 1);
      if (event.key === "Escape") this.box.blur();
    });
    document.getElementById("search").addEventListener("submit", (event) => event.preventDefault());
    document.getElementById("match_next").addEventListener("click", () => this.go(1));
    document.getElementById("match_before").addEventListener("click", () => this.go(-1));
    this.tell();
  }

  find() {
    this.found = find_events(this.scene.run, this.box.value);
    this.scene.matches = new Set(this.found);
    this.tell();
    this.changed();
  }

  // To the next match from what is selected, around the end.
  go(direction) {
    if (this.found.length === 0) return;
    const from = this.scene.selected;
    const next = direction > 0
      ? this.found.findIndex((i) => i > from)
      : this.found.findLastIndex((i) => i < from);
    const place = next >= 0 ? next : direction > 0 ? 0 : this.found.length - 1;
    this.chosen.select(this.found[place]);
    this.tell();
  }

  tell() {
    const place = this.found.indexOf(this.scene.selected);
    const none = this.found.length === 0;
    document.body.dataset.matches = this.found.length;
    this.count.textContent = this.box.value.trim() === "" ? ""
      : none ? "none" : (place >= 0 ? place + 1 + " of " : "") + this.found.length;
    for (const id of ["match_next", "match_before"]) document.getElementById(id).disabled = none;
  }
}
