// The plane (φ, θ) of the bilinear game: its field, a start to drag, the trajectory from there.

import { trajectory } from "negmom/algorithms";
import { Panel, decimal, sign, spaced, svg } from "negmom/panel";

const STEPS = 200;
const REACH = 2;

export class Phase {
  constructor(parent, start, moved) {
    const range = { x: [-REACH, REACH], y: [-REACH, REACH] };
    const panel = new Panel(parent, {
      range,
      ticks: { x: [-2, -1, 0, 1, 2], y: [-2, -1, 0, 1, 2] },
      title: "The players",
      xlabel: "*φ*",
      ylabel: "*θ*",
      label: "Trajectory of the two players, with a draggable start",
    });
    this.panel = panel;
    drawField(panel);
    const center = panel.path("equilibrium");
    panel.trace(center, [[-0.08, 0], [0.08, 0], [NaN, NaN], [0, -0.08], [0, 0.08]]);
    this.line = panel.path("trajectory");
    this.dots = panel.path("trajectory-dots");
    this.end = panel.dot("end", 4);
    this.handle = panel.handle({
      label: "Start of the trajectory",
      bounds: { x: [-1.9, 1.9], y: [-1.9, 1.9] },
      step: 0.01,
      key: 0.05,
      describe: (x, y) => `φ ${decimal(x)}, θ ${decimal(y)}`,
      move: (x, y) => moved([x, y]),
    });
    this.handle.set(...start);
  }

  update(start, eta, beta, updates) {
    this.handle.set(...start);
    const path = trajectory(start, eta, beta, updates, STEPS, 100);
    this.panel.trace(this.line, path);
    this.panel.scatter(this.dots, path);
    this.panel.place(this.end, ...path.at(-1));
    this.panel.svg.dataset.sign = sign(beta);
  }
}

/** Small arrows along −v = (θ, −φ), the direction in which a gradient step goes. */
function drawField(panel) {
  const ticks = spaced(-1.75, 1.75, 8);
  const length = 0.16;
  for (const phi of ticks)
    for (const theta of ticks) {
      const across = (theta * length) / REACH;
      const up = (-phi * length) / REACH;
      const arrow = svg("line", { class: "field" }, panel.marks);
      panel.segment(arrow, [phi - across, theta - up], [phi + across, theta + up]);
      const tip = svg("circle", { class: "field-tip", r: 1.6 }, panel.marks);
      panel.place(tip, phi + across, theta + up);
    }
}
