// Sets the chosen theme before the first paint, so that nobody is flashed by the other one. Not a module: modules run later.
(() => {
  try {
    const theme = localStorage.getItem("snug.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage can be switched off; then the system's theme is used.
  }
})();
