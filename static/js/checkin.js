/** Check-in at the door. The list is on the telephone: a badge is answered at once, with or without a network; what was scanned
 * goes to the server when it answers, and what the server knows better (another door was first) is said as loudly. */
import { Camera } from './checkin/camera.js'
import { bare, decide, photosFor, recall, remember } from './checkin/decide.js'
import { digestOf, Store } from './checkin/store.js'
import { ownScript } from './trusted.js'

/** @typedef {import('./checkin/decide.js').Verdict} Verdict */
/** @typedef {import('./checkin/decide.js').Entry} Entry */
/** @typedef {{ key: string, outcome: import('./checkin/decide.js').Outcome, entry: Entry | null, first: string, by: string }} Answer */

/** @type {(text: string) => string} */
const gettext = /** @type {any} */ (globalThis).gettext ?? ((/** @type {string} */ text) => text)
const AGAIN = 60_000 // ms between two lists from the server
const PATIENCE = 5000 // ms for an answer while somebody stands at the door
const PICTURES = 40 // in one question to the server (summit/accreditation/checkin.py)

const page = /** @type {HTMLElement} */ (document.querySelector('#check-in'))
const addresses = /** @type {{ list: string, scans: string, photos: string, worker: string, photo: string, name: string }} */ (page.dataset)
/** @param {string} name */
const part = (name) => /** @type {any} */ (page.querySelector(`#${name}`))

const store = await Store.open(addresses.name)
let list = await store.list()
let token = ''
let photos = { kept: 0, all: 0 }
let fetching = false
let shown = '' // key of the scan whose verdict is on the page

/** @type {Record<string, { tone: string, word: () => string, say: (first: string, by: string) => string }>} */
const VERDICTS = {
  in: { tone: 'good', word: () => gettext('Welcome'), say: () => gettext('Compare the photo, then let them in.') },
  again: {
    tone: 'over',
    word: () => gettext('Used before'),
    say: (first, by) => `${gettext('This person has come in already:')} ${clock(first)}${by ? ` · ${by}` : ''}. ${gettext('Compare the photo. If it is somebody else, call the accreditation desk.')}`,
  },
  void: { tone: 'over', word: () => gettext('Void badge'), say: () => gettext('A newer badge was printed for this person. Keep this one and send them to the accreditation desk.') },
  withdrawn: { tone: 'over', word: () => gettext('Withdrawn'), say: () => gettext('This person may no longer enter. Send them to the accreditation desk.') },
  full: { tone: 'over', word: () => gettext('No place left'), say: () => gettext('All places of this delegation in this hall are taken. Send them to the accreditation desk.') },
  unknown: { tone: 'over', word: () => gettext('Unknown badge'), say: () => gettext('This is no badge of this summit. Type the code beneath the QR, or send them to the accreditation desk.') },
}

/** @param {string} moment ISO */
function clock(moment) {
  return moment ? new Date(moment).toLocaleTimeString(document.documentElement.lang, { hour: '2-digit', minute: '2-digit' }) : ''
}

/** @param {string} code */
async function checkIn(code) {
  const meeting = Number(part('meeting').value)
  if (!list || !meeting || !bare(code)) return
  const verdict = decide(list, await digestOf(bare(code)), meeting)
  const at = new Date().toISOString()
  const scan = { key: crypto.randomUUID(), meeting, code, at }
  shown = scan.key
  show(verdict, '')
  if (verdict.outcome === 'in' && verdict.entry) {
    remember(list, verdict.entry, meeting, at)
    await store.keepList(list)
  }
  await store.wait(scan)
  await send()
}

