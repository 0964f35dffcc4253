// What the page does by itself. Analyse: Ctrl or Cmd with Enter, files dropped on the box. Everywhere: a double click is
// one click.
(() => {
  const visible = (element) => element && element.offsetParent !== null;
  const press = (id) => {
    const place = document.getElementById(id);
    const button = place && (place.matches("button") ? place : place.querySelector("button"));
    if (button && !button.disabled) button.click();
  };
  window.emodemo = {
    // Fills what stands in braces. What it is given was translated before it was sent here.
    _: (sentence, values = {}) => sentence.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole),
    // The first emotion that a person ticks replaces the model's guess; what they tick after that is added.
    firstTicked: (ticked, guess) => {
      const own = ticked.filter((name) => !guess.split(",").includes(name));
      return [guess && own.length ? own : ticked, ""];
    },
  };
  const box = (event) => event.target.closest?.("#analyse-text");

  // The switch of language loads the page anew; what was typed stays.
  const typed = () => document.querySelector("#analyse-text textarea");
  document.addEventListener("submit", (event) => {
    if (event.target.matches(".language") && typed()?.value) sessionStorage.setItem("typed", typed().value);
  });
  const restored = new MutationObserver(() => {
    if (!typed()) return;
    restored.disconnect();
    if (!sessionStorage.getItem("typed")) return;
    typed().value = sessionStorage.getItem("typed");
    typed().dispatchEvent(new Event("input", { bubbles: true }));
    sessionStorage.removeItem("typed");
  });
  restored.observe(document.documentElement, { childList: true, subtree: true });

  document.addEventListener("click", (event) => {
    if (event.detail > 1 && event.target.closest("button")) event.stopImmediatePropagation();
  }, true);

  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      const place = box(event);
      if (!place || !event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      place.classList.toggle("dropping", kind === "dragover");
      if (kind !== "drop") return;
      const input = document.querySelector("#analyse input[type=file]");
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    if (visible(document.getElementById("analyse-go"))) press("analyse-go");
  });
})();
