/** The scene: who has the floor, large; the others as tiles. */

import { html, live, nothing, repeat } from 'lit'
import { flag, icon } from '../../marks.js'
import { delegation, delegationOfSeat, isConversation, isMySeat, screens, screenShown, seatOf, sourceOf, talking, tiles, voice } from '../state.js'
import { apart, fill, figure, personLine, personName, plateName, reading, turnName } from './sentences.js'

/** @typedef {import('../seat.js').Room} Room */
/** @typedef {import('../state.js').Seat} Seat */
/** @typedef {import('../state.js').State} State */

const TILES = { speaker: 24, grid: 49 } // beyond it a tile says how many more

/**
 * The seats drawn now, in order, and how many more there are.
 * @param {Room} room
 */
export function seated(room) {
  const all = tiles(room.state, reading())
  const { layout } = room.ui
  const pages = room.ui.allTiles ? all.length : TILES[layout]
  return { seats: all.slice(0, pages), more: Math.max(0, all.length - pages) }
}

/**
 * What this page would like to see, best first: the screen, the voice, whoever presides, then the tiles.
 * @param {Room} room
 */
export function wanted(room) {
  const { state } = room
  if (state.corridor) return state.corridor.seats.filter((seat) => !isMySeat(state, seat)).flatMap((seat) => sourceOf(seat, 'camera') ?? []).slice(0, 12)
  const best = [screenShown(state, room.ui.screen)?.source, sourceOf(large(state)?.seat, 'camera')]
  const others = seated(room).seats.filter((seat) => seat.seat !== state.seat).map((seat) => sourceOf(seat, 'camera'))
  const sources = [...best, ...others].filter((source) => source !== undefined)
  return [...new Set(sources)].slice(0, 12)
}

/** Who is large: whoever the rules let speak; in a conversation whoever talks, or talked last; else whoever presides.
 * @param {State} state */
function large(state) {
  const turn = voice(state)
  if (turn) return { turn, seat: seatOf(state, turn) }
  const talked = isConversation(state) && state.people.seats.find((seat) => `${seat.seat}:mic` === state.talks.last && sourceOf(seat, 'mic'))
  if (talked) return { turn: null, seat: talked }
  const presiding = state.people.seats.find((seat) => seat.person !== null && seat.person === state.meeting?.presiding && seat.device === 'media')
  return presiding ? { turn: null, seat: presiding } : null
}

/** @param {Room} room */
export function scene(room) {
  const { seats, more } = seated(room)
  return html`
    <main id="main" class="scene" tabindex="-1">
      ${speaker(room)}
      <ul class="tiles" tabindex="0" aria-label=${gettext('Others in the room')}>
        ${repeat(seats, (seat) => seat.seat, (seat) => tile(room, seat))}
        ${more ? html`<li><button class="tile tile--more" @click=${() => room.set({ allTiles: true })}>${fill(gettext('%(n)s more'), { n: figure(more) })}</button></li>` : nothing}
      </ul>
    </main>`
}

/** @param {Room} room */
function speaker(room) {
  const { state } = room
  const shownScreen = screenShown(state, room.ui.screen)
  const shared = screens(state)
  const found = large(state)
  const camera = stream(room, found?.seat, 'camera')
  const screen = shownScreen ? room.media.picture(shownScreen.source) : null
  const [screenSource, cameraSource] = [shownScreen?.source, found?.seat && sourceOf(found.seat, 'camera')]
  const rests = resting(room, screenSource ?? cameraSource)
  return html`
    <section class="speaker" data-source=${screenSource ?? cameraSource ?? nothing} aria-label=${gettext('Who has the floor')}>
      ${rests && found ? flag(flagOf(state, found)) : nothing}
      ${screen
        ? html`<video class="shared" .srcObject=${live(screen)} autoplay .muted=${true} playsinline aria-label=${fill(gettext('Screen of %(name)s'), { name: plateName(state, /** @type {Seat} */ (shownScreen?.seat)) })}></video>
            ${camera ? html`<div class="speaker-inset" data-source=${cameraSource ?? nothing}><video .srcObject=${live(camera)} autoplay .muted=${true} playsinline aria-hidden="true"></video></div>` : nothing}`
        : camera
          ? html`<video .srcObject=${live(camera)} autoplay .muted=${true} playsinline aria-hidden="true"></video>`
          : found && (found.turn || found.seat?.person !== state.meeting?.presiding)
            ? flag(flagOf(state, found))
            : found ? html`<div class="speaker-note">${icon('gavel')}<p>${quiet(state)}</p></div>` : html`<div class="speaker-note">${icon('mic-off')}<p>${quiet(state)}</p></div>`}
      ${shared.length > 1 || rests ? html`<div class="speaker-top">${choices(room, shared, shownScreen?.seat)}${rests ? html`<p class="speaker-rests" role="status">${icon('signal-low')}<span>${rests}</span></p>` : nothing}</div>` : nothing}
      ${found ? lowerThird(state, found) : nothing}
    </section>`
}

/**
 * Which of several shared screens I look at.
 * @param {Room} room
 * @param {Seat[]} shared
 * @param {Seat | undefined} shown
 */
function choices(room, shared, shown) {
  if (shared.length < 2) return nothing
  return html`<div class="speaker-screens" role="group" aria-label=${gettext('Shared screens')}>${shared.map((seat) => html`<button class="button button--small" aria-pressed=${String(seat === shown)} @click=${() => room.set({ screen: seat.seat })}>${icon('monitor-up')}${apart(plateName(room.state, seat))}</button>`)}</div>`
}

/**
 * Why a picture rests, in words; "" while it moves.
 * @param {Room} room
 * @param {string | undefined} source
 */