/** @param {Verdict} verdict @param {string} by */
function show(verdict, by) {
  const { tone, word, say } = VERDICTS[verdict.outcome]
  const box = part('verdict')
  box.dataset.tone = tone
  box.dataset.outcome = verdict.outcome
  box.setAttribute('role', tone === 'good' ? 'status' : 'alert')
  part('verdict-word').textContent = word()
  part('verdict-name').textContent = verdict.entry?.name ?? ''
  part('verdict-home').textContent = [verdict.entry?.delegation, verdict.entry?.function].filter(Boolean).join(' · ')
  part('verdict-say').textContent = say(verdict.first, by)
  part('verdict-none').hidden = !verdict.entry || Boolean(verdict.entry.photo) || !['in', 'again'].includes(verdict.outcome)
  void draw(verdict.entry, shown)
  box.hidden = false
  navigator.vibrate?.(tone === 'good' ? 80 : [200, 100, 200, 100, 400])
  sound(tone === 'good')
}

/** The small photo from the telephone at once; the one on the server, when it comes, in its place. @param {Entry | null} entry @param {string} scan */
async function draw(entry, scan) {
  const photo = part('verdict-photo')
  photo.hidden = true
  const small = entry?.photo ? await store.photo(entry.who, entry.photo) : ''
  if (scan !== shown) return
  part('verdict-blank').hidden = !entry?.photo || Boolean(small)
  const put = (/** @type {string} */ address) => {
    if (scan !== shown) return
    photo.src = address
    photo.hidden = false
    part('verdict-blank').hidden = true
  }
  if (small) put(small)
  if (!entry?.photo || !navigator.onLine) return
  const large = Object.assign(new Image(), { src: addresses.photo.replace('/0/', `/${entry.who}/`) })
  await large.decode().then(() => put(large.src), () => null) // the small one stays
}

/** One high note, or three low ones: heard without looking. @param {boolean} good */
function sound(good) {
  if (!part('sound').checked) return
  const context = new AudioContext()
  for (const [index, pitch] of (good ? [880] : [220, 220, 165]).entries()) {
    const note = context.createOscillator()
    note.frequency.value = pitch
    note.connect(context.destination)
    note.start(context.currentTime + index * 0.25)
    note.stop(context.currentTime + index * 0.25 + 0.18)
  }
  setTimeout(() => void context.close(), 1200)
}

/** Scans that wait go to the server; answers it gives otherwise are shown. */
async function send() {
  const waiting = await store.waiting()
  if (waiting.length && token) {
    const answer = await fetch(addresses.scans, {
      method: 'POST', body: JSON.stringify({ scans: waiting.slice(0, 100) }), signal: AbortSignal.timeout(PATIENCE),
      headers: { 'Content-Type': 'application/json', 'X-CSRFToken': token },
    }).catch(() => null)
    if (answer?.ok) {
      const { answers } = /** @type {{ answers: Answer[] }} */ (await answer.json())
      await store.sent(answers.map((one) => one.key))
      for (const one of answers) await correct(one)
      if (waiting.length > 100) await send()
    }
  }
  await tell()
}

/** @param {Answer} answer */
async function correct(answer) {
  const mine = answer.key === shown
  if (mine && answer.outcome !== part('verdict').dataset.outcome) show(answer, answer.by)
  if (!mine && answer.outcome !== 'in') {
    const line = document.createElement('li')
    line.className = 'line'
    line.textContent = `${VERDICTS[answer.outcome].word()}: ${answer.entry?.name ?? gettext('Unknown badge')} ${clock(answer.first)}`
    part('late').append(line)
    part('late-box').hidden = false
  }
}

/** A new list from the server; who may no longer check in keeps nothing. */
async function renew() {
  const answer = await fetch(addresses.list, { signal: AbortSignal.timeout(15_000) }).catch(() => null)
  let change = null
  const isOver = !answer && list && Date.parse(list.until) < Date.now()
  if (isOver || (answer && (answer.status === 404 || answer.redirected || answer.status === 403))) {
    await store.forget()
    list = null
    part('verdict').hidden = true
    if (!isOver) navigator.serviceWorker?.controller?.postMessage({ forget: true })
  } else if (answer?.ok) {
    const { csrf, ...fresh } = await answer.json()
    token = csrf
    recall(fresh, await Promise.all((await store.waiting()).map(async ({ code, meeting, at }) => ({ digest: await digestOf(bare(code)), meeting, at }))))
    list = fresh
    await store.keepList(fresh)
    change = await countPhotos(fresh)
  }
  drawMeetings()
  await send()
  if (change) void fetchPhotos(change)
}

