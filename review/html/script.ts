/** The page's only script: the theme, the filter of the differences, and nothing folded in print. */
export const script = `
"use strict";
const root = document.documentElement;
const toggle = document.getElementById("theme");
const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (root.dataset.theme || (prefersDark.matches ? "dark" : "light")) === "dark";
const name = () => { toggle.textContent = isDark() ? "Light theme" : "Dark theme"; };
toggle.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; name(); });
prefersDark.addEventListener("change", name);
toggle.hidden = false;
name();

for (const filter of document.querySelectorAll(".filter")) {
  const input = filter.querySelector("input");
  const select = filter.querySelector("select");
  const count = filter.querySelector("[role=status]");
  const rows = [...filter.parentElement.querySelectorAll("tbody tr")]
    .map((row) => ({ row, text: row.textContent.toLowerCase(), relation: row.dataset.relation }));
  const apply = () => {
    const words = input.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let shown = 0;
    for (const { row, text, relation } of rows) {
      const fits = (select.value === "" || relation === select.value) && words.every((word) => text.includes(word));
      row.hidden = !fits;
      if (fits) shown++;
    }
    count.textContent = shown.toLocaleString("en-US") + " of " + rows.length.toLocaleString("en-US") + (rows.length === 1 ? " change shown" : " changes shown");
  };
  input.addEventListener("input", apply);
  select.addEventListener("change", apply);
  filter.hidden = false;
  apply();
}

let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open])")];
  for (const one of opened) one.open = true;
});
addEventListener("afterprint", () => { for (const one of opened) one.open = false; });
`;