function resting(room, source) {
  const why = source ? room.media.rests(source) : null
  if (why === 'codec') return gettext('This browser cannot show this picture. The sound goes on.')
  if (why === 'limit') return gettext('The picture rests, as you chose. The sound goes on.')
  return why === 'line' ? gettext('The picture rests: your line is weak. The sound goes on.') : ''
}

/** What stands where a speaker would.
 * @param {State} state */
function quiet(state) {
  if (!state.meeting) return gettext('Taking your seat.')
  if (state.meeting?.state === 'planned') return gettext('The meeting has not opened. You will see the speaker here.')
  if (state.meeting?.state !== 'open') return gettext('The meeting rests.')
  return gettext('Nobody has the floor.')
}

/**
 * @param {State} state
 * @param {{ turn: import('../state.js').Turn | null, seat: Seat | undefined }} found
 */
function flagOf(state, { turn, seat }) {
  return delegation(state, turn?.delegation ?? delegationOfSeat(state, seat))?.flag ?? 'org'
}

/**
 * The nameplate. Gold only for the floor; whoever presides has a plain edge.
 * @param {State} state
 * @param {{ turn: import('../state.js').Turn | null, seat: Seat | undefined }} found
 */
function lowerThird(state, found) {
  const { turn, seat } = found
  if (!turn) {
    return html`<div class="lower-third lower-third--chair"><p class="lower-third-name">${apart(seat ? plateName(state, seat) : gettext('Chair'))}</p>
      <p class="lower-third-person">${apart(personLine(state, seat?.person))}</p></div>`
  }
  const who = turn.speaker ?? (turn.mode === 'remote' ? seat?.person : null)
  const line = [turn.register === 'order' ? gettext('Point of order') : '', turn.register === 'reply' ? gettext('Right of reply') : '', personLine(state, who), turn.mode === 'hall' ? gettext('in the hall') : '']
  return html`<div class="lower-third">${flag(flagOf(state, found))}
    <p class="lower-third-name">${apart(turnName(state, turn))}</p>
    <p class="lower-third-person">${apart(line.filter(Boolean).join(' · '))}</p></div>`
}

/**
 * My own camera is shown from here, others' as they arrive.
 * @param {Room} room
 * @param {Seat | undefined} seat
 * @param {'camera' | 'screen'} kind
 */
export function stream(room, seat, kind) {
  if (!seat) return null
  if (isMySeat(room.state, seat)) return room.media.own(kind)
  const source = sourceOf(seat, kind)
  return source ? room.media.picture(source) : null
}

/**
 * @param {Room} room
 * @param {Seat} seat
 */
export function tile(room, seat) {
  const { state } = room
  const turn = voice(state)
  const speaks = !state.corridor && !!turn && seatOf(state, turn)?.seat === seat.seat
  const name = plateName(state, seat)
  const mine = isMySeat(state, seat)
  const picture = stream(room, seat, 'camera')
  const source = sourceOf(seat, 'camera')
  const rests = mine ? '' : resting(room, source)
  const mark = rests ? { code: 'rests', icon: 'signal-low', text: gettext('picture rests'), label: '' } : stateOf(state, seat, speaks)
  const talks = talking(state, seat)
  const classes = ['tile', speaks ? 'tile--floor' : '', mine ? 'tile--mine' : '', talks ? 'tile--talks' : '', talks === 'first' ? 'tile--first' : '']
  return html`
    <li class=${classes.filter(Boolean).join(' ')} data-state=${mark.code} aria-current=${talks === 'first' ? 'true' : nothing} data-source=${source ?? nothing} title=${rests || personName(state, seat.person) || nothing}>
      ${picture && !rests ? nothing : flag(delegation(state, delegationOfSeat(state, seat))?.flag ?? 'org')}
      ${picture ? html`<video .srcObject=${live(picture)} autoplay .muted=${true} playsinline aria-hidden="true"></video>` : nothing}
      <p class="tile-plate">${!state.corridor && seat.person !== null && seat.person === state.meeting?.presiding ? icon('gavel') : nothing}
        <span class="tile-name" dir="auto">${apart(mine ? fill(gettext('%(name)s (you)'), { name }) : name)}</span>
        <span class="tile-state">${mark.icon ? icon(mark.icon, mark.text ? undefined : mark.label) : nothing}${mark.text}</span></p>
    </li>`
}

/**
 * The one thing worth knowing about a tile.
 * @param {State} state
 * @param {Seat} seat
 * @param {boolean} speaks
 */
function stateOf(state, seat, speaks) {
  const weak = state.lines?.lines.some((line) => line.seat === seat.seat && line.whose === 'mine')
  if (seat.away) return { code: 'away', icon: '', text: gettext('away'), label: '' }
  if (weak) return { code: 'weak', icon: 'signal-low', text: gettext('weak line'), label: '' }
  if (speaks) return { code: 'floor', icon: 'mic', text: '', label: gettext('has the floor') }
  if (talking(state, seat)) return { code: 'talks', icon: 'volume', text: '', label: gettext('speaking now') }
  if (state.corridor) {
    const open = !!sourceOf(seat, 'mic')
    return { code: open ? 'open' : 'muted', icon: open ? 'mic' : 'mic-off', text: '', label: open ? gettext('microphone open') : gettext('microphone closed') }
  }
  if (seat.mode === 'hall' && seat.device !== 'hall') return { code: 'hall', icon: '', text: gettext('hall'), label: '' }
  if (seat.audible && sourceOf(seat, 'mic')) return { code: 'open', icon: 'mic', text: '', label: gettext('heard') }
  return { code: 'muted', icon: 'mic-off', text: '', label: seat.audible ? gettext('microphone closed') : gettext('muted by the rules') }
}

