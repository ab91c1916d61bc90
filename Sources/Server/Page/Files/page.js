// The pages work without this. It makes the key "/" go to the search, and opens what a link points into.
(() => {
  "use strict";
  const find = () => document.getElementById("q") || document.getElementById("find");
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.altKey || event.metaKey) return;
    const at = event.target;
    if (at instanceof HTMLElement && (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName))) return;
    const field = find();
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.select();
  });
  const open = () => {
    const target = document.getElementById(location.hash.slice(1));
    for (let part = target; part; part = part.parentElement) if (part instanceof HTMLDetailsElement) part.open = true;
    if (target) target.scrollIntoView();
  };
  addEventListener("hashchange", open);
  if (location.hash.length > 1) open();
})();
