/** Names that Unfold leaves out: its search box, and its side bar among the parts that scroll. */

const search = /** @type {HTMLInputElement | null} */ (document.getElementById('searchbar'))
for (const part of [search, document.getElementById('searchbar-submit')]) if (search) part?.setAttribute('aria-label', search.placeholder)
const menu = document.getElementById('nav-sidebar-apps')
menu?.setAttribute('data-simplebar-aria-label', menu.closest('nav')?.getAttribute('aria-label') ?? '')
