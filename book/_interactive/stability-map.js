// The map of stability of the alternating bilinear game: a place on it, and the trajectory there.

import { bilinearVerdict, operatorEigenvalues, operatorRadius } from "negmom/algorithms";
import { alternatingEdge } from "negmom/formulas";
import { Panel, decimal, html, slider, spaced, svg, verdict } from "negmom/panel";
import { Phase } from "negmom/phase";

const MOMENTA = [-1, 0.5];
const STEPS = [0, 2.4];
const CELLS = 156; // each way
const SHADES = [0.45, 1.55]; // radii at the ends of the scale

export function draw(stage, state) {
  const panels = html("div", { class: "panels" }, stage);
  const left = html("div", {}, panels);
  const map = new Panel(left, {
    range: { x: MOMENTA, y: STEPS },
    ticks: { x: [-1, -0.5, 0, 0.5], y: [0, 0.5, 1, 1.5, 2] },
    title: "Spectral radius",
    xlabel: "momentum *β*",
    ylabel: "step size *ησ*",
    label: "Map of the spectral radius over momentum and step size",
  });
  const { left: x, right, top: y, bottom } = map.inside();
  const picture = svg(
    "image",
    { x, y, width: right - x, height: bottom - y, preserveAspectRatio: "none", class: "map" },
    map.marks,
  );
  const edge = map.path("edge");
  map.trace(edge, [...spaced(-1, 0, 60).map((beta) => [beta, alternatingEdge(beta)]), [0, 0]]);
  const place = map.handle({
    label: "Momentum and step size",
    bounds: { x: MOMENTA, y: [0.02, STEPS[1]] },
    step: 0.01,
    key: 0.02,
    describe: (beta, eta) => `beta ${decimal(beta)}, eta sigma ${decimal(eta)}`,
    move: (beta, eta) => change({ beta, eta }),
  });
  // a tap or a click anywhere goes there; a mouse may go on dragging from it
  map.svg.classList.add("clickable");
  const here = (event) => place.go(...map.at(event));
  map.svg.addEventListener("click", (event) => {
    if (!place.group.contains(event.target)) here(event);
  });
  map.svg.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    here(event);
    map.svg.setPointerCapture(event.pointerId);
    event.preventDefault();
    place.group.focus({ preventScroll: true });
  });
  map.svg.addEventListener("pointermove", (event) => {
    if (map.svg.hasPointerCapture(event.pointerId)) here(event);
  });

  const phase = new Phase(panels, state.start, (start) => change({ start }));
  const legend = scale(left);
  const controls = html("div", { class: "controls" }, stage);
  const momentum = slider(controls, {
    symbol: "*β*", label: "momentum beta", min: MOMENTA[0], max: MOMENTA[1], step: 0.01,
    value: state.beta, input: (beta) => change({ beta }),
  });
  const step = slider(controls, {
    symbol: "*ησ*", label: "step size eta times sigma", min: 0.02, max: STEPS[1], step: 0.01,
    value: state.eta, input: (eta) => change({ eta }),
  });
  const say = verdict(stage);
  const radii = radiusGrid();

  function paint() {
    const colors = palette(stage);
    picture.setAttribute("href", shade(radii, CELLS, CELLS, colors));
    legend(colors);
  }

  function change(next) {
    Object.assign(state, next);
    render();
  }

  function render() {
    const { start, eta, beta } = state;
    momentum.set(beta);
    step.set(eta);
    place.set(beta, eta);
    phase.update(start, eta, beta, "alternating");
    const radius = operatorRadius(operatorEigenvalues(eta, beta, "alternating"));
    const outcome = bilinearVerdict(eta, beta, "alternating");
    say(outcome, { converges: "Converges", bounded: "Bounded", unbounded: "Unbounded" }[outcome], explain(outcome, radius));
  }

  paint();
  render();
  new MutationObserver(paint).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}

function explain(outcome, radius) {
  const text = `spectral radius ${decimal(radius, 3)}`;
  if (outcome === "bounded") return `${text}: it goes around and never arrives.`;
  if (Math.abs(radius - 1) < 1e-6) return `${text}, but a double eigenvalue on the circle.`;
  const steps = Math.log(2) / Math.abs(Math.log(radius));
  const word = outcome === "converges" ? "halves" : "doubles";
  return `${text}: in the long run the distance ${word} every ${decimal(steps, steps < 10 ? 1 : 0)} steps.`;
}

/** The radius at the middle of each cell, row by row from the top; each starts from its neighbor. */
function radiusGrid() {
  const radii = new Float32Array(CELLS * CELLS);
  for (let row = 0; row < CELLS; row++) {
    const eta = STEPS[1] - ((row + 0.5) / CELLS) * (STEPS[1] - STEPS[0]);
    let last = null;
    for (let column = 0; column < CELLS; column++) {
      const beta = MOMENTA[0] + ((column + 0.5) / CELLS) * (MOMENTA[1] - MOMENTA[0]);
      const mu = operatorEigenvalues(eta, beta, "alternating", last);
      last = mu.offset;
      radii[row * CELLS + column] = operatorRadius(mu);
    }
  }
  return radii;
}

/** The theme's colors of the scale: fastest, just stable, just unstable, fastest away. */
function palette(node) {
  const style = getComputedStyle(node);
  return ["--map-fast", "--map-stable", "--map-unstable", "--map-away"].map((name) =>
    style.getPropertyValue(name).trim().match(/[0-9a-f]{2}/gi).map((part) => parseInt(part, 16)),
  );
}

function color(radius, [fast, stable, unstable, away]) {
  const [low, high] = SHADES;
  const inside = radius < 1;
  const [from, to] = inside ? [stable, fast] : [unstable, away];
  const share = Math.min(1, Math.abs(radius - 1) / (inside ? 1 - low : high - 1));
  return from.map((part, k) => part + share ** 0.8 * (to[k] - part));
}

/** An image of the given radii, as a data address. */
function shade(radii, width, height, colors) {
  const canvas = html("canvas", { width, height });
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(width, height);
  radii.forEach((radius, k) => pixels.data.set([...color(radius, colors), 255], 4 * k));
  context.putImageData(pixels, 0, 0);
  return canvas.toDataURL();
}

/** The scale of colors below the map. */
function scale(parent) {
  const figure = html("div", { class: "scale", "aria-hidden": "true" }, parent);
  const bar = html("img", { alt: "" }, figure);
  const names = html("div", {}, figure);
  for (const value of [0.5, 0.75, 1, 1.25, 1.5]) {
    const at = (value - SHADES[0]) / (SHADES[1] - SHADES[0]);
    html("span", { style: `left: ${(100 * at).toFixed(1)}%` }, names, String(value));
  }
  return (colors) => {
    bar.src = shade(Float32Array.from(spaced(...SHADES, 220)), 220, 1, colors);
  };
}
