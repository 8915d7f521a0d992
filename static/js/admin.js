/** Names and ways of the keyboard that Unfold and Django leave out. */

const words = /** @type {HTMLScriptElement} */ (document.currentScript).dataset
const search = /** @type {HTMLInputElement | null} */ (document.getElementById('searchbar'))
for (const part of [search, document.getElementById('searchbar-submit')]) if (search) part?.setAttribute('aria-label', search.placeholder)
const menu = document.getElementById('nav-sidebar-apps')
menu?.setAttribute('data-simplebar-aria-label', menu.closest('nav')?.getAttribute('aria-label') ?? '')
for (const icon of document.querySelectorAll('.material-symbols-outlined')) icon.ariaHidden = 'true' // its text is the name of a picture
for (const mark of document.querySelectorAll('a[href="/admin/"]:has(> .material-symbols-outlined:only-child)')) {
  mark.setAttribute('tabindex', '-1') // the title beside it leads there too
  mark.ariaHidden = 'true'
}

/** A calendar or clock lies over the page: the keyboard is in it while it is open, and back at its button afterwards.
 * @param {HTMLElement} box @param {HTMLElement} opener */
function dialogOf(box, opener) {
  const page = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('.past-the-menu, #page'))
  box.role = 'dialog'
  box.ariaModal = 'true'
  box.ariaLabel = opener.ariaLabel
  for (const side of ['previous', 'next']) box.querySelector(`.calendarnav-${side}`)?.setAttribute('aria-label', words[side] ?? '')
  let open = false
  new MutationObserver(() => {
    if (open === (box.style.display !== 'none')) return
    open = !open
    for (const part of page) part.inert = open
    if (open) box.querySelector('a')?.focus()
    else opener.focus()
  }).observe(box, { attributeFilter: ['style'] })
}

addEventListener('load', () => {
  // Django has made the buttons by now: `calendarlink3` opens `calendarbox3`, and its picture has the words as a title.
  for (const picture of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('.datetimeshortcuts [title]'))) {
    const opener = /** @type {HTMLElement} */ (picture.parentElement)
    const input = /** @type {HTMLInputElement} */ (opener.closest('.datetimeshortcuts')?.previousElementSibling)
    const field = input.ariaLabel ?? input.labels?.[0]?.firstChild?.textContent?.trim() ?? ''
    opener.ariaLabel = `${field}: ${picture.title}`
    opener.ariaHasPopup = 'dialog'
    dialogOf(/** @type {HTMLElement} */ (document.getElementById(opener.id.replace('link', 'box'))), opener)
  }
})
