/** Menus (`details.menu`) of every page: one is open at a time; a press elsewhere closes it, Escape closes it and goes back to
 * what opened it, and does nothing else then.
 * @param {Document} page */
export function closeMenus(page) {
  const open = () => /** @type {NodeListOf<HTMLDetailsElement>} */ (page.querySelectorAll('details.menu[open]'))
  page.addEventListener('click', (event) => {
    for (const menu of open()) if (!menu.contains(/** @type {Node} */ (event.target))) menu.open = false
  })
  page.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return
    for (const menu of open()) {
      event.stopPropagation() // a panel behind the menu stays
      menu.open = false
      menu.querySelector('summary')?.focus()
    }
  })
}

/** A menu closes behind a choice in its list, and the keyboard goes on from where it stood.
 * @param {Event} event */
export function fold(event) {
  if (!(/** @type {Element} */ (event.target).closest('button, a'))) return
  const menu = /** @type {HTMLDetailsElement} */ (/** @type {Element} */ (event.currentTarget).closest('details'))
  menu.open = false
  menu.querySelector('summary')?.focus()
}
