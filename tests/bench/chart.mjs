// Draws the chart: for each scenario a bar for the floor, this server and Node.js. Each scenario has
// its own scale, in which the longest bar fills the width.

const bars = [
  ["floor", "the floor: no protocol", "#9aa5b1"],
  ["ours", "this server", "#1f6feb"],
  ["node", "Socket.IO or ws on Node.js", "#e5a50a"],
];
const width = 860;
const left = 330;
const longest = 340;
const bar_height = 13;
const font = 'font-family="system-ui, sans-serif"';

const escape = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

function text(x, y, content, size, more = "") {
  return `<text x="${x}" y="${y}" font-size="${size}" ${font} ${more}>${escape(content)}</text>`;
}

function quotient(value) {
  return value >= 10 ? value.toFixed(0) : value.toFixed(1);
}

// Breaks a title into lines.
function wrap(title, most) {
  const lines = [""];
  for (const word of title.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (longer.length > most && lines.at(-1) !== "") lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

// `rows` are { title, unit, floor, ours, node }, the last three numbers or nothing.
export function draw_chart(rows, environment) {
  const parts = [];
  let y = 34;
  parts.push(text(20, y, "What a message, and a client, costs the server", 17, 'font-weight="600" fill="#1c2128"'));
  y += 22;
  parts.push(text(20, y, "Processor time for each delivery or new client, memory for each idle one. " +
    "Shorter is better; each scenario has its own scale.", 13, 'fill="#57606a"'));
  y += 16;
  let x = 20;
  for (const [, name, colour] of bars) {
    parts.push(`<rect x="${x}" y="${y}" width="12" height="12" rx="2" fill="${colour}"/>`);
    parts.push(text(x + 18, y + 11, name, 13, 'fill="#1c2128"'));
    x += 40 + name.length * 7;
  }
  y += 34;
  for (const row of rows) {
    if (!row.node) continue;
    const shown = bars.map(([server, , colour]) => [row[server], colour]).filter(([value]) => value);
    const lines = wrap(row.title, 44);
    const most = Math.max(...shown.map(([value]) => value));
    const height = Math.max(shown.length * (bar_height + 2), lines.length * 17);
    lines.forEach((line, i) => {
      parts.push(text(left - 14, y + height / 2 + 5 + (i - (lines.length - 1) / 2) * 17, line, 13,
        'text-anchor="end" fill="#1c2128"'));
    });
    let top = y + (height - shown.length * (bar_height + 2)) / 2;
    for (const [value, colour] of shown) {
      const length = Math.max((value / most) * longest, 1.5);
      const less = row.node > value ? `, ${quotient(row.node / value)} × less` : "";
      const label = `${value >= 99.5 ? value.toFixed(0) : value.toPrecision(2)} ${row.unit}${less}`;
      parts.push(`<rect x="${left}" y="${top.toFixed(1)}" width="${length.toFixed(1)}" height="${bar_height}" rx="2" fill="${colour}"/>`);
      parts.push(text((left + length + 6).toFixed(1), (top + bar_height - 2).toFixed(1), label, 12, 'fill="#1c2128"'));
      top += bar_height + 2;
    }
    y += height + 16;
  }
  parts.push(text(20, y + 6, `${environment.processor}; ${environment.system}; Node.js ${environment["Node.js"]}; ${environment.date}`,
    11, 'fill="#57606a"'));
  y += 24;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" role="img" aria-label="What a message and a client cost: the floor, this server, Node.js">
<rect width="${width}" height="${y}" rx="8" fill="#ffffff"/>
${parts.join("\n")}
</svg>
`;
}
