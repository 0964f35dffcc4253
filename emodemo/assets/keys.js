// The annotator's keys: numbers toggle emotions, Enter saves, S skips, Z undoes, ? shows the keys.
// The analyse box answers to Ctrl or Cmd with Enter.
(() => {
  const visible = (element) => element && element.offsetParent !== null;
  const press = (id) => {
    const place = document.getElementById(id);
    const button = place && (place.matches("button") ? place : place.querySelector("button"));
    if (button && !button.disabled) button.click();
  };
  const buttons = { Enter: "annotate-save", s: "annotate-skip", z: "annotate-undo" };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      if (visible(document.getElementById("analyse-go"))) press("analyse-go");
      return;
    }
    const typing = event.target.closest("textarea, input:not([type=checkbox]):not([type=radio]):not([type=range]), [role=tab]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (!visible(document.getElementById("annotate-save"))) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key >= "1" && key <= "7") {
      const box = document.querySelectorAll("#annotate-emotions input[type=checkbox]")[Number(key) - 1];
      if (box) box.click();
    } else if (key === "?") {
      const help = document.querySelector(".keys");
      if (help) help.open = !help.open;
    } else if (buttons[key] && !(key === "Enter" && event.target.closest("button, summary, a"))) {
      press(buttons[key]);
    } else {
      return;
    }
    event.preventDefault();
  });
})();
