// The theme that was chosen before the page is drawn; without a script the system's holds.
try {
  const chosen = localStorage.getItem("emobench-theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // A browser that keeps nothing shows the system's theme.
}
