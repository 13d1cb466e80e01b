const search = document.getElementById("search");
const scenarios = [...document.querySelectorAll(".scenario")];
const badges = [...document.querySelectorAll("button.badge")];
const visible = () => scenarios.filter((scenario) => !scenario.hidden);

const filter = () => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const verdicts = badges.filter((badge) => badge.ariaPressed === "true").map((badge) => badge.dataset.verdict);
  for (const scenario of scenarios)
    scenario.hidden = !words.every((word) => scenario.dataset.search.includes(word)) || (verdicts.length > 0 && !verdicts.includes(scenario.dataset.verdict));
  for (const heading of document.querySelectorAll("main h2")) {
    let next = heading.nextElementSibling;
    let any = false;
    while (next && next.matches(".scenario")) { any ||= !next.hidden; next = next.nextElementSibling; }
    heading.hidden = !any;
  }
  const left = visible().length;
  document.getElementById("none").hidden = left > 0;
  document.getElementById("shown").textContent = left === scenarios.length ? "" : `${left} of ${scenarios.length}`;
};
search.addEventListener("input", filter);
for (const badge of badges)
  badge.addEventListener("click", () => {
    badge.ariaPressed = badge.ariaPressed === "true" ? "false" : "true";
    filter();
  });
for (const box of document.querySelectorAll("input[data-kind]")) {
  const set = () => document.body.classList.toggle(`hide-${box.dataset.kind}`, !box.checked);
  box.addEventListener("change", set);
  set();
}

// The event that caused the one under the pointer.
for (const timeline of document.querySelectorAll(".timeline")) {
  timeline.addEventListener("mouseover", (event) => {
    timeline.querySelector("li.cause")?.classList.remove("cause");
    const cause = event.target.closest("li[data-cause]")?.dataset.cause;
    if (cause) timeline.querySelector(`li[data-seq="${cause}"]`)?.classList.add("cause");
  });
}

const go = (step) => {
  const list = visible();
  const here = list.indexOf(document.activeElement?.closest(".scenario"));
  const next = list[Math.min(Math.max(here + step, 0), list.length - 1)];
  next?.querySelector("summary").focus();
  next?.scrollIntoView({ block: "nearest" });
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    search.value = "";
    for (const badge of badges) badge.ariaPressed = "false";
    filter();
    search.blur();
  } else if (event.target === search) {
    if (event.key === "Enter") go(1);
  } else if (event.key === "/") {
    event.preventDefault();
    search.focus();
  } else if (event.key === "j") go(1);
  else if (event.key === "k") go(-1);
});

const open = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target?.matches(".scenario")) { target.open = true; target.scrollIntoView(); }
};
addEventListener("hashchange", open);
for (const scenario of scenarios)
  scenario.querySelector("summary").addEventListener("click", () => {
    if (!scenario.open) history.replaceState(null, "", `#${encodeURIComponent(scenario.id)}`);
  });
open();
