/** The lobby: in the hall or remote, as whom, with which devices; every obstacle with its way out; then join. */

import { html, live, nothing, render } from 'lit'
import { flag, icon } from './marks.js'
import { playTone, watch } from './room/devices.js'
import * as equipment from './room/equipment.js'
import { Grading } from './room/grading.js'
import * as names from './room/names.js'
import { askSeat, pageData } from './room/seat.js'
import { Signal } from './room/signal.js'
import { announcer } from './room/view/announce.js'
import { obstacle as explain } from './room/view/obstacles.js'
import { fill, hostTime, meanwhile, meetingWord, nobodyHelps, reading } from './room/view/sentences.js'
import { mySound, TONES } from './room/view/sound.js'
import { SoundCheck } from './room/view/soundcheck.js'

/** @typedef {'mic' | 'camera'} Sends */

const RETRY = 15_000 // ms between looks at the door while the socket, which pushes it, is down
const SILENT = 4 // level of 100 below which nobody would hear
const LOUD = 92
const WAITS = ['not_open', 'full'] // obstacles that go away by themselves
/** How a socket may end for good, and what then stands in the way. @type {Record<string, string>} */
const ENDS = { 'signed-out': 'signed-out', over: 'over', 'not-allowed': 'not_accredited' }

const page = pageData()
const root = /** @type {HTMLElement} */ (document.getElementById('lobby'))
const say = announcer(document)
const kept = equipment.remembered()

/** What this page knows and shows. */
const lobby = {
  mode: /** @type {'remote' | 'hall'} */ (kept.mode ?? page.seat.mode ?? 'remote'),
  chosen: kept,
  opensAlone: kept.opensAlone ?? false,
  /** @type {Record<Sends, MediaStreamTrack | null>} */
  tracks: { mic: null, camera: null },
  /** @type {Record<Sends, MediaStream | null>} */
  streams: { mic: null, camera: null },
  /** @type {Partial<Record<Sends, string>>} */
  wrong: {},
  cameraOff: kept.cameraOff ?? false,
  lowData: kept.most === 'low',
  level: 0,
  peak: 0,
  sound: /** @type {import('./room/grade.js').Grade | null} */ (null),
  heardAt: 0,
  startedAt: 0,
  /** @type {Record<string, import('./room/equipment.js').Choice[]>} */
  choices: { mic: [], camera: [], speaker: [] },
  door: /** @type {import('./room/protocol.js').DoorState} */ (page.door),
  version: -1, // of the door
  ice: /** @type {RTCIceServer[]} */ ([]),
  online: false,
  obstacle: /** @type {string} */ (page.door.obstacle?.code ?? ''),
  message: /** @type {string} */ (page.door.obstacle?.message ?? ''),
  next: /** @type {string | null} */ (page.door.obstacle?.next ?? null),
  ways: elsewhere(page.door),
  joining: false,
  playing: false,
  help: /** @type {'' | 'form' | 'sent' | 'unattended' | 'failed'} */ (''),
}
const socket = new URL(page.socket, location.href)
socket.protocol = socket.protocol.replace('http', 'ws')
const signal = new Signal({
  url: socket.href, seat: (fresh) => (fresh ? newToken() : page.waiting), known: () => ({ door: lobby.version }),
  onMessage: heard,
  onLink: (link, closed) => {
    lobby.online = link === 'open'
    if (closed && ENDS[closed.state]) endsWith(ENDS[closed.state] ?? '')
    changed()
  },
})
const check = new SoundCheck({
  request: (type, fields) => signal.request(type, fields),
  facts: () => ({ mic: lobby.tracks.mic, camera: lobby.tracks.camera, speaker: lobby.chosen.speaker, ice: lobby.ice, online: lobby.online, opens: !barred(lobby.obstacle) }),
  changed, say, join: () => void join(lobby.ways.includes('companion') ? 'companion' : ''), help: () => { lobby.help = 'form'; changed() },
  withoutCamera: () => { if (!lobby.cameraOff) switchCamera(); void join() },
})
const opening = new equipment.Opening()
/** @type {() => void} */
let stopMeter = () => {}
/** @type {Grading | null} */
let grading = null

/** Draw, once a frame. */
let drawing = false
function changed() {
  if (drawing) return
  drawing = true
  requestAnimationFrame(() => {
    drawing = false
    render(view(), root)
  })
}

const sends = () => lobby.door.publishes && lobby.mode === 'remote'

