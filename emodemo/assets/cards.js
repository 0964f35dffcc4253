// A card chosen by mouse or keyboard tells the page its row. Of all cards one is in the order of Tab; arrow keys, Home
// and End move between them.
const cards = () => [...element.querySelectorAll(".card")];
const reach = (card) => cards().forEach((c) => (c.tabIndex = c === card ? 0 : -1));
const choose = (card) => {
  reach(card);
  cards().forEach((c) => c.setAttribute("aria-selected", c === card));
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
