// Reads the numbers and texts that sim/report/packing.cpp has written.

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const bits_of = new Uint8Array(128);
for (let i = 0; i < 64; ++i) bits_of[alphabet.charCodeAt(i)] = i;

class number_reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }
  get over() { return this.at >= this.text.length; }

  // Numbers of up to 53 bits.
  next() {
    let value = 0, scale = 1;
    for (;;) {
      const bits = bits_of[this.text.charCodeAt(this.at++)];
      value += (bits & 31) * scale;
      if (bits < 32) return value;
      scale *= 32;
    }
  }
  next_signed() {
    const folded = this.next();
    return folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
  }
  // Numbers of 64 bits.
  next_great() {
    let folded = 0n, shift = 0n;
    for (;;) {
      const bits = bits_of[this.text.charCodeAt(this.at++)];
      folded |= BigInt(bits & 31) << shift;
      if (bits < 32) break;
      shift += 5n;
    }
    return folded & 1n ? -((folded + 1n) >> 1n) : folded >> 1n;
  }
}

// All texts, by number.
function unpack_texts(data) {
  const patterns = data.patterns.map((pattern) => pattern.split(/([\u0001-\u0003])/));
  const from_messages = new number_reader(data.messages);
  const from_texts = new number_reader(data.texts);
  const messages = [], texts = [];
  let great = 0n;

  function next_message() {
    return patterns[from_messages.next()].map((part) => {
      if (part === "\u0001") return from_messages.next();
      if (part === "\u0002") {
        great = BigInt.asUintN(64, great + from_messages.next_great());
        return great;
      }
      if (part === "\u0003") {
        const length = from_messages.next();
        return String(from_messages.next()).padStart(length, "0");
      }
      return part;
    }).join("");
  }

  while (!from_texts.over) {
    const parts = [];
    for (let left = from_texts.next(); left > 0; --left) {
      const ago = from_texts.next();
      if (ago === 0) messages.push(next_message());
      parts.push(messages[messages.length - (ago || 1)]);
    }
    texts.push(parts.join(" | "));
  }
  return texts;
}

// [from, to] of each.
function unpack_intervals(packed) {
  const reader = new number_reader(packed), list = [];
  for (let from = 0; !reader.over;) {
    from += reader.next_signed();
    list.push([from, from + reader.next()]);
  }
  return list;
}
