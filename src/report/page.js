const search = document.getElementById("search");
const scenarios = [...document.querySelectorAll(".scenario")];
const show = () => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const scenario of scenarios) scenario.hidden = !words.every((word) => scenario.dataset.search.includes(word));
};
search.addEventListener("input", show);
for (const button of document.querySelectorAll("button.badge"))
  button.addEventListener("click", () => {
    search.value = search.value === button.dataset.verdict ? "" : button.dataset.verdict;
    show();
  });
