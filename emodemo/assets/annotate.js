// The annotator's page. The next texts are here before they are asked for, so that an answer shows the next one at once;
// answers are sent one after the other, and one that the server does not take comes back with the sentence why.
const find = (place) => element.querySelector(place);
const all = (place) => [...element.querySelectorAll(place)];
const { _, composing, help, keyed, lines, note, offer, post, sight, unsent } = window.emodemo;
const UNREACHED = _("The server cannot be reached. Nothing is lost: try again in a moment.");
const UNSENT = {
  label: _("This did not reach the server. Nothing is lost: this is your answer, press Enter to send it again."),
  skip: _("This did not reach the server. Nothing is lost: you skipped this text, press S to skip it again."),
  flag: _("This did not reach the server. Nothing is lost: you flagged this text, press Enter to send the flag again."),
};
const EMOTION_KEYS = Object.fromEntries(all("#annotate-emotions input").flatMap((chip) =>
  chip.getAttribute("aria-keyshortcuts").split(" ").map((key) => [key, chip])));
const POLARITY_KEYS = Object.fromEntries(all("#annotate-polarity input").flatMap((chip) =>
  chip.getAttribute("aria-keyshortcuts").split(" ").map((key) => [key, chip])));
const scales = all(".scale input");
const CHIPS = ".emotions input, .finer input, .added input";
let ownKeys = {};      // of added labels
let vocabulary = "";   // the version of them that is shown
let release = "";      // that answered last

let items = [];        // in this page's hands, the shown one first
let sending = [];      // those whose answers are under way
let person = "";       // who answers
let chain = Promise.resolve();
let scale = 0;         // which score the arrow keys move
let since = 0;         // when the text was shown

const held = () => [...items, ...sending].map((item) => item.id);

const send = (deed, body, unreached = UNREACHED) =>
  post(`annotate/${deed}`, { have: held(), vocabulary, ...body }, unreached);

const focus = () => sight(find(".item"));

const say = (message, kind) => note(find(".said"), message, kind);

const left = unsent("annotate", () => ({ person, items: [...sending, ...items.filter((item) => item.sent)] }));

const receive = (told) => {
  person = told.person;
  const known = new Set(held());
  const shown = items.length;
  items.push(...told.items.filter((item) => !known.has(item.id)));
  find(".place span").textContent = _("{done} of {total} answered by you",
    { done: told.done.toLocaleString("en"), total: told.total.toLocaleString("en") });
  find(".place b").style.width = `${(100 * told.done) / Math.max(told.total, 1)}%`;
  find(".empty").innerHTML = told.empty;
  if (told.vocabulary) {
    vocabulary = told.vocabulary.version;
    ownKeys = offer(find(".added"), told.vocabulary.chips);
    find(".meanings").innerHTML = told.vocabulary.meanings;
  }
  if (!shown) {
    show();
    if (document.activeElement === document.body) focus();
  }
  for (const item of left(person)) giveBack(item, UNSENT[item.action]);
  if (told.release !== release) {
    release = told.release;
    send("news", {}).then((news) => { if (news.html) find(".news").innerHTML = news.html; }, () => {}); // it will be told later
  }
};

// What is said of the shown text: as it was answered before, or as the model would answer.
const show = () => {
  const item = items[0];
  find(".work").hidden = !item;
  find(".empty").hidden = Boolean(item) || sending.length > 0;
  find(".flagging").hidden = true;
  if (!item) {
    if (sending.length) say(_("Sending your answers …"));
    return;
  }
  find(".item > p").textContent = item.text;
  lines(find(".before"), item.before);
  lines(find(".after"), item.after);
  find(".says").innerHTML = item.visible ? item.facts : `<p class="hint">${_("Judge this one yourself: what the model says is hidden.")}</p>`;
  find(".item").style.setProperty("--c", item.top ? `var(--${item.top})` : "var(--line)");
  fill(item.said ?? item.guess, item);
  since = performance.now();
  if (document.activeElement.matches("[role=tab]:not(:focus-visible)")) focus(); // clicked
  find(".item > p").scrollTop = 0;
};

const fill = (values, item) => {
  for (const chip of all(CHIPS)) chip.checked = values.labels.includes(chip.value);
  for (const chip of all(".polarities input")) chip.checked = chip.value === values.polarity;
  scales.forEach((slider) => {
    const own = item.said?.scores[slider.name];
    const value = own ?? item.guess.scores[slider.name];
    slider.value = value ?? (Number(slider.min) + Number(slider.max)) / 2;
    mark(slider, own !== undefined, value === undefined);
  });
  item.touched ??= Boolean(item.said);
  aim(0);
};

