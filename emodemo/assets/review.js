// The reviewer's page. The next texts are here before they are asked for; decisions are sent one after the other, and one
// that the server does not take is told, and what waits is asked for anew.
const find = (place) => element.querySelector(place);
const all = (place) => [...element.querySelectorAll(place)];
const { _, composing, help, keyed, lines, note, offer, post, sight, unsent } = window.emodemo;
const UNREACHED = _("The server cannot be reached. Nothing is lost: try again in a moment.");
const UNSENT = _("This did not reach the server. Nothing is lost: decide on this text again.");
const CHIP_KEYS = Object.fromEntries(all(".editing [aria-keyshortcuts]").flatMap((chip) =>
  chip.getAttribute("aria-keyshortcuts").split(" ").map((key) => [key, chip])));
const scales = all(".scale input");
const CHIPS = ".editing .emotions input, .editing .finer input, .editing .added input";

let items = [];        // in this page's hands, the shown one first
let later = [];        // ids of texts that were put off
let sending = [];      // those whose decisions are under way
let person = "";       // who decides
let ownKeys = {};      // of labels that people added
let vocabulary = "";   // the version of them that is shown
let only = null;       // the one kind that is shown
let chain = Promise.resolve();

const held = () => [...items, ...sending].map((item) => item.id);

const send = async (deed, body, unreached = UNREACHED) => {
  const asked = only;
  const told = await post(`review/${deed}`, { have: held(), later, only, vocabulary, ...body }, unreached);
  if (asked !== only) told.items = []; // another kind was chosen meanwhile, and asked for
  return told;
};

const say = (message, kind, place = ".outcome") => note(find(place), message, kind);

const left = unsent("review", () => ({ person, items: [...sending, ...items.filter((item) => item.sent)] }));

const receive = (told) => {
  person = told.person;
  find(".review").classList.add("told");
  const known = new Set([...held(), ...later]);
  const shown = items.length;
  items.push(...told.items.filter((item) => !known.has(item.id)));
  const total = Object.values(told.counts).reduce((sum, count) => sum + count, 0);
  for (const button of all("[data-only]")) {
    button.querySelector("b").textContent = (button.dataset.only ? told.counts[button.dataset.only] : total).toLocaleString("en");
  }
  find(".nothing").innerHTML = told.empty;
  if (told.vocabulary) {
    vocabulary = told.vocabulary.version;
    ownKeys = offer(find(".added"), told.vocabulary.chips);
  }
  if (!shown) {
    show();
    if (document.activeElement === document.body) focus();
  }
  for (const item of left(person)) {
    bring(item);
    say(UNSENT, "bad");
  }
};

const act = (ruling) => {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "act";
  button.dataset.ruling = ruling.action;
  button.append(`${ruling.name} `, Object.assign(document.createElement("kbd"), { textContent: ruling.key.toUpperCase() }));
  return button;
};

const show = () => {
  const item = items[0];
  find(".work").hidden = !item;
  find(".nothing").hidden = Boolean(item) || sending.length > 0;
  edit(Boolean(item?.edited));
  find(".why input").value = item?.comment ?? "";
  if (!item) {
    if (sending.length) say(_("Sending your decisions …"));
    return;
  }
  find(".reason").textContent = [item.title, item.why].filter(Boolean).join(" · ");
  find(".case > p").textContent = item.text;
  lines(find(".before"), item.before);
  lines(find(".after"), item.after_text);
  find(".says").innerHTML = item.facts;
  find(".answers").innerHTML = item.answers;
  find(".remarks").innerHTML = item.remarks;
  find(".rulings").replaceChildren(...item.rulings.map(act));
  if (document.activeElement.matches("[role=tab]:not(:focus-visible)")) focus(); // clicked
};

const focus = () => sight(find(".case"));

const edit = (open) => {
  find(".editing").hidden = !open;
  if (!open) return;
  const verdict = items[0].edited ?? items[0].verdicts[0] ?? { labels: [], polarity: null, scores: {} };
  for (const chip of all(CHIPS)) chip.checked = (verdict.labels ?? []).includes(chip.value);
  for (const chip of all(".editing .polarities input")) chip.checked = chip.value === verdict.polarity;
  const fine = all(".editing .finer input").some((chip) => chip.checked);
  find(".finer-fold").open ||= fine; // nothing is accepted that was not seen
  find(".scales-fold").open ||= Object.keys(verdict.scores).length > 0;
  for (const slider of scales) {
    slider.value = verdict.scores[slider.name] ?? (Number(slider.min) + Number(slider.max)) / 2;
    mark(slider, verdict.scores[slider.name] !== undefined);
  }
  find(".editing input").focus();
};

const mark = (slider, own) => {
  slider.closest(".scale").classList.toggle("own", own);
  slider.closest(".scale").querySelector("output").textContent = own ? Number(slider.value).toFixed(2) : "–";
};

const edited = () => ({
  labels: all(CHIPS).filter((chip) => chip.checked).map((chip) => chip.value),
  polarity: find(".editing .polarities input:checked")?.value ?? null,
  scores: Object.fromEntries(all(".scale.own input").map((slider) => [slider.name, Number(slider.value)])),
});

const decide = (action, verdict = {}) => {
  const item = items[0];
  if (!item) return;
  const said = { action, comment: find(".why input").value, ...verdict };
  const sent = JSON.stringify(said);
  if (item.sent && item.sent !== sent) item.client_id += "+"; // another decision than the one that failed
  Object.assign(item, { sent, comment: said.comment, edited: find(".editing").hidden ? null : verdict });
  const { client_id, kind, seen, after } = item;
  const body = { client_id, text_id: item.id, kind, seen, after, ...said };
  items.shift();
  sending.push(item);
  say("");
  show();
  focus();
  const done = () => { sending = sending.filter((other) => other !== item); };
  chain = chain.then(() => send("decide", body, UNSENT)).then((told) => {
    done();
    if (!find(".outcome .bad")) say(told.said, "good"); // what is wrong with the shown one matters more
    receive(told);
    if (find(".decided").open) decided();
  }, (error) => {
    done();
    if (error.message === UNSENT) bring(item);
    else more(); // it comes again as it is now, if it still waits
    say(error.message, "bad");
  });
};

