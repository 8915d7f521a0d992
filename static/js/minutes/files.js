/** Progress of the files being made, until none waits; what one chooses meanwhile stays as it is. */

import { showLocalTimes } from '../page.js'
import { readPage } from '../trusted.js'

const [SOON, LATER] = [250, 2000] // ms between looks: most files are there within a second
let wait = SOON
const table = () => document.getElementById('exports')

/** @typedef {{ id: number, state: string, label: string, progress: number, error: string }} Made */

async function look() {
  const url = table()?.dataset.state ?? ''
  try {
    const response = await fetch(url, { headers: { Accept: 'application/json' }, cache: 'no-store' })
    const { exports: files } = /** @type {{ exports: Made[] }} */ (await response.json())
    let waiting = false
    for (const file of files) waiting = show(file) || waiting
    if (!waiting) return await readAgain()
  } catch { /* the server is away: ask again */ }
  again()
}

/** The finished files with their links and hashes, in place of those that were being made. */
async function readAgain() {
  const answer = await fetch(location.href, { cache: 'no-store' })
  const fresh = readPage(await answer.text()).getElementById('exports')
  if (!fresh) return location.reload() // signed out, perhaps: the page says so
  showLocalTimes(fresh)
  table()?.replaceWith(fresh)
  const said = document.getElementById('exports-said')
  if (said) said.textContent = said.dataset.ready ?? ''
}

function again() {
  setTimeout(look, wait)
  wait = Math.min(wait * 1.5, LATER)
}

/** @param {Made} file @returns whether it is still being made */
function show(file) {
  const row = document.querySelector(`[data-export="${file.id}"]`)
  const progress = row?.querySelector('progress')
  const label = row?.querySelector('.export-state')
  if (label && label.textContent !== file.label) label.textContent = file.label
  if (progress) progress.value = file.progress
  return file.state === 'queued' || file.state === 'running'
}

if (table()?.dataset.waiting === 'yes') again()
