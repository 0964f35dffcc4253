// A card chosen by mouse or keyboard tells the page its row; it stays so while more cards of the same reading come. Of all
// cards one is in the order of Tab; arrow keys, Home and End move between them.
let reading = "";
let chosen = "0";      // the number of its row
const cards = () => [...element.querySelectorAll(".card")];
const reach = (card) => cards().forEach((c) => (c.tabIndex = c === card ? 0 : -1));
const mark = () => {
  const card = cards().find((c) => c.dataset.n === chosen);
  reach(card);
  cards().forEach((c) => c.setAttribute("aria-selected", c === card));
};
const follow = () => {
  const shown = element.querySelector(".cards")?.dataset.reading;
  if (!shown) return; // Gradio is about to put others here
  if (shown !== reading) chosen = "0";
  reading = shown;
  mark();
};
const choose = (card) => {
  chosen = card.dataset.n;
  mark();
  trigger("select", { n: Number(card.dataset.n) });
  const below = document.getElementById("correct"); // on a phone it lies out of sight
  if (window.innerWidth < 700) below.scrollIntoView({ behavior: "smooth" });
};
element.addEventListener("click", (event) => {
  const card = event.target.closest(".card");
  if (card) choose(card);
});
element.addEventListener("keydown", (event) => {
  const card = event.target.closest(".card");
  if (!card) return;
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    choose(card);
  }
  const next = {
    ArrowDown: card.nextElementSibling,
    ArrowUp: card.previousElementSibling,
    Home: cards().at(0),
    End: cards().at(-1),
  }[event.key];
  if (next) {
    event.preventDefault();
    reach(next);
    next.focus();
  }
});
new MutationObserver(follow).observe(element, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-reading"] });
follow(); // the first cards may be here before this is