/** Where this person sits already, in another browser: what they may choose then.
 * @param {import('./room/protocol.js').DoorState} door
 * @returns {string[]} */
function elsewhere(door) {
  return door.seated.some((seat) => seat.device === 'media' && !seat.here) ? ['move', 'companion'] : []
}

/* Devices */

/** @param {Sends} kind */
async function openDevice(kind) {
  closeDevice(kind)
  const opened = await opening.open(kind, lobby.chosen)
  if (!opened) return // closed before it was open
  const { track, obstacle } = opened
  if (!sends()) {
    track?.stop()
    return
  }
  lobby.tracks[kind] = track
  lobby.streams[kind] = track ? new MediaStream([track]) : null
  lobby.wrong[kind] = obstacle ?? ''
  if (obstacle) say(explain(obstacle, kind).title, false)
  if (track && kind === 'mic') listenTo(track)
  track?.addEventListener('ended', () => { if (lobby.tracks[kind] !== track) return; lobby.wrong[kind] = 'none'; closeDevice(kind); changed() })
  lobby.choices = await equipment.list()
  changed()
}

/** @param {Sends} kind */
function closeDevice(kind) {
  if (kind === 'mic') {
    stopMeter()
    grading?.close()
    grading = lobby.sound = null
    check.stop()
  }
  opening.cancel(kind)
  lobby.tracks[kind]?.stop()
  lobby.tracks[kind] = null
  lobby.streams[kind] = null
}

/** @param {MediaStreamTrack} track */
function listenTo(track) {
  lobby.startedAt = performance.now()
  lobby.peak = 0
  grading = new Grading(track, (sound) => { lobby.sound = sound; changed() })
  stopMeter = equipment.meter(track, (level) => {
    lobby.level = level
    lobby.peak = Math.max(lobby.peak * 0.995, level)
    if (level > SILENT * 3) lobby.heardAt = performance.now()
    changed()
  })
}

/** A grade for my sound, by what was heard in the last seconds. */
function grade() {
  if (!lobby.tracks.mic) return { tone: 'soon', text: gettext('No sound yet') }
  const now = performance.now()
  if (lobby.sound) return { tone: TONES[lobby.sound.grade], text: mySound(lobby.sound.why) }
  if (lobby.peak > LOUD) return { tone: 'soon', text: gettext('Too loud: move back a little') }
  if (lobby.heardAt && now - lobby.heardAt < 8000) return { tone: 'good', text: gettext('Good') }
  if (now - lobby.startedAt < 4000 || lobby.heardAt) return { tone: 'action', text: gettext('Listening') }
  return lobby.peak < SILENT ? { tone: 'over', text: gettext('Nothing is heard: is the microphone switched off?') } : { tone: 'soon', text: gettext('Very quiet: come closer') }
}

async function testSpeaker() {
  lobby.playing = true
  changed()
  await playTone(lobby.chosen.speaker).catch(() => {})
  lobby.playing = false
  changed()
}

/**
 * @param {'mic' | 'camera' | 'speaker'} kind
 * @param {string} id
 */
function choose(kind, id) {
  lobby.chosen = { ...lobby.chosen, [kind]: id }
  if (kind !== 'speaker') void openDevice(kind)
}

/** @param {'remote' | 'hall'} mode */
function takePart(mode) {
  lobby.mode = mode
  if (sends()) void start()
  else for (const kind of /** @type {Sends[]} */ (['mic', 'camera'])) closeDevice(kind)
  changed()
}

async function start() {
  if (!sends()) return
  await openDevice('mic')
  if (sends() && !lobby.cameraOff) await openDevice('camera')
}

function switchCamera() {
  lobby.cameraOff = !lobby.cameraOff
  lobby.wrong.camera = ''
  if (lobby.cameraOff) closeDevice('camera')
  else void openDevice('camera')
  changed()
}

/* The door */

/** @param {'' | 'move' | 'companion'} [way] */
async function join(way = '') {
  lobby.joining = true
  changed()
  const companion = way === 'companion' || !sends()
  const ask = { ...page.seat.ask, device: companion ? 'companion' : 'media', mode: lobby.mode, opens_alone: !companion && lobby.opensAlone, move: way === 'move' }
  const { status, body } = await askSeat(page, ask).catch(() => ({ status: 0, body: /** @type {any} */ ({}) }))
  lobby.joining = false
  if (status === 200) return enter(body.next ?? page.urls.room)
  lobby.message = body.message ?? ''
  lobby.ways = body.choices ?? []
  lobby.obstacle = body.code ?? (status === 401 ? 'signed-out' : status === 0 ? 'offline' : 'unknown')
  if (status === 401) lobby.next = location.href
  say(explain(lobby.obstacle).title, true)
  changed()
}