// A text to the front, or behind the one that somebody is just answering otherwise or writing about.
const bring = (item) => {
  const [shown] = items;
  items = items.filter((other) => other.id !== item.id);
  if (shown && (!find(".editing").hidden || document.activeElement === find(".why input"))) {
    items.splice(1, 0, item);
    return;
  }
  if (shown) shown.comment = find(".why input").value;
  items.unshift(item);
  show();
};

const accept = (n) => {
  const verdict = items[0]?.verdicts[n - 1];
  if (verdict) decide("accept", { ...verdict, labels: verdict.labels ?? [] });
};

const rule = (key) => {
  const ruling = items[0]?.rulings.find((each) => each.key === key);
  if (ruling) decide(ruling.action);
};

const undo = (decision) => {
  chain = chain.then(() => send("undo", {
    client_id: crypto.getRandomValues(new Uint32Array(4)).join(""), ...(decision ? { decision } : {}),
  })).then((told) => {
    later = later.filter((id) => id !== told.back.id);
    bring(told.back);
    say(_("Taken back; decide on it again, or leave it for later."));
    receive(told);
    if (find(".decided").open) decided();
  }).catch((error) => say(error.message, "bad"));
  focus();
};

const putOff = () => {
  if (!items.length) return;
  later.push(items.shift().id);
  say(_("Left for later."));
  show();
  focus();
  more();
};

const more = () => {
  chain = chain.then(() => send("next", {}).then(receive)).catch((error) => {
    say(error.message, "bad");
  });
};

const restart = () => {
  items = [];
  later = [];
  show();
  more();
};

const decided = () => send("decided", {}).then((told) => { find(".decided .page").innerHTML = told.html; }, (error) => {
  find(".decided .page").textContent = error.message;
});

// What the labels mean
const guiding = find(".guiding form");
const guide = (deed = "guideline", body = {}) => send(deed, { label: guiding.label.value, ...body }).then((told) => {
  guiding.definition.value = told.definition;
  guiding.examples.value = told.examples.join("\n");
  find(".guiding .page").innerHTML = told.html;
  say(told.said ?? "", "good", ".revised");
}).catch((error) => say(error.message, "bad", ".revised"));

const acts = { edit: () => { edit(true); }, unedit: () => { edit(false); focus(); }, later: putOff, undo: () => undo() };
const keys = {
  e: acts.edit, k: () => rule("k"), r: () => rule("r"), s: acts.later, z: acts.undo, c: () => find(".why input").focus(),
  "?": () => help(find(".keys"), focus),
};

element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.matches(".off")) {
    event.preventDefault(); // the label would hand it to the slider
    mark(button.closest(".scale").querySelector("input"), false);
    return;
  }
  const { only: kind, accept: number, ruling, act: deed, undo: decision, version } = button.dataset;
  if (kind !== undefined) {
    only = kind || null;
    for (const other of all("[data-only]")) other.setAttribute("aria-pressed", other === button);
    restart();
  } else if (number) accept(Number(number));
  else if (ruling) decide(ruling);
  else if (decision) undo(Number(decision));
  else if (version) guide("revise", { version: Number(version) });
  else if (deed) acts[deed]();
});
element.addEventListener("input", (event) => {
  const slider = event.target.closest(".scale input");
  if (slider) mark(slider, true);
});
find(".editing").addEventListener("submit", (event) => {
  event.preventDefault();
  const verdict = edited();
  if (!verdict.labels.length && !verdict.polarity && !Object.keys(verdict.scores).length) {
    say(_("Nothing was chosen; pick an emotion, a polarity or a score before accepting."), "bad");
    return;
  }
  decide("accept", verdict);
});
find(".why input").addEventListener("keydown", (event) => { // Enter and Escape go back to the text, and keep what was written
  if ((event.key !== "Enter" && event.key !== "Escape") || composing(event)) return;
  event.preventDefault();
  focus();
});
find(".decided").addEventListener("toggle", () => { if (find(".decided").open) decided(); });
find(".guiding").addEventListener("toggle", () => { if (find(".guiding").open) guide(); });
guiding.label.addEventListener("change", () => guide());
guiding.addEventListener("submit", (event) => {
  event.preventDefault();
  guide("revise", { definition: guiding.definition.value, examples: guiding.examples.value.split("\n") });
});

document.addEventListener("keydown", (event) => {
  if (!keyed(element, event) || event.repeat) return;
  const at = event.target;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const editing = !find(".editing").hidden;
  if (editing && key === "Escape") acts.unedit();
  else if (editing && key === "Enter" && !at.closest("button, summary")) find(".editing").requestSubmit();
  else if (editing && (CHIP_KEYS[key] ?? ownKeys[key])) (CHIP_KEYS[key] ?? ownKeys[key]).click();
  else if (!editing && /^[1-9]$/.test(key) && items[0]?.verdicts[key - 1]) accept(Number(key));
  else if ((!editing || key === "c" || key === "?") && keys[key] && (items.length || key === "z" || key === "?")) keys[key]();
  else return;
  event.preventDefault();
});
window.addEventListener("beforeunload", (event) => { if (sending.length) event.preventDefault(); });
new IntersectionObserver((seen) => {
  if (seen.some((place) => place.isIntersecting) && !items.length && !sending.length) more();
}).observe(element);
