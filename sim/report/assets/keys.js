// The keyboard. Letters are for the picture unless a text is being written.

function watch_keys(actions) {
  const by_key = {
    ArrowRight: (event) => actions.step(1, event.shiftKey),
    ArrowLeft: (event) => actions.step(-1, event.shiftKey),
    "+": () => actions.zoom(0.5),
    "=": () => actions.zoom(0.5),
    "-": () => actions.zoom(2),
    0: () => actions.show_all(),
    a: () => actions.move(-0.3),
    d: () => actions.move(0.3),
    w: () => actions.scroll(-60),
    s: () => actions.scroll(60),
    n: (event) => actions.match(event.shiftKey ? -1 : 1),
    o: (event) => actions.overlap(event.shiftKey ? -1 : 1),
    "/": () => actions.search(),
    "?": () => actions.help(),
  };
  document.addEventListener("keydown", (event) => {
    const writes = event.target.matches("input[type=search]");
    if (writes || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    // Enter and space press the button that has the focus.
    if (event.key === "Enter" && !event.target.matches("button, a, summary, input")) {
      actions.follow();
      event.preventDefault();
      return;
    }
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const action = Object.hasOwn(by_key, key) ? by_key[key] : null;
    if (!action) return;
    event.preventDefault();
    action(event);
  });
}
