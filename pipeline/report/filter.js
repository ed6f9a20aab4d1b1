// Filters the claims and opens what a link points at. Without it every claim is on the page all the same.
"use strict";
(() => {
  const KEYS = ["verdict", "document", "family", "evidence"];
  const form = document.getElementById("filter");
  const all = (what) => [...document.querySelectorAll(what)];
  const claims = all(".claim"), holders = all(".holder"), opened = new Set(), texts = new Map();

  const is = (claim, key, wanted) => {
    const holder = claim.closest(`[data-${key}]`);
    const mine = holder ? holder.dataset[key].split(",") : [];
    return wanted.split(",").some((one) => mine.includes(one));
  };
  const says = (claim, word) => {
    if (!texts.has(claim)) {
      const log = claim.closest("li") || claim;
      texts.set(claim, (claim.id + " " + log.textContent).toLowerCase());
    }
    return texts.get(claim).includes(word);
  };

  function show() {
    const word = form.search.value.trim().toLowerCase(), asked = KEYS.filter((key) => form[key].value);
    const any = word !== "" || asked.length > 0;
    let found = 0;
    for (const claim of claims) {
      const fits = asked.every((key) => is(claim, key, form[key].value)) && (!word || says(claim, word));
      claim.hidden = !fits;
      found += fits;
    }
    for (const details of opened) details.open = false;
    opened.clear();
    for (const holder of holders) {
      const left = holder.querySelector(".claim:not([hidden])") !== null;
      holder.hidden = any && !left;
      if (any && left && holder.tagName === "DETAILS" && !holder.open) {
        holder.open = true;
        opened.add(holder);
      }
    }
    for (const line of all("tr.line")) {
      let next = line.nextElementSibling;
      while (next && next.hidden) next = next.nextElementSibling;
      line.hidden = !next || next.classList.contains("line");
    }
    for (const line of all(".lines > li")) line.hidden = !line.querySelector(".claim:not([hidden])");
    const again = claims.filter((claim) => claim.dataset.repeats).length;
    const repeats = again ? [` (with ${again} repeats)`, ` (되풀이 ${again}개 포함)`] : ["", ""];
    const few = [`${found} of ${claims.length} claims${repeats[0]}`, `주장 ${claims.length}개${repeats[1]} 가운데 ${found}개`];
    const full = [`all ${claims.length} claims${repeats[0]}`, `주장 ${claims.length}개 전체${repeats[1]}`];
    const korean = document.documentElement.dataset.language === "ko";
    form.querySelector("output").value = (any ? few : full)[korean ? 1 : 0];
    form.querySelector("output").lang = korean ? "ko" : "en";
  }

  function go() {
    const hash = decodeURIComponent(location.hash.slice(1));
    if (hash.includes("=")) {
      const asked = new URLSearchParams(hash);
      for (const key of ["search", ...KEYS]) form[key].value = asked.get(key) || "";
      show();
      return;
    }
    const target = document.getElementById(hash);
    if (!target) return;
    if (target.closest("[hidden]")) {
      form.reset();
      show();
    }
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    target.scrollIntoView();
  }

  function remember() {
    const asked = new URLSearchParams();
    for (const key of ["search", ...KEYS]) if (form[key].value) asked.set(key, form[key].value);
    history.replaceState(null, "", `#${asked.toString() || "claims"}`);
  }

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => { show(); remember(); });
  form.addEventListener("reset", () => setTimeout(() => { show(); remember(); }));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-filter]");
    if (!link) return;
    event.preventDefault();
    location.hash = new URLSearchParams(link.dataset.filter).toString();
    document.getElementById("claims").scrollIntoView();
  });
  window.addEventListener("hashchange", go);
  document.addEventListener("language", () => { texts.clear(); show(); });
  show();
  go();
})();
