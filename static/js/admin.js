/** Names that Unfold leaves out: its search box, its side bar among the parts that scroll, links beside dates and times. */

const search = /** @type {HTMLInputElement | null} */ (document.getElementById('searchbar'))
for (const part of [search, document.getElementById('searchbar-submit')]) if (search) part?.setAttribute('aria-label', search.placeholder)
const menu = document.getElementById('nav-sidebar-apps')
menu?.setAttribute('data-simplebar-aria-label', menu.closest('nav')?.getAttribute('aria-label') ?? '')

// Django draws the links beside dates and times once all is loaded; each says what it is the day or the hour of.
addEventListener('load', () => {
  for (const links of document.querySelectorAll('.datetimeshortcuts')) {
    const box = links.parentElement?.querySelector('input')
    const of = box?.getAttribute('aria-label') ?? box?.labels?.[0]?.textContent?.replace('*', '').trim()
    for (const link of links.querySelectorAll('a')) {
      const word = link.textContent?.trim() || link.querySelector('[title]')?.getAttribute('title')
      link.setAttribute('aria-label', `${word}: ${of}`)
    }
  }
})