/** Photos that the list names and this telephone lacks, some at a time; those it names no more go. @param {ReturnType<typeof photosFor>} change */
async function fetchPhotos({ lacking, gone }) {
  if (fetching) return
  fetching = true
  try {
    await store.dropPhotos(gone)
    while (lacking.length) {
      const some = lacking.splice(0, PICTURES)
      const answer = await fetch(`${addresses.photos}?of=${some.map((one) => one.who)}`, { signal: AbortSignal.timeout(15_000) }).catch(() => null)
      if (!list || !answer?.ok || answer.redirected) return // with the next list once more
      const found = (await answer.json()).photos
      for (const { who, which } of some) await store.keepPhoto(who, which, found[who] ?? '')
      await countPhotos(list)
    }
  } finally {
    fetching = false
  }
}

/** @param {import('./checkin/decide.js').List} known */
async function countPhotos(known) {
  const change = photosFor(known, await store.photos())
  photos = { kept: change.all - change.lacking.length, all: change.all }
  await tell()
  return change
}

function drawMeetings() {
  const select = part('meeting')
  const chosen = select.value
  select.replaceChildren(...(list?.meetings ?? []).map((one) => new Option(one.title, String(one.id), false, String(one.id) === chosen)))
  part('door').disabled = !list
}

/** How things stand: the network, the list, what waits. */
async function tell() {
  const count = (await store.waiting()).length
  const people = list ? new Set(Object.values(list.badges).map((one) => one.number)).size : 0
  part('network').textContent = navigator.onLine && token ? gettext('Connected') : gettext('No network: it works all the same')
  part('network').dataset.state = navigator.onLine && token ? 'open' : 'suspended'
  part('kept').textContent = list ? `${gettext('Badges on this telephone:')} ${people} · ${gettext('Photos:')} ${photos.kept}/${photos.all}` : gettext('No list yet. Connect to the network once.')
  part('kept').dataset.photos = list && photos.kept === photos.all ? 'all' : 'some'
  part('waits').textContent = count ? `${gettext('Scans to be sent:')} ${count}` : gettext('Everything is sent')
  part('waits').dataset.count = String(count)
}

const camera = new Camera(part('video'), (code) => void checkIn(code))
part('camera').addEventListener('click', async () => {
  if (camera.stream) {
    camera.stop()
  } else {
    await camera.start().catch(() => {
      part('camera-fault').hidden = false
    })
  }
  part('video').hidden = !camera.stream
  part('camera-word').textContent = camera.stream ? gettext('Stop the camera') : gettext('Scan with the camera')
})
part('typed').addEventListener('submit', (/** @type {SubmitEvent} */ event) => {
  event.preventDefault()
  const field = part('code')
  void checkIn(field.value)
  field.value = ''
  field.focus()
})
addEventListener('online', () => void renew())
addEventListener('offline', () => void tell())
setInterval(() => void renew(), AGAIN)

/** The page and what it loaded are kept for a start without a network. */
async function keepPage() {
  if (!('serviceWorker' in navigator)) return
  await navigator.serviceWorker.register(ownScript(addresses.worker))
  const ready = await navigator.serviceWorker.ready
  navigator.serviceWorker.addEventListener('message', (event) => {
    if (event.data?.kept) page.dataset.kept = 'yes'
  })
  const loaded = performance.getEntriesByType('resource').map((one) => one.name)
  const shell = loaded.filter((name) => name.startsWith(`${location.origin}/static/`) || name.includes('/i18n/texts.js'))
  ready.active?.postMessage({ keep: [...new Set([location.href.split(/[?#]/)[0], ...shell])] })
}

drawMeetings()
await (list ? countPhotos(list) : tell())
await renew()
await keepPage()
