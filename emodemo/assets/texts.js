// Texts that were ticked stay so when more are shown, and until another search. What a row's button is like is asked here.
const { _ } = window.emodemo;
const chosen = new Set();
let search = "";
const boxes = () => [...element.querySelectorAll("li input")];
const tell = () => {
  const count = element.querySelector(".count"), all = element.querySelector(".all");
  if (!count) return;
  const told = chosen.size ? _("{n} selected", { n: chosen.size.toLocaleString("en") }) : "";
  if (count.textContent !== told) count.textContent = told; // or the observer below would never rest
  all.checked = boxes().length > 0 && boxes().every((box) => box.checked);
};
const follow = () => {
  const shown = element.querySelector(".found")?.dataset.search ?? "";
  if (shown !== search) chosen.clear();
  search = shown;
  boxes().forEach((box) => { box.checked = chosen.has(box.value); });
  tell();
};
const put = (box, on) => {
  box.checked = on;
  chosen[on ? "add" : "delete"](box.value);
};
window.emodemo.selected = () => [...chosen].join(",");
element.addEventListener("change", (event) => {
  if (event.target.matches(".all")) boxes().forEach((box) => put(box, event.target.checked));
  else if (event.target.matches("li input")) put(event.target, event.target.checked);
  tell();
});
element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-like]");
  if (button) trigger("select", { id: Number(button.dataset.like) });
});
new MutationObserver(follow).observe(element, { childList: true, subtree: true });
follow();