/** @param {string} next */
function enter(next) {
  equipment.remember({ ...lobby.chosen, sound: lobby.sound, most: lobby.lowData ? 'low' : kept.most === 'low' ? 'high' : kept.most, opensAlone: lobby.opensAlone, mode: lobby.mode, cameraOff: lobby.cameraOff, cameraOn: sends() && !lobby.cameraOff && !lobby.wrong.camera })
  for (const kind of /** @type {Sends[]} */ (['mic', 'camera'])) closeDevice(kind)
  signal.close()
  location.assign(next)
}

/** @param {import('./room/protocol.js').Message} message */
function heard(message) {
  if (message.type === 'welcome' || message.type === 'ice') lobby.ice = message.ice
  if (message.type === 'route') check.route(message)
  if (message.type === 'state' && message.version > lobby.version) {
    lobby.version = message.version
    see(message.state)
  }
  if (message.type === 'bye' && message.message) lobby.message = message.message
}

/** The door as it is now: what changed is said, and done.
 * @param {import('./room/protocol.js').DoorState} door */
function see(door) {
  const before = lobby.door
  lobby.door = door
  page.meeting = { ...page.meeting, state: door.state }
  if (door.help?.reply && door.help.reply !== before.help?.reply) say(fill(gettext('Answer to your call: %(reply)s'), { reply: door.help.reply }), true)
  if ((door.obstacle?.code ?? '') !== (before.obstacle?.code ?? '')) {
    lobby.obstacle = door.obstacle?.code ?? ''
    lobby.message = door.obstacle?.message ?? ''
    lobby.next = door.obstacle?.next ?? null
    say(lobby.obstacle ? explain(lobby.obstacle).title : gettext('You can join now.'), true)
  }
  if (lobby.obstacle === 'full' && door.seats_free > 0) lobby.obstacle = ''
  if (!lobby.obstacle) lobby.ways = elsewhere(door)
  if (door.publishes !== before.publishes) takePart(lobby.mode)
  changed()
}

/** The server let this lobby go for good.
 * @param {string} code of the obstacle */
function endsWith(code) {
  lobby.obstacle = code
  lobby.next = code === 'signed-out' ? location.href : page.urls.home
  say(explain(code).title, true)
}

/** What the door is, asked without the socket. */
async function ask() {
  const where = new URLSearchParams({ summit: page.summit.slug, meeting: page.meeting.slug })
  const answer = await fetch(`${page.seat.endpoint}?${where}`, { credentials: 'same-origin' }).catch(() => null)
  return answer?.ok ? answer.json() : null
}

/** @returns {Promise<string>} */
async function newToken() {
  const found = await ask()
  if (!found) throw new Error('the server does not answer')
  return found.waiting
}

async function lookAgain() {
  if (lobby.online || document.hidden || lobby.obstacle === 'signed-out') return
  const found = await ask()
  if (found) see(found.door)
}

