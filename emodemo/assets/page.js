// What the page does by itself. Analyse: Ctrl or Cmd with Enter, files dropped on the box. Everywhere: a double click is
// one click, and Tab leaves a dropdown.
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
    // What an address of the page answers; an Error with its sentence where it refuses, with ``unreached`` where nothing came.
    post: async (address, body, unreached) => {
      let answer;
      try {
        answer = await fetch(address, {
          method: "POST", keepalive: true, headers: { "content-type": "application/json" }, body: JSON.stringify(body),
        });
      } catch {
        throw new Error(unreached);
      }
      const told = await answer.json().catch(() => ({ detail: unreached }));
      if (!answer.ok) throw new Error(told.detail);
      return told;
    },
    // Puts a note in a place, none where there is no message.
    note: (place, message, kind = "info") => {
      const note = document.createElement("div");
      note.className = `note ${kind}`;
      note.textContent = message;
      place.replaceChildren(...(message ? [note] : []));
    },
    // Whether a key goes to an input method, as one that commits pinyin, and not to the page.
    composing: (event) => event.isComposing || event.keyCode === 229,
    // Puts texts in a place, a paragraph each.
    lines: (place, texts) => {
      place.replaceChildren(...texts.map((text) => {
        const line = document.createElement("p");
        line.dir = "auto";
        line.textContent = text;
        return line;
      }));
    },
    // Puts labels that people added among the chips, as they are now; what is ticked stays ticked. Returns the keys' chips.
    offer: (place, markup) => {
      const chips = () => [...place.querySelectorAll("input")];
      const ticked = chips().filter((chip) => chip.checked).map((chip) => chip.value);
      place.querySelector(".wrap").innerHTML = markup;
      place.hidden = !markup;
      for (const chip of chips()) chip.checked = ticked.includes(chip.value);
      return Object.fromEntries(chips().filter((chip) => chip.hasAttribute("aria-keyshortcuts"))
        .map((chip) => [chip.getAttribute("aria-keyshortcuts"), chip]));
    },
    // What stands in Analyse until the first sentences are there.
    reading: () => `<div class="note info">${window.emodemo._("Reading the text …")}</div>`,
    // Focus on a place, in sight with the message above it.
    sight: (place) => {
      place.focus({ preventScroll: true });
      place.scrollIntoView({ block: "nearest" });
    },
    // The list of keys opens in sight; once it is closed, ``back``.
    help: (keys, back) => {
      keys.open = !keys.open;
      if (keys.open) keys.scrollIntoView({ block: "nearest" });
      else back();
    },
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

  // Gradio's dropdown takes Tab for something typed and opens its list again; browsers tab into a list that scrolls.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Tab" || !event.target.matches("[role=listbox], [role=combobox]")) return;
    event.stopPropagation();
    for (const list of document.querySelectorAll(".option-list")) list.tabIndex = -1;
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
