// What the page does by itself. Analyse: Ctrl or Cmd with Enter, files dropped on the box. Annotate: numbers toggle
// emotions, Enter saves, S skips, Z undoes, ? shows the keys. Everywhere: a double click is one click.
(() => {
  const visible = (element) => element && element.offsetParent !== null;
  const press = (id) => {
    const place = document.getElementById(id);
    const button = place && (place.matches("button") ? place : place.querySelector("button"));
    if (button && !button.disabled) button.click();
  };
  window.emodemo = {
    // The first emotion that a person ticks replaces the model's guess; what they tick after that is added.
    firstTicked: (ticked, guess) => {
      const own = ticked.filter((name) => !guess.split(",").includes(name));
      return [guess && own.length ? own : ticked, ""];
    },
  };
  const box = (event) => event.target.closest?.("#analyse-text");

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

  const buttons = { Enter: "annotate-save", s: "annotate-skip", z: "annotate-undo" };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      if (visible(document.getElementById("analyse-go"))) press("analyse-go");
      return;
    }
    const typing = event.target.closest("textarea, input:not([type=checkbox]):not([type=radio]):not([type=range])");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (!visible(document.getElementById("annotate-save"))) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key >= "1" && key <= "7") {
      const chip = document.querySelectorAll("#annotate-emotions input[type=checkbox]")[Number(key) - 1];
      if (chip) chip.click();
    } else if (key === "?") {
      const help = document.querySelector(".keys");
      if (help) help.open = !help.open;
    } else if (buttons[key] && !(key === "Enter" && event.target.closest("button:not([role=tab]), summary, a"))) {
      press(buttons[key]);
    } else {
      return;
    }
    event.preventDefault();
  });
})();
