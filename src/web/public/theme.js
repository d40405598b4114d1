// Runs before the first paint, so that the page never flashes in the wrong theme or at the wrong density.
(function () {
  try {
    var theme = localStorage.getItem("shobar.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    if (localStorage.getItem("shobar.density") === "compact") document.documentElement.dataset.density = "compact";
    var language = localStorage.getItem("shobar.language");
    if (language) document.documentElement.lang = language;
  } catch (problem) {
    // Storage is switched off: the system's theme is used.
  }
})();
