// The panel on the right. All text goes in as text: nothing of a recording is taken for HTML.

function element(name, text = "", properties = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  Object.assign(made, properties);
  return made;
}

// Ballots and tokens begin with digits that are all alike: those are dimmed.
function add_message(into, text) {
  const message = element("p", "", { className: "message" });
  const [word] = text.split(" ", 1);
  message.append(element("b", word));
  for (const part of text.slice(word.length).split(/(\d{16,})/)) {
    if (/^\d{16,}$/.test(part)) {
      message.append(element("span", part.slice(0, -10), { className: "far" }), part.slice(-10));
    } else {
      message.append(part);
    }
  }
  into.append(message);
}

function show_event(scene, chosen) {
  const { run, selected: i } = scene;
  const title = document.getElementById("event_title");
  const details = document.getElementById("event_details");
  details.replaceChildren();
  if (i < 0) {
    title.textContent = "No event selected";
    details.append(element("p", "Click on one, or step with the arrow keys.", { className: "hint" }));
    return;
  }
  const { events } = run, number = chosen.number(i), cause = events.cause[i], effect = events.effect[i];
  title.textContent = sentence_of(run, i);
  const list = element("dl");
  const add = (name, ...values) => {
    const value = element("dd");
    value.append(...values);
    list.append(element("dt", name), value);
  };
  const link = (to, before) => {
    const anchor = element("a", "e" + chosen.number(to), { href: "#e" + chosen.number(to) });
    anchor.addEventListener("click", (event) => {
      event.preventDefault();
      chosen.select(to);
    });
    return [before, anchor];
  };
  add("event", element("a", "e" + number, { href: "#e" + number, title: "The link to this event" }),
    " of " + (run.first_event + events.count - 1));
  add("true time", time_text(events.at[i], 1));
  const clock = events.node[i] < 0 ? null : clock_at(run.nodes[events.node[i]].clock, events.at[i]);
  if (clock) add("own clock", time_text(clock.reading, 1));
  if (cause >= 0 && events.kind[i] !== run.kind.fault_ends) {
    add("sent", ...link(cause, length_text(events.at[i] - events.at[cause]) + " before, "));
  } else if (cause >= 0) {
    add("began", ...link(cause, length_text(events.at[i] - events.at[cause]) + " before, "));
  }
  if (effect >= 0) {
    const word = events.kind[effect] === run.kind.arrived ? "arrived"
      : events.kind[effect] === run.kind.dropped ? "dropped" : "over";
    add(word, ...link(effect, length_text(events.at[effect] - events.at[i]) + " later, "));
  }
  details.append(list);
  const is_datagram = [run.kind.sent, run.kind.arrived].includes(events.kind[i]);
  if (is_datagram) {
    const text = text_of(run, i);
    if (text === "") add_message(details, "keep-alive: a frame without a message");
    else text.split(" | ").forEach((message) => add_message(details, message));
  }
}

function show_clocks(scene, at) {
  document.getElementById("clocks_title").textContent = "Clocks at " + time_text(at, 1000);
  const rows = scene.run.nodes.map((node, i) => {
    const row = element("tr"), clock = clock_at(node.clock, at);
    const name = element("td");
    const swatch = element("span", "", { className: "swatch" });
    swatch.style.background = colour_of_node(i);
    name.append(swatch, node.name);
    row.append(name);
    if (clock) {
      row.append(element("td", time_text(clock.reading, 1000)), element("td", signed(length_text(clock.ahead))),
        element("td", signed(clock.ppm.toFixed(1))));
    } else {
      row.append(element("td", "—"), element("td", "—"), element("td", "—"));
    }
    return row;
  });
  document.querySelector("#clocks tbody").replaceChildren(...rows);
}

function signed(text) {
  return text.startsWith("-") ? "−" + text.slice(1) : "+" + text;
}

function show_faults(scene, at) {
  const now = scene.run.faults.filter((one) => one.from <= at && at <= one.to);
  const items = now.map((one) => element("li", one.text));
  if (items.length === 0) items.push(element("li", "none", { className: "none" }));
  document.getElementById("faults_title").textContent = "Faults at " + time_text(at, 1000);
  document.getElementById("faults").replaceChildren(...items);
}

function fill_problems(scene, go_to_overlap) {
  const { run } = scene;
  const items = run.overlaps.map((one, i) => {
    const item = element("li");
    const button = element("button", "lock " + run.locks[one.lock] + ": " +
      name_of(run, one.first.node) + " r" + one.first.request + " and " +
      name_of(run, one.second.node) + " r" + one.second.request + " for " +
      length_text(one.to - one.from) + " from " + time_text(one.from), { type: "button", className: "alarm" });
    button.addEventListener("click", () => go_to_overlap(i));
    item.append(button);
    return item;
  });
  document.getElementById("problems").replaceChildren(...items);
  document.getElementById("problems_section").hidden = items.length === 0;
}

function fill_options(run) {
  const rows = run.options.map(([name, value]) => {
    const row = element("tr");
    row.append(element("td", name.replaceAll("_", " ")), element("td", value));
    return row;
  });
  document.getElementById("options").replaceChildren(...rows);
}

// Small drawings by the same functions as the picture's own.
function fill_legend(theme) {
  const shape = (name) => (ctx) => draw_shape(ctx, theme, name, 10, 7, theme.text);
  const line = (colour, ends) => (ctx) => {
    ctx.strokeStyle = colour;
    ctx.lineWidth = 1.5;
    if (ends === "lost") ctx.setLineDash([4, 3]);
    ctx.beginPath();
    ctx.moveTo(1, 3);
    ctx.lineTo(17, 10);
    ctx.stroke();
    ctx.setLineDash([]);
    if (ends === "lost") draw_cross(ctx, 15, 9, 3, theme.fault);
    else draw_head(ctx, { x1: 1, y1: 3, x2: 19, y2: 11 }, colour);
  };
  const fill = (style) => (ctx) => {
    ctx.fillStyle = style(ctx);
    ctx.fillRect(1, 1, 18, 12);
  };
  const items = [
    ["asks for a lock", shape("ask")], ["lets go", shape("let_go")], ["granted", shape("granted")],
    ["lost", shape("lost")], ["failed", shape("failed")], ["told", shape("told")],
    ["starts", shape("start")], ["stops", shape("stop")],
    ["REQUEST", line(theme.message.REQUEST)], ["VOTE", line(theme.message.VOTE)],
    ["RELEASE", line(theme.message.RELEASE)], ["RECALL, RELINQUISH", line(theme.message.RECALL)],
    ["never came", line(theme.gossip, "lost")],
    ["down", fill((ctx) => striped(ctx, theme.down, theme.soft))],
    ["stands still", fill(() => theme.pause)], ["fault", fill(() => theme.fault)],
    ["two holders", fill(() => theme.red)],
  ];
  document.getElementById("legend").replaceChildren(...items.map(([text, draw]) => {
    const item = element("span", "", { className: "item" });
    const canvas = element("canvas", "", { width: 40, height: 28 });
    canvas.style.width = "20px";
    canvas.style.height = "14px";
    const ctx = canvas.getContext("2d");
    ctx.scale(2, 2);
    draw(ctx);
    item.append(canvas, text);
    return item;
  }));
}