const mark = (slider, own, unknown = false) => {
  slider.closest(".scale").classList.toggle("own", own);
  slider.closest(".scale").querySelector("output").textContent = unknown && !own ? "–" : Number(slider.value).toFixed(2);
};

const aim = (n) => {
  scale = (n + scales.length) % scales.length;
  scales.forEach((slider, at) => slider.closest(".scale").classList.toggle("aimed", at === scale));
};

const move = (direction) => {
  const slider = scales[scale];
  const step = (slider.max - slider.min) / 8;
  const place = (Number(slider.value) - slider.min) / step;
  const next = direction > 0 ? Math.floor(place + 1 + 1e-6) : Math.ceil(place - 1 - 1e-6);
  slider.value = Number(slider.min) + step * Math.min(Math.max(next, 0), 8);
  mark(slider, true);
};

const unmark = () => {
  const slider = scales[scale];
  const guess = items[0].guess.scores[slider.name];
  slider.value = guess ?? (Number(slider.min) + Number(slider.max)) / 2;
  mark(slider, false, guess === undefined);
};

const said = () => ({
  labels: all(CHIPS).filter((chip) => chip.checked).map((chip) => chip.value),
  polarity: find(".polarities input:checked")?.value ?? null,
  scores: Object.fromEntries(all(".scale.own input").map((slider) => [slider.name, Number(slider.value)])),
});

// The first emotion that a person picks replaces the model's guess; those after that are added or taken off. Where it is
// another one, the model's polarity is open.
const tick = (chip) => {
  const item = items[0];
  if (!item.touched) {
    for (const other of all(".emotions input")) other.checked = other === chip;
    if (!item.picked && !item.guess.labels.includes(chip.value)) {
      for (const polarity of all(".polarities input")) polarity.checked = false;
    }
  }
  item.touched = true;
};

// A polarity's key picks it; the same key again leaves the polarity open.
const pick = (chip) => {
  const item = items[0];
  chip.checked = item.picked !== chip.value || !chip.checked;
  item.picked = chip.value;
};

const answer = (action, comment = "") => {
  const item = items[0];
  if (!item) return;
  const values = said();
  if (action === "label" && !values.labels.length && !values.polarity && !Object.keys(values.scores).length) {
    say(_("Nothing was chosen; pick an emotion, a polarity or a score before saving."), "bad");
    focus();
    return;
  }
  const body = { text_id: item.id, action, comment, seconds: (performance.now() - since) / 1000, ...(action === "label" ? values : {}) };
  const sent = JSON.stringify({ ...body, seconds: 0 });
  if (item.sent && item.sent !== sent) item.client_id += "+"; // another answer than the one that failed
  Object.assign(item, { sent, action, said: values, flagged: comment });
  items.shift();
  sending.push(item);
  say("");
  show();
  focus();
  const done = () => { sending = sending.filter((other) => other !== item); };
  chain = chain.then(() => send("answer", { ...body, client_id: item.client_id }, UNSENT[action])).then((told) => {
    done();
    if (!find(".said .bad")) say(told.said, "good"); // what is wrong with the shown one matters more
    receive(told);
  }, (error) => {
    done();
    if (action !== "skip" || error.message === UNSENT.skip) giveBack(item, error.message);
    else say(error.message, "bad"); // what cannot even be skipped, as a text that is gone, does not come back
  });
};

// A text whose answer was not stored, as it was answered.
const giveBack = (item, message) => {
  bring(item);
  if (item.flagged && items[0] === item) flag(true);
  say(message, "bad");
};

// A text to the front, or behind the one of which somebody is just writing why it is flagged; what was said of the one shown
// before is kept for when it comes again.
const bring = (item) => {
  const [shown] = items;
  items = items.filter((other) => other.id !== item.id);
  if (shown && document.activeElement === find("#flag-reason")) {
    items.splice(1, 0, item);
    return;
  }
  if (shown) shown.said = said();
  items.unshift(item);
  show();
  focus();
};

const undo = (textId) => {
  const failed = items[0]?.sent;
  chain = chain.then(() => {
    if (items[0]?.sent && items[0].sent !== failed) return; // what was to be taken back has come back by itself
    return send("undo", { client_id: crypto.getRandomValues(new Uint32Array(4)).join(""), ...(textId ? { text_id: textId } : {}) })
      .then((told) => {
        bring(told.back);
        say(told.back.said ? _("Taken back; this is what you had said.")
          : told.back.flagged ? _("Taken back; you had flagged this text.") : _("Taken back; you had skipped this text."));
        receive(told);
        if (find(".mine").open) mine();
      });
  }).catch((error) => say(error.message, "bad"));
  focus();
};

