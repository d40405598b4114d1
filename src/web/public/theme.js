// Runs before the first paint, so that the page never flashes in the wrong theme or at the wrong density.
(function () {
  try {
    const theme = localStorage.getItem("shobar.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    if (localStorage.getItem("shobar.density") === "compact") document.documentElement.dataset.density = "compact";
    const language = localStorage.getItem("shobar.language");
    if (language) document.documentElement.lang = language;
  } catch {
    // Storage is switched off: the system's theme is used.
  }
})();
