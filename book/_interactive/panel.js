// What the figures share: panels of SVG, points that mouse, touch and keys move, and labelled controls.

const SVG = "http://www.w3.org/2000/svg";

function make(node, attributes, parent, text) {
  set(node, attributes);
  if (text !== undefined) node.textContent = text;
  parent?.append(node);
  return node;
}

export const html = (name, attributes, parent, text) =>
  make(document.createElement(name), attributes, parent, text);

export const svg = (name, attributes, parent, text) =>
  make(document.createElementNS(SVG, name), attributes, parent, text);

export function set(node, attributes = {}) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

/** Show or hide; SVG elements have no `hidden` property. */
export function show(node, visible) {
  node.style.display = visible ? "" : "none";
}

/** A number with a fixed count of decimals and a true minus sign. */
export function decimal(value, digits = 2) {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? (0).toFixed(digits) : text.replace("-", "−");
}

/** x ± iy as text. */
export function complex(x, y, digits = 2) {
  if (Math.abs(y) < 0.5 * 10 ** -digits) return decimal(x, digits);
  return `${decimal(x, digits)} ${y < 0 ? "−" : "+"} ${decimal(Math.abs(y), digits)}i`;
}

const clamp = (value, [low, high]) => Math.min(high, Math.max(low, value));
const snap = (value, step) => Number((Math.round(value / step) * step).toFixed(6));

/** What the style sheet calls a momentum: negative, zero or positive. */
export const sign = (value) => (value < 0 ? "negative" : value > 0 ? "positive" : "zero");

/**
 * Axes in SVG. Data coordinates go in, `px` and `py` give pixels of the view box. With `range`
 * `{x: [low, high], y: [low, high]}` and `ticks` `{x: [...], y: [...]}`.
 */
export class Panel {
  constructor(parent, { width = 360, height = 364, range, ticks, title, xlabel, ylabel, label }) {
    Object.assign(this, { width, height, range });
    this.margin = { left: 44, right: 14, top: 26, bottom: 36 };
    this.svg = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": label }, parent);
    const { left, right, top, bottom } = this.inside();
    const id = `clip-${Math.random().toString(36).slice(2)}`;
    const clip = svg("clipPath", { id }, svg("defs", {}, this.svg));
    svg("rect", { x: left, y: top, width: right - left, height: bottom - top }, clip);
    this.back = svg("g", { class: "axes", "aria-hidden": "true" }, this.svg);
    this.marks = svg("g", { "clip-path": `url(#${id})`, "aria-hidden": "true" }, this.svg);
    this.front = svg("g", {}, this.svg);
    for (const x of ticks?.x ?? []) {
      svg("line", { x1: this.px(x), x2: this.px(x), y1: top, y2: bottom, class: x === 0 ? "zero" : "" }, this.back);
      this.text(this.px(x), bottom + 15, tick(x), "tick middle");
    }
    for (const y of ticks?.y ?? []) {
      svg("line", { x1: left, x2: right, y1: this.py(y), y2: this.py(y), class: y === 0 ? "zero" : "" }, this.back);
      this.text(left - 5, this.py(y) + 4, tick(y), "tick end");
    }
    if (title) this.text(left, 15, title, "title");
    if (xlabel) this.text(right, bottom + 31, xlabel, "end");
    if (ylabel) {
      const name = this.text(0, 0, ylabel, "middle");
      set(name, { transform: `translate(12 ${(top + bottom) / 2}) rotate(-90)` });
    }
  }

  inside() {
    const { left, right, top, bottom } = this.margin;
    return { left, right: this.width - right, top, bottom: this.height - bottom };
  }

  px(x) {
    const { left, right } = this.inside();
    const [low, high] = this.range.x;
    return left + ((x - low) / (high - low)) * (right - left);
  }

  py(y) {
    const { top, bottom } = this.inside();
    const [low, high] = this.range.y;
    return bottom - ((y - low) / (high - low)) * (bottom - top);
  }

