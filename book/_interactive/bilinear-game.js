// The opening figure: the bilinear game, the eigenvalues of its operator and Table 1, side by side.

import { bilinearVerdict, operatorEigenvalues, operatorRadius } from "negmom/algorithms";
import { alternatingEdge } from "negmom/formulas";
import { Panel, button, choice, decimal, html, sign, slider, spaced, verdict, write } from "negmom/panel";
import { Phase } from "negmom/phase";

const MOMENTA = [-1, 0.9];
const VIEW = 1.6; // half the width of the complex plane

// Table 1 of the paper: updates, momentum, bounded, converges
const TABLE = [
  { updates: "simultaneous", momentum: "any *β*", has: () => true, bounded: false, converges: false },
  { updates: "alternating", momentum: "*β* > 0", has: (b) => b > 0, bounded: false, converges: false },
  { updates: "alternating", momentum: "*β* = 0", has: (b) => b === 0, bounded: true, converges: false },
  { updates: "alternating", momentum: "*β* < 0", has: (b) => b < 0, bounded: true, converges: true },
];

export function draw(stage, state) {
  const panels = html("div", { class: "panels" }, stage);
  const phase = new Phase(panels, state.start, (start) => change({ start }));
  const plane = new Panel(panels, {
    range: { x: [-VIEW, VIEW], y: [-VIEW, VIEW] },
    ticks: { x: [-1, 0, 1], y: [-1, 0, 1] },
    title: "Four eigenvalues *μ*",
    xlabel: "Re",
    ylabel: "Im",
    label: "The four eigenvalues of the operator in the unit circle",
  });
  const disk = plane.dot("unit-disk", 1);
  plane.circle(disk, 0, 0, 1);
  const paths = { positive: plane.path("locus positive"), negative: plane.path("locus negative") };
  const circle = plane.dot("radius-circle", 1);
  const dots = [0, 1, 2, 3].map(() => plane.dot("eigenvalue", 6));

  const controls = html("div", { class: "controls" }, stage);
  const momentum = slider(controls, {
    symbol: "*β*", label: "momentum beta", min: MOMENTA[0], max: MOMENTA[1], step: 0.01,
    value: state.beta, input: (beta) => change({ beta }),
  });
  const step = slider(controls, {
    symbol: "*ησ*", label: "step size eta times sigma", min: 0.05, max: 2.2, step: 0.01,
    value: state.eta, input: (eta) => change({ eta }),
  });
  const switches = html("div", { class: "buttons" }, controls);
  choice(switches, {
    label: "updates", name: "updates", value: state.updates,
    options: { simultaneous: "simultaneous", alternating: "alternating" },
    change: (updates) => change({ updates }),
  });
  const play = button(switches, "", () => (falling ? stop() : fall()));
  const say = verdict(stage);
  const table = tableOne(stage);
  let falling = 0;
  let shown = {}; // what the loci were drawn for
  stop();

  function change(next) {
    stop();
    Object.assign(state, next);
    render();
  }

  function render() {
    const { start, eta, beta, updates } = state;
    momentum.set(beta);
    step.set(eta);
    phase.update(start, eta, beta, updates);
    if (shown.eta !== eta || shown.updates !== updates) {
      for (const [name, points] of Object.entries(loci(eta, updates))) plane.scatter(paths[name], points);
      shown = { eta, updates };
    }
    const mu = operatorEigenvalues(eta, beta, updates);
    const radius = operatorRadius(mu);
    const outcome = bilinearVerdict(eta, beta, updates);
    plane.circle(circle, 0, 0, radius);
    stage.dataset.sign = sign(beta);
    dots.forEach((dot, k) => {
      const beyond = Math.max(Math.abs(mu.re[k]), Math.abs(mu.im[k])) / (VIEW - 0.06);
      plane.place(dot, mu.re[k] / Math.max(1, beyond), mu.im[k] / Math.max(1, beyond));
      dot.classList.toggle("beyond", beyond > 1);
    });
    say(outcome, ...explain(outcome, radius, state));
    table(updates, beta, outcome);
  }

  /** Let β fall through its range, at constant speed, until it ends or the reader does anything. */
  function fall() {
    const from = state.beta > -0.5 ? state.beta : 0.5;
    let began = null;
    const frame = (now) => {
      began ??= now;
      state.beta = Math.round(100 * Math.max(MOMENTA[0], from - (now - began) / 4000)) / 100;
      render();
      falling = state.beta > MOMENTA[0] ? requestAnimationFrame(frame) : 0;
      if (!falling) stop();
    };
    falling = requestAnimationFrame(frame);
    write(play, "❚❚ stop");
  }

  function stop() {
    cancelAnimationFrame(falling);
    falling = 0;
    write(play, "▶ let *β* fall");
  }

  render();
}

/** The eigenvalues for all momenta at one step, apart by the sign of β. */
function loci(eta, updates) {
  const points = { positive: [], negative: [] };
  let last = null;
  for (const beta of spaced(...MOMENTA, 191)) {
    const mu = operatorEigenvalues(eta, beta, updates, last);
    last = mu.offset;
    for (let k = 0; k < 4; k++) points[beta < 0 ? "negative" : "positive"].push([mu.re[k], mu.im[k]]);
  }
  return points;
}

function explain(outcome, radius, { eta, beta, updates }) {
  const percent = decimal(100 * Math.abs(radius - 1), Math.abs(radius - 1) < 0.02 ? 2 : 1);
  const circle = `spectral radius ${decimal(radius, 3)}`;
  if (outcome === "converges")
    return ["Converges", `${circle}: in the long run each step takes ${percent} % off the distance.`];
  if (outcome === "bounded") return ["Bounded", `${circle}: it goes around and never arrives.`];
  const edge = alternatingEdge(beta);
  const why =
    updates === "alternating" && beta < 0 && beta > -1 && eta > edge
      ? ` Here *ησ* must be below 2(1 + *β*) = ${decimal(edge)}.`
      : "";
  if (Math.abs(radius - 1) < 1e-6)
    return ["Unbounded", `${circle}, but a double eigenvalue on the circle: the distance grows like *t*.${why}`];
  return ["Unbounded", `${circle}: in the long run each step adds ${percent} % to the distance.${why}`];
}

/** Table 1 as the paper prints it; the returned function lights a row and marks where the run differs. */
function tableOne(parent) {
  const table = html("table", { class: "table-1" }, parent);
  html("caption", {}, table, "Table 1, as printed");
  const head = html("tr", {}, html("thead", {}, table));
  for (const text of ["updates", "momentum", "bounded", "converges"]) html("th", { scope: "col" }, head, text);
  const body = html("tbody", {}, table);
  const rows = TABLE.map((entry) => {
    const row = html("tr", {}, body);
    html("th", { scope: "row" }, row, entry.updates);
    write(html("td", {}, row), entry.momentum);
    return { ...entry, row, cells: ["bounded", "converges"].map(() => html("td", { class: "mark" }, row)) };
  });
  return (updates, beta, outcome) => {
    const found = { bounded: outcome !== "unbounded", converges: outcome === "converges" };
    for (const entry of rows) {
      const lit = entry.updates === updates && entry.has(beta);
      entry.row.classList.toggle("lit", lit);
      ["bounded", "converges"].forEach((name, k) => {
        const differs = lit && found[name] !== entry[name];
        const text = mark(entry[name]) + (differs ? ` but here ${mark(found[name])}` : "");
        if (entry.cells[k].textContent !== text) entry.cells[k].textContent = text;
        entry.cells[k].classList.toggle("differs", differs);
      });
    }
  };
}

const mark = (yes) => (yes ? "✓" : "✗");
