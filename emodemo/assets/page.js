// What the page does by itself. Analyse: Ctrl or Cmd with Enter, files dropped on the box. Everywhere: a double click is
// one click, and Tab leaves a dropdown.
(() => {
  const visible = (element) => element && element.offsetParent !== null;
  const press = (id) => {
    const place = document.getElementById(id);
    const button = place && (place.matches("button") ? place : place.querySelector("button"));
    if (button && !button.disabled) button.click();
  };
  // What this tab of the browser keeps for when the page is loaded anew; nothing in a frame that may keep nothing.
  const kept = {
    get: (name) => { try { return JSON.parse(sessionStorage.getItem(name)); } catch { return null; } },
    put: (name, value) => { try { sessionStorage.setItem(name, JSON.stringify(value)); } catch { /* it may not */ } },
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
    // Whether a key without Ctrl, Alt or Cmd is a workspace's: with the focus in it, on a tab or nowhere, and not where
    // something is typed or explained.
    keyed: (workspace, event) => {
      const at = event.target;
      if (!workspace.isConnected || !visible(workspace)) return false;
      if (window.emodemo.composing(event) || event.ctrlKey || event.metaKey || event.altKey) return false;
      if (at.closest("textarea, select, [contenteditable=true], input:not([type=checkbox]):not([type=radio]):not([type=range])")) return false;
      return at === document.body || Boolean(at.closest("[role=tab]")) || (workspace.contains(at) && !at.closest(".words, .guiding"));
    },
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
    // Work that was not sent outlives a load of the page, for the person who did it alone. ``work`` tells person and items
    // when the page goes; what this returns gives a person theirs back, once.
    unsent: (name, work) => {
      let left = kept.get(name);
      window.addEventListener("pagehide", () => kept.put(name, left ?? work()));
      return (person) => {
        const items = left?.person === person ? left.items : [];
        left = null;
        return items;
      };
    },
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
    // The first emotion that a person ticks replaces the model's ``guess``, emotions and polarity as "joy,fear;negative"; what
    // they tick after that is added. Where no emotion of the guess is left, a polarity that is still the guess's is open.
    firstTicked: (ticked, guess, polarity) => {
      if (!guess) return [ticked, "", polarity];
      const [emotions, guessed] = guess.split(";");
      const own = (name) => !emotions.split(",").includes(name);
      const left = ticked.some(own) ? ticked.filter(own) : ticked;
      return [left, "", left.every(own) && polarity === guessed ? null : polarity];
    },
    // Focus on another button in place of those that go once they are pressed.
    next: (gone, id) => {
      if (document.activeElement === document.body || gone.includes(document.activeElement.id)) document.getElementById(id)?.focus();
    },
    // Called once the page answers: it opens where it was left.
    reopen: () => {
      const left = kept.get("page");
      if (!left) return;
      typed().value = left.typed;
      typed().dispatchEvent(new Event("input", { bubbles: true }));
      const places = [...document.querySelectorAll("[role=tab], .overflow-dropdown button")];
      places.find((tab) => tab.textContent === tabs()[left.tab])?.click();
    },
  };
  const box = (event) => event.target.closest?.("#analyse-text");

  // Gradio loads the page anew after a lost connection, and so does the switch of language. Whoever signs out leaves nothing.
  const typed = () => document.querySelector("#analyse-text textarea");
  const tabs = () => [...document.querySelectorAll(".tab-container[aria-hidden] button")].map((tab) => tab.textContent); // in order
  document.addEventListener("submit", (event) => { if (event.target.matches("[action=logout]")) typed().value = ""; });
  window.addEventListener("pagehide", () => {
    const tab = document.querySelector("[role=tab][aria-selected=true]");
    if (typed() && tab) kept.put("page", { typed: typed().value, tab: tabs().indexOf(tab.textContent) });
  });

  // Gradio changes a message in place or puts it in with what holds it; readers announce neither. A place that is always there
  // tells each one that came or changed, also one that says the same again (``data-told``), which moves a little for the eye. What is ``unannounced`` is the page, no answer.
  const voice = document.createElement("div");
  voice.className = "visually-hidden";
  voice.setAttribute("role", "status");
  const MESSAGE = ".note, .summary";
  const around = (node) => (node instanceof Element ? node : node.parentElement)?.closest(MESSAGE);
  const within = (node) => (node instanceof Element ? [...node.querySelectorAll(MESSAGE)] : []);
  new MutationObserver((changes) => {
    if (!voice.isConnected) document.querySelector(".gradio-container")?.append(voice);
    const changed = changes.flatMap(({ target, addedNodes }) =>
      [around(target), ...[...addedNodes].flatMap((node) => [around(node), ...within(node)])]);
    const told = [...new Set(changed)].filter((message) => message && visible(message) && !message.closest("[aria-live], .unannounced"));
    if (!told.length) return;
    window.emodemo.lines(voice, told.map((message) => message.innerText));
    for (const message of told) message.animate({ translate: ["0 -0.3em", "0"] }, 300);
  }).observe(document.documentElement, {
    childList: true, characterData: true, subtree: true, attributes: true, attributeFilter: ["data-told"],
  });

  // In another site's frame a browser may keep no cookie; what needs one opens a tab of its own.
  if (window.top !== window) {
    document.addEventListener("click", (event) => event.target.closest(".account")?.setAttribute("target", "_blank"), true);
  }

  // A word that is clicked says what it means, and leaves the keys where they were.
  document.addEventListener("mousedown", (event) => { if (event.target.closest(".word")) event.preventDefault(); });

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