/** @param {SubmitEvent} event */
async function callHelp(event) {
  event.preventDefault()
  const text = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get('text') ?? '').trim()
  const bars = WAITS.includes(lobby.obstacle) ? '' : lobby.obstacle // whoever only waits calls about something else
  const obstacle = bars || Object.entries(lobby.wrong).filter(([, code]) => code).map(([kind, code]) => `${kind}.${code}`)[0] || check.obstacle || lobby.obstacle
  const answer = await fetch(page.urls.help, { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-CSRFToken': page.csrf }, body: JSON.stringify({ obstacle, text }), credentials: 'same-origin' }).catch(() => null)
  const told = answer?.ok ? await answer.json().catch(() => null) : null
  lobby.help = !told ? 'failed' : told.attended ? 'sent' : 'unattended'
  say({ sent: gettext('A person was called.'), unattended: nobodyHelps(), failed: gettext('The call did not go through.') }[lobby.help], true)
  changed()
}

/* What is drawn */

function view() {
  const { meeting } = page
  return html`<div class="lobby">
    <header class="room-head">
      <div class="room-title"><p><bdi>${names.short(page.summit.names, reading()) || names.text(page.summit.names, reading())}</bdi></p><h1><bdi>${names.text(meeting.titles, reading())}</bdi></h1></div>
      <p class="meeting-state" data-state=${meeting.state}>${icon('circle-dot')}<span><strong>${meetingWord(meeting.state)}</strong>${meeting.state === 'planned' ? ` · ${fill(gettext('%(time)s at the host'), { time: hostTime(meeting.starts_at, meeting.zone) })}` : ''}</span></p>
      ${page.urls.home ? html`<a class="button button--quiet" href=${page.urls.home}>${icon('arrow-left')}${gettext('Home')}</a>` : nothing}
    </header>
    <main id="main" class="lobby-main" tabindex="-1">${preview()} ${form()}</main>
    ${helpDialog()}
  </div>`
}

function preview() {
  const mine = page.you?.delegations?.[0]
  const entry = page.directory.state.delegations[mine?.id]
  const person = page.directory.state.persons[page.you?.person]
  const camera = sends() ? lobby.streams.camera : null
  return html`<section class="preview" aria-label=${gettext('Your picture and sound')}>
    <div class="preview-picture">
      ${camera ? html`<video .srcObject=${live(camera)} autoplay .muted=${true} playsinline aria-label=${gettext('Your picture')}></video>` : html`<p class="speaker-note">${icon(sends() ? 'video-off' : 'building')}${emptyPicture()}</p>`}
      <div class="lower-third">${entry ? flag(entry.flag) : nothing}<p class="lower-third-name"><bdi>${identity()}</bdi></p>
        <p class="lower-third-person"><bdi>${[names.formal(page.you?.names, reading()), names.text(person?.title, reading())].filter(Boolean).join(gettext(', '))}</bdi></p></div>
    </div>
    ${sends() ? sound() : nothing}
    ${sends() ? /** @type {Sends[]} */ (['mic', 'camera']).map((kind) => (lobby.wrong[kind] ? problem(kind, lobby.wrong[kind] ?? '') : nothing)) : nothing}
  </section>`
}

function emptyPicture() {
  if (!lobby.door.publishes) return gettext('You follow this meeting without camera and microphone.')
  if (lobby.mode === 'hall') return gettext('In the hall you speak through the hall’s microphones. This device stays silent: list, papers, chat and votes.')
  return gettext('Your camera is off. The room will see your flag and name.')
}

/** How the room will name me. */
function identity() {
  const mine = page.you?.delegations?.[0]
  return mine ? names.short(mine.names, reading()) : officeWord(page.you?.offices?.[0]) || names.short(page.you?.names, reading())
}

/** @param {string | undefined} office */
function officeWord(office) {
  /** @type {Record<string, string>} */
  const words = {
    chair: gettext('Chair'), deputy: gettext('Deputy chair'), secretary: gettext('Secretary'), officer: gettext('Conference officer'),
    interpreter: gettext('Interpreter'), technician: gettext('Technician'), writer: gettext('Record writer'),
  }
  return words[office ?? ''] ?? ''
}

function sound() {
  const { tone, text } = grade()
  return html`<div class="sound">
    <div class="sound-grade"><span>${gettext('Your sound')}</span><span class="dot" data-tone=${tone} role="status">${text}</span></div>
    <meter min="0" max="100" low="8" high="90" optimum="50" .value=${lobby.tracks.mic ? lobby.level : 0} aria-label=${gettext('Level of your microphone')}></meter>
    <p class="hint">${gettext('Say a sentence as you would in the room.')}</p>
    ${lobby.tracks.mic ? check.view() : nothing}</div>`
}

/**
 * @param {Sends} kind
 * @param {string} code
 */
function problem(kind, code) {
  const { title, way } = explain(code, kind)
  return html`<div class="notice" data-tone="soon">${icon('alert')}<div class="notice-body"><p><strong>${title}</strong></p><p>${way}</p></div>
    <button class="button" type="button" @click=${() => void openDevice(kind)}>${gettext('Try again')}</button></div>`
}

/** @param {string} code */
const barred = (code) => ['closed_meeting', 'not_accredited', 'not_open', 'removed', 'over', 'full', 'seat.three', 'signed-out', 'offline', 'unknown'].includes(code)

function form() {
  const stands = barred(lobby.obstacle) ? lobby.obstacle : ''
  return html`<form class="lobby-form" @submit=${(/** @type {Event} */ e) => { e.preventDefault(); if (!lobby.joining) void join() }}>
    ${calledHelp()} ${stands ? door(stands) : nothing}
    ${page.meeting?.recording ? recorded() : nothing}
    ${lobby.door.publishes ? where() : nothing}
    ${sends() ? selects() : nothing}
    ${lowData()}
    ${lobby.ways.length && !stands ? seatedElsewhere() : joinButton(stands)}
    <p class="row row--apart"><button type="button" class="button button--quiet" id="help" @click=${() => { lobby.help = 'form'; changed() }}>${icon('support')}${gettext('Ask for help')}</button>
      <span class="muted small">${gettext('A person of the conference reads it.')}</span></p>
  </form>`
}

/** My call for help, until it is answered; then the answer. */
function calledHelp() {
  const { help } = lobby.door
  if (!help) return nothing
  if (!help.answered_at && !help.attended) return html`<div class="notice" id="my-call" data-tone="action">${icon('support')}<div class="notice-body"><p><strong>${nobodyHelps()}</strong></p><p>${meanwhile()}</p></div></div>`
  if (!help.answered_at) return html`<div class="notice" id="my-call" data-tone="action">${icon('support')}<div class="notice-body"><p><strong>${gettext('A person was called.')}</strong></p><p>${gettext('The answer appears here; stay on this page.')}</p></div></div>`
  return html`<div class="notice" id="my-call" data-tone="good">${icon('support')}<div class="notice-body"><p><strong>${gettext('Answer to your call')}</strong> <time datetime=${help.answered_at}>${hostTime(help.answered_at, page.meeting.zone)}</time></p><p><bdi>${help.reply}</bdi></p></div></div>`
}

/** @param {string} code */
function door(code) {
  const { title, way } = explain(code)
  return html`<div class="notice" data-tone=${WAITS.includes(code) ? 'action' : 'over'} role="alert">${icon(WAITS.includes(code) ? 'clock' : 'circle-alert')}
    <div class="notice-body"><p><strong>${title}</strong></p><p>${lobby.message && code === 'unknown' ? lobby.message : way}</p>
    ${lobby.next && !WAITS.includes(code) ? html`<p><a href=${lobby.next}>${code === 'signed-out' ? gettext('Sign in') : gettext('Home')}</a></p>` : nothing}</div></div>`
}

/** Whoever joins is asked inside, before they can be heard. */
function recorded() {
  return html`<div class="notice recording" id="recording"><span class="recording-dot" aria-hidden="true"></span><div class="notice-body"><p><strong>${gettext('The sound of the floor is being recorded.')}</strong> ${gettext('You are asked inside: agree to be recorded when you speak, or only listen.')}</p></div></div>`
}

function where() {
  const choice = (/** @type {'remote' | 'hall'} */ mode, /** @type {string} */ label, /** @type {string} */ hint) => html`<div class="choice choice-card">
    <input type="radio" name="mode" id=${`mode-${mode}`} value=${mode} .checked=${lobby.mode === mode} @change=${() => takePart(mode)}><label for=${`mode-${mode}`}>${label}<span class="hint">${hint}</span></label></div>`
  return html`<fieldset><legend class="legend-large">${gettext('How do you take part?')}</legend><div class="choices">
    ${choice('remote', gettext('Remote'), gettext('Sound and picture through this device'))}
    ${choice('hall', gettext('In the hall'), gettext('No sound from this device'))}</div></fieldset>`
}

function selects() {
  const select = (/** @type {'mic' | 'camera' | 'speaker'} */ kind, /** @type {string} */ label) => html`<div class="field"><label for=${kind}>${label}</label>
    <select id=${kind} @change=${(/** @type {any} */ e) => choose(kind, e.target.value)}>
      ${lobby.choices[kind].length ? lobby.choices[kind].map((one, at) => html`<option value=${one.id} ?selected=${one.id === lobby.chosen[kind]}>${one.label || `${label} ${at + 1}`}</option>`) : html`<option value="">${gettext('The system’s own')}</option>`}</select></div>`
  return html`<div class="devices">
      ${select('mic', gettext('Microphone'))} ${select('camera', gettext('Camera'))} ${select('speaker', gettext('Loudspeaker'))}
      <p class="buttons"><button type="button" class="button button--small" aria-pressed=${String(lobby.cameraOff)} @click=${switchCamera}>${icon(lobby.cameraOff ? 'video' : 'video-off')}${lobby.cameraOff ? gettext('Switch the camera on') : gettext('Join without camera')}</button>
        <button type="button" class="button button--small" aria-busy=${String(lobby.playing)} @click=${() => void testSpeaker()}>${icon('volume')}${lobby.playing ? gettext('You should hear a chime') : gettext('Test the loudspeaker')}</button></p></div>
    <div class="choice"><input type="checkbox" id="opens" .checked=${lobby.opensAlone} @change=${(/** @type {any} */ e) => { lobby.opensAlone = e.target.checked }}><label for="opens">${gettext('Open my microphone when I am called')}<span class="hint">${gettext('Otherwise you press once to speak.')}</span></label></div>`
}

/** For a thin or costly line: before anything is received. */
const lowData = () => html`<div class="choice"><input type="checkbox" id="low-data" .checked=${lobby.lowData} @change=${(/** @type {any} */ e) => { lobby.lowData = e.target.checked }}><label for="low-data">${gettext('Start with low data')}<span class="hint">${gettext('Small pictures for a weak or costly line; you can change it in the room.')}</span></label></div>`

function seatedElsewhere() {
  const { title, way } = explain('seat.taken')
  return html`<div class="notice" data-tone="action">${icon('info')}<div class="notice-body"><p><strong>${title}</strong></p><p>${way}</p></div></div>
    <div class="buttons">${lobby.ways.includes('move') ? html`<button type="button" class="button button--primary button--large" @click=${() => void join('move')}>${gettext('Move here')}</button>` : nothing}
      ${lobby.ways.includes('companion') ? html`<button type="button" class="button button--large button--wide" @click=${() => void join('companion')}>${gettext('Use this device as a companion')}</button>` : nothing}</div>`
}

/** @param {string} stands */
function joinButton(stands) {
  const rests = ['closed_meeting', 'not_accredited', 'removed', 'over', 'not_open', 'signed-out'].includes(stands)
  const text = lobby.joining ? gettext('Taking your seat') : lobby.door.publishes ? fill(gettext('Join as %(name)s'), { name: identity() }) : gettext('Follow the meeting')
  return html`<button class="button button--primary button--large" id="join" aria-busy=${String(lobby.joining)} ?disabled=${rests}>${text}</button>`
}

function helpDialog() {
  if (!lobby.help) return nothing
  const close = () => { lobby.help = ''; changed() }
  const sent = lobby.help === 'sent', waits = lobby.help === 'unattended'
  return html`<dialog id="help-dialog" aria-labelledby="help-title" @close=${close}><h2 id="help-title">${sent ? gettext('A person was called') : waits ? gettext('Your call is waiting') : gettext('Ask for help')}</h2>
    ${sent || waits ? html`${sent ? html`<p>${gettext('Stay on this page. An officer or a technician sees who you are and what stands in the way.')}</p>` : html`<p><strong>${nobodyHelps()}</strong></p><p>${meanwhile()}</p>`}<div class="buttons"><button class="button button--primary" type="button" @click=${close}>${gettext('Close')}</button></div>`
      : html`<form class="form" @submit=${(/** @type {SubmitEvent} */ event) => void callHelp(event)}>
        ${lobby.help === 'failed' ? html`<p class="error">${icon('circle-alert')}${gettext('The call did not go through. Check your network and send it again.')}</p>` : nothing}
        <div class="field"><label for="help-text">${gettext('What is wrong?')}</label><textarea id="help-text" name="text" maxlength="300"></textarea><span class="hint">${gettext('You may leave it empty.')}</span></div>
        <div class="buttons"><button type="button" class="button" @click=${close}>${gettext('Cancel')}</button><button class="button button--primary">${icon('support')}${gettext('Call a person')}</button></div></form>`}</dialog>`
}

new MutationObserver(() => {
  const dialog = root.querySelector('dialog')
  if (dialog && !dialog.open) dialog.showModal()
}).observe(root, { childList: true, subtree: true })
setInterval(() => void lookAgain(), RETRY)
watch(() => void equipment.list().then((choices) => { lobby.choices = choices; changed() }))
addEventListener('pagehide', () => { signal.close(); for (const kind of /** @type {Sends[]} */ (['mic', 'camera'])) closeDevice(kind) })
addEventListener('pageshow', (event) => { if (event.persisted) location.reload() })
addEventListener('online', () => signal.nudge())
addEventListener('pointerdown', () => grading?.wake())
signal.open()
changed()
void start()
