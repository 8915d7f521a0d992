/** Choosing the part of a photo that goes on the badge: by three sliders, by dragging, by keyboard. The server cuts and encodes. */
const SHAPE = 3 / 4 // width to height of a badge photo

const form = /** @type {HTMLFormElement} */ (document.querySelector('#photo-form'))
const part = (/** @type {string} */ name) => /** @type {any} */ (form.querySelector(`#${name}`))
const file = /** @type {HTMLInputElement} */ (part('id_photo'))
const view = /** @type {HTMLCanvasElement} */ (part('crop-view'))
const [zoom, across, down] = ['crop-zoom', 'crop-x', 'crop-y'].map((name) => /** @type {HTMLInputElement} */ (part(name)))
/** @type {ImageBitmap | null} */
let picture = null

/** The chosen part in pixels of the upright picture. @param {ImageBitmap} whole */
function chosen(whole) {
  const most = Math.min(whole.width, whole.height * SHAPE)
  const least = Math.min(most, 240)
  const width = most - ((most - least) * Number(zoom.value)) / 100
  const height = width / SHAPE
  return { x: ((whole.width - width) * Number(across.value)) / 100, y: ((whole.height - height) * Number(down.value)) / 100, width, height }
}

function draw() {
  if (!picture) return
  const { x, y, width, height } = chosen(picture)
  view.getContext('2d')?.drawImage(picture, x, y, width, height, 0, 0, view.width, view.height)
  part('id_left').value = (x / picture.width).toFixed(6)
  part('id_top').value = (y / picture.height).toFixed(6)
  part('id_width').value = (width / picture.width).toFixed(6)
}

file.addEventListener('change', async () => {
  const one = file.files?.[0]
  picture = one ? await createImageBitmap(one, { imageOrientation: 'from-image' }).catch(() => null) : null
  part('crop').hidden = !picture
  draw()
})
for (const slider of [zoom, across, down]) slider.addEventListener('input', draw)

/** Where a drag began, and where the sliders were: a slow hand moves less than a slider's step at a time.
 * @type {{ x: number, y: number, across: number, down: number }} */
let began = { x: 0, y: 0, across: 0, down: 0 }

/** @param {number} from @param {number} by pixels on the page @param {number} room pixels that are outside */
const shifted = (from, by, room) => String(room > 0 ? Math.min(100, Math.max(0, from - (by / room) * 100)) : from)

view.addEventListener('pointerdown', (event) => {
  view.setPointerCapture(event.pointerId)
  began = { x: event.clientX, y: event.clientY, across: Number(across.value), down: Number(down.value) }
})
view.addEventListener('pointermove', (event) => {
  if (!picture || !view.hasPointerCapture(event.pointerId)) return
  const { width, height } = chosen(picture)
  const scale = view.clientWidth / width
  across.value = shifted(began.across, event.clientX - began.x, (picture.width - width) * scale)
  down.value = shifted(began.down, event.clientY - began.y, (picture.height - height) * scale)
  draw()
})
