"use strict";
// The page holds both languages. This shows one and passes the choice on to the pages that it links to.
(() => {
  const buttons = document.querySelectorAll("[data-show]");
  const show = (lang) => {
    document.documentElement.lang = lang;
    document.title = document.querySelector("title").dataset[lang];
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.show === lang));
    for (const link of document.querySelectorAll('a[href*=".html"]')) link.search = lang === "id" ? "" : `lang=${lang}`;
  };
  for (const button of buttons) button.addEventListener("click", () => show(button.dataset.show));
  document.querySelector(".switch").hidden = false;
  show(new URLSearchParams(location.search).get("lang") === "en" ? "en" : "id");
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
})();