  /** Data coordinates of a pointer event. */
  at(event) {
    const box = this.svg.getBoundingClientRect();
    const { left, right, top, bottom } = this.inside();
    const across = ((event.clientX - box.left) / box.width) * this.width;
    const down = ((event.clientY - box.top) / box.height) * this.height;
    const { x, y } = this.range;
    return [
      x[0] + ((across - left) / (right - left)) * (x[1] - x[0]),
      y[0] + ((bottom - down) / (bottom - top)) * (y[1] - y[0]),
    ];
  }

  /** Text at pixels; `*` around a piece makes it a variable, in italics. */
  text(x, y, content, kind, parent = this.back) {
    return write(svg("text", { x, y, class: kind }, parent), content);
  }

  path(kind) {
    return svg("path", { class: kind }, this.marks);
  }

  /** Give `path` the points [[x, y], …]; a gap where one is not finite, and no more beyond far outside. */
  trace(path, points, closed = false) {
    let data = "";
    let pen = "M";
    for (const [x, y] of points) {
      const across = this.px(x);
      const down = this.py(y);
      if (Math.abs(across) < 1e5 && Math.abs(down) < 1e5) {
        data += `${pen}${across.toFixed(1)} ${down.toFixed(1)}`;
        pen = "L";
      } else pen = "M";
    }
    path.setAttribute("d", data + (closed && data ? "Z" : ""));
  }

  /** Give `path` a dot at each of the points; the stroke's width is its size. */
  scatter(path, points) {
    let data = "";
    for (const [x, y] of points) data += `M${this.px(x).toFixed(1)} ${this.py(y).toFixed(1)}h0`;
    path.setAttribute("d", data);
  }

  dot(kind, radius) {
    return svg("circle", { r: radius, class: kind }, this.marks);
  }

  place(node, x, y) {
    set(node, { cx: this.px(x).toFixed(2), cy: this.py(y).toFixed(2) });
  }

  /** A circle of the plane around (x, y). */
  circle(node, x, y, radius) {
    this.place(node, x, y);
    const scale = Math.abs(this.px(1) - this.px(0));
    node.setAttribute("r", (radius * scale).toFixed(2));
  }

  /** A segment between two points of the plane. */
  segment(node, [x1, y1], [x2, y2]) {
    set(node, { x1: this.px(x1), y1: this.py(y1), x2: this.px(x2), y2: this.py(y2) });
  }

  /**
   * A point to drag. `bounds` {x, y} limit it, `step` is the grid it snaps to, `key` the length of one
   * arrow key (ten with Shift), `describe(x, y)` is what a screen reader says, `move(x, y)` reports.
   */
  handle({ label, kind = "", bounds = this.range, step = 0.01, key = step, describe, move }) {
    const group = svg(
      "g",
      { class: `handle ${kind}`, role: "slider", tabindex: 0, "aria-label": label },
      this.front,
    );
    svg("circle", { r: 22, class: "reach" }, group);
    svg("circle", { r: 13, class: "ring" }, group);
    svg("circle", { r: 7.5, class: "knob" }, group);
    const handle = { group, x: 0, y: 0 };
    const fixed = { x: bounds.x[0] === bounds.x[1], y: bounds.y[0] === bounds.y[1] };
    handle.set = (x, y) => {
      Object.assign(handle, { x, y });
      const across = this.px(clamp(x, this.range.x));
      const down = this.py(clamp(y, this.range.y));
      const [low, high] = fixed.x ? bounds.y : bounds.x;
      set(group, {
        transform: `translate(${across.toFixed(2)} ${down.toFixed(2)})`,
        "aria-valuemin": low,
        "aria-valuemax": high,
        "aria-valuenow": fixed.x ? y : x,
        "aria-valuetext": describe(x, y),
      });
    };
    const go = (x, y) =>
      move(
        fixed.x ? handle.x : snap(clamp(x, bounds.x), step),
        fixed.y ? handle.y : snap(clamp(y, bounds.y), step),
      );
    handle.go = go;
    draggable(group, () => [handle.x, handle.y], this, go);
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    group.addEventListener("keydown", (event) => {
      let [across, up] = arrows[event.key] ?? [0, 0];
      if (across === 0 && up === 0) return;
      if (fixed.x && across) [across, up] = [0, across];
      if (fixed.y && up) [across, up] = [up, 0];
      const length = key * (event.shiftKey ? 10 : 1);
      event.preventDefault();
      go(handle.x + across * length, handle.y + up * length);
    });
    return handle;
  }
}