const mine = () => send("mine", {}).then((told) => { find(".mine .page").innerHTML = told.html; }, (error) => {
  find(".mine .page").textContent = error.message;
});

const preview = () => {
  const place = find(".preview");
  place.textContent = _("Trying your corrections out …");
  find("#preview").disabled = true;
  send("preview", {}).then((told) => { place.innerHTML = told.html; }, (error) => { place.textContent = error.message; })
    .finally(() => { find("#preview").disabled = false; });
};

// What the page shows is asked for again after an admin changed the labels.
const renew = () => { chain = chain.then(() => send("next", {}).then(receive)).catch((error) => say(error.message, "bad")); };

const more = () => {
  if (items.length || sending.length) return;
  chain = chain.then(() => (items.length ? null : send("next", {}).then(receive))).catch((error) => say(error.message, "bad"));
};

const guidelines = () => send("guidelines", {}).then((told) => { find(".guidelines dl").innerHTML = told.html; }, () => {});

const flag = (open) => {
  find(".flagging").hidden = !open;
  find("#flag-reason").value = items[0]?.flagged ?? ""; // as it was written before
  say("");
  if (open) find("#flag-reason").focus();
  else focus();
};

const acts = {
  label: () => answer("label"), skip: () => answer("skip"), undo: () => undo(),
  flag: () => flag(true), unflag: () => flag(false), preview,
};
const keys = {
  Enter: acts.label, s: acts.skip, z: acts.undo, f: acts.flag,
  ArrowUp: () => aim(scale - 1), ArrowDown: () => aim(scale + 1), ArrowLeft: () => move(-1), ArrowRight: () => move(1),
  Delete: unmark, Backspace: unmark,
  "?": () => help(find(".keys"), focus),
};
const STEERED = "input[type=range], input[type=radio], [role=tab], select";  // what has its own use for arrow keys
const scrolls = (at) => at.matches("p[tabindex]") && at.scrollHeight > at.clientHeight;

let pressed = null;    // the polarity that was ticked already when a pointer went down on it
element.addEventListener("pointerdown", (event) => {
  const chip = event.target.closest(".polarities label")?.querySelector("input");
  pressed = chip?.checked ? chip : null;
});
element.addEventListener("click", (event) => {
  if (event.target === pressed) pressed.checked = false;
  const off = event.target.closest(".off");
  if (off) {
    event.preventDefault(); // the label would hand it to the slider
    aim(scales.indexOf(off.closest(".scale").querySelector("input")));
    unmark();
  }
  const button = event.target.closest("[data-act], [data-undo]");
  if (button?.dataset.undo) undo(Number(button.dataset.undo));
  else if (button) acts[button.dataset.act]();
});
element.addEventListener("change", (event) => {
  if (event.target.closest(".emotions")) tick(event.target);
  if (event.target.closest(".polarities")) items[0].picked = event.target.value;
});
element.addEventListener("input", (event) => {
  const slider = event.target.closest(".scale input");
  if (!slider) return;
  aim(scales.indexOf(slider));
  mark(slider, true);
});
find(".flagging").addEventListener("submit", (event) => {
  event.preventDefault();
  const reason = find("#flag-reason").value.trim();
  if (!reason) {
    say(_("A flag needs a reason; write what is wrong with the text."), "bad");
    return;
  }
  answer("flag", reason);
});
find(".flagging").addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !composing(event)) flag(false);
});
find(".mine").addEventListener("toggle", () => { if (find(".mine").open) mine(); });

document.addEventListener("keydown", (event) => {
  if (!keyed(element, event)) return;
  const at = event.target;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const arrow = key.startsWith("Arrow");
  if (event.repeat && !arrow) return;
  if (arrow ? at.closest(STEERED) || scrolls(at) : key === "Enter" && at.closest("button:not([role=tab]), summary, a")) return;
  const chip = EMOTION_KEYS[key] ?? POLARITY_KEYS[key] ?? ownKeys[key];
  if (!chip && !keys[key]) return;
  if (!items.length && key !== "z" && key !== "?") return;
  event.preventDefault();
  if (chip?.type === "radio") pick(chip);
  else if (chip) chip.click();
  else keys[key]();
});
window.addEventListener("beforeunload", (event) => { if (sending.length) event.preventDefault(); });
if (window.matchMedia("(max-width: 900px)").matches) find(".guidelines").open = false; // it stands below, not beside
new IntersectionObserver((seen) => { if (seen.some((place) => place.isIntersecting)) { more(); guidelines(); } }).observe(element);
window.emodemo.more = more;
window.emodemo.renew = renew;
