// Switches the page's own words to Korean and back, and begins with the language of the browser. Without it the page is
// in English. What has no Korean stays marked as English: `main` is, and each word that is switched says its own.
"use strict";
(() => {
  const button = document.getElementById("language"), all = (what) => [...document.querySelectorAll(what)];
  const words = all("[data-ko]").map((one) => [one, one.textContent, one.lang]);
  const kept = (value) => {
    try {
      if (value) localStorage.setItem("language", value);
      return localStorage.getItem("language");
    } catch {
      return null; // a browser may keep nothing for a file
    }
  };

  function speak(korean) {
    for (const [one, english, lang] of words) {
      one.textContent = korean ? one.dataset.ko : english;
      one.lang = korean ? "ko" : lang;
      if (!one.lang) one.removeAttribute("lang");
    }
    for (const one of all(".in-ko")) one.hidden = !korean;
    for (const one of all(".in-en")) one.hidden = korean;
    button.textContent = korean ? "English" : "한국어";
    button.lang = korean ? "en" : "ko";
    document.documentElement.dataset.language = document.documentElement.lang = korean ? "ko" : "en";
    document.dispatchEvent(new Event("language"));
  }

  button.hidden = false;
  button.addEventListener("click", () => {
    const korean = document.documentElement.dataset.language !== "ko";
    kept(korean ? "ko" : "en");
    speak(korean);
  });
  speak((kept() || navigator.language.split("-")[0]) === "ko");
})();
