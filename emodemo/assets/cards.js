// A card chosen by mouse or keyboard tells the page its row; arrow keys move between cards.
const choose = (card) => {
  element.querySelectorAll(".card").forEach((c) => c.setAttribute("aria-selected", c === card));
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
  const next = { ArrowDown: card.nextElementSibling, ArrowUp: card.previousElementSibling }[event.key];
  if (next) {
    event.preventDefault();
    next.focus();
  }
});
