// Brings every interactive figure of the page to life. What fails keeps its still picture.
for (const stage of document.querySelectorAll(".interactive .live")) {
  try {
    const { draw } = await import(`negmom/${stage.dataset.figure}`);
    draw(stage, JSON.parse(stage.dataset.state));
    stage.dataset.ready = "";
  } catch (error) {
    stage.closest(".interactive").classList.add("failed");
    console.error(error);
  }
}