/** Report where a pointer that went down on `node` moves to, in data coordinates of `panel`. */
function draggable(node, origin, panel, go) {
  let offset = null;
  node.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const [x, y] = panel.at(event);
    const [x0, y0] = origin();
    offset = [x0 - x, y0 - y];
    node.setPointerCapture(event.pointerId);
    node.classList.add("dragging");
    node.focus({ preventScroll: true });
    event.preventDefault();
    event.stopPropagation();
  });
  node.addEventListener("pointermove", (event) => {
    if (!offset) return;
    const [x, y] = panel.at(event);
    go(x + offset[0], y + offset[1]);
  });
  // `touch-action` on a part of an SVG does not keep every browser from scrolling; this does.
  node.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
  const release = () => {
    offset = null;
    node.classList.remove("dragging");
  };
  node.addEventListener("lostpointercapture", release);
  node.addEventListener("pointercancel", release);
}

function tick(value) {
  return String(value).replace("-", "−");
}

/** Write text into a node; `*x*` becomes an italic variable and `_1` a subscript. */
export function write(node, content) {
  node.replaceChildren();
  const inSvg = node.namespaceURI === SVG;
  for (const piece of content.split(/(\*[^*]+\*|_[0-9a-z]+(?![a-z]))/)) {
    if (!piece) continue;
    if (piece[0] === "*") {
      inSvg ? svg("tspan", { class: "variable" }, node, piece.slice(1, -1)) : html("i", {}, node, piece.slice(1, -1));
    } else if (piece[0] === "_") {
      inSvg
        ? svg("tspan", { class: "subscript", dy: 3 }, node, piece.slice(1))
        : html("sub", {}, node, piece.slice(1));
    } else if (inSvg && node.lastChild?.classList?.contains("subscript")) {
      svg("tspan", { dy: -3 }, node, piece);
    } else node.append(piece);
  }
  return node;
}

/** A labelled slider with its value beside it. */
export function slider(parent, { symbol, label, min, max, step, value, digits = 2, input }) {
  const row = html("label", { class: "slider" }, parent);
  write(html("span", { class: "symbol" }, row), symbol);
  const range = html("input", { type: "range", min, max, step, "aria-label": label }, row);
  const output = html("output", {}, row);
  // The value may be finer than the slider's steps: the words follow the value.
  const show = (exact) => {
    output.textContent = decimal(exact, digits);
    range.setAttribute("aria-valuetext", output.textContent);
    const filled = (range.value - range.min) / (range.max - range.min);
    range.style.setProperty("--filled", `${(100 * filled).toFixed(2)}%`);
  };
  range.addEventListener("input", () => {
    show(range.valueAsNumber);
    input(range.valueAsNumber);
  });
  range.value = value;
  show(value);
  return {
    set(next) {
      range.value = next;
      show(next);
    },
  };
}

/** A group of radio buttons that looks like one switch. */
export function choice(parent, { label, name, options, value, change }) {
  const group = html("fieldset", { class: "choice" }, parent);
  html("legend", {}, group, label);
  const unique = `${name}-${Math.random().toString(36).slice(2)}`;
  for (const [key, text] of Object.entries(options)) {
    const row = html("label", {}, group);
    const radio = html("input", { type: "radio", name: unique, value: key }, row);
    radio.checked = key === value;
    html("span", {}, row, text);
    radio.addEventListener("change", () => change(key));
  }
}

export function button(parent, content, click) {
  const node = write(html("button", { type: "button" }, parent), content);
  node.addEventListener("click", click);
  return node;
}

/** The line that says what the figure shows: a highlighted word, then why. */
export function verdict(parent) {
  const line = html("p", { class: "verdict", role: "status" }, parent);
  const word = html("strong", {}, line);
  const reason = html("span", {}, line);
  return (kind, short, long) => {
    line.dataset.kind = kind;
    if (word.textContent !== short) word.textContent = short;
    write(reason, long);
  };
}

/** Equally spaced numbers from `low` to `high`. */
export function spaced(low, high, count) {
  return Array.from({ length: count }, (_, k) => low + ((high - low) * k) / (count - 1));
}
