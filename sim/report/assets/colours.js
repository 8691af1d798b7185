// Colours of the page's style, and one for each node. Red is for overlaps alone.

const node_colours = [
  "#2f6fb7", "#a85f00", "#1f7a4a", "#7b4fb5", "#0d7684", "#ad3f83",
  "#66701a", "#87572f", "#4b53b8", "#546476", "#00756a", "#8a4a9e",
];

function colour_of_node(node) {
  if (node < 0) return "#546476";
  return node_colours[node % node_colours.length];
}

// As the style says them at the moment: it follows the system's choice of light and dark.
function read_theme() {
  const style = getComputedStyle(document.documentElement);
  const theme = {};
  for (const name of ["ground", "raised", "line", "soft", "text", "dim", "accent", "red",
    "red-ground", "good", "fault", "fault-ground", "down", "pause", "match", "gossip"]) {
    theme[name.replace("-", "_")] = style.getPropertyValue("--" + name).trim();
  }
  theme.dark = matchMedia("(prefers-color-scheme: dark)").matches;
  theme.message = theme.dark
    ? { REQUEST: "#7ab5f0", VOTE: "#6ed394", RELEASE: "#c3a6f2", RECALL: "#f0b050",
        RELINQUISH: "#f0b050", BUSY: "#d7a0c4", REFUSAL: "#d7a0c4" }
    : { REQUEST: "#1d5fa8", VOTE: "#1c7340", RELEASE: "#6b45a3", RECALL: "#a15c00",
        RELINQUISH: "#a15c00", BUSY: "#9c3574", REFUSAL: "#9c3574" };
  return theme;
}

// Of several messages, the one that moves a vote says the colour.
function colour_of_message(theme, text) {
  for (const word of ["VOTE", "RELEASE", "RELINQUISH", "REQUEST", "RECALL", "BUSY", "REFUSAL"]) {
    if (text.includes(word)) return theme.message[word];
  }
  return theme.gossip;
}
