// Runs before the first paint, so that a chosen appearance never flashes. The choice itself is made in page.js.
try {
  const theme = localStorage.getItem('theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch { /* storage may be refused: the system's appearance stays */ }
