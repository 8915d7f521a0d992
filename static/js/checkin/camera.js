/** Reads QR codes from the camera: by the browser's own detector where it has one, else by the vendored decoder. */
import { decodeQR } from '../../vendor/qr/decode.js'

const EVERY = 150 // ms between two looks
const AGAIN = 3000 // ms until the same code counts once more
const WIDE = 720 // pixels a picture is scaled to: enough for a badge that fills a third of it

export class Camera {
  /** @param {HTMLVideoElement} video @param {(code: string) => void} found */
  constructor(video, found) {
    this.video = video
    this.found = found
    this.canvas = document.createElement('canvas')
    this.last = { code: '', at: 0 }
    this.timer = 0
    /** @type {MediaStream | null} */
    this.stream = null
    const Detector = /** @type {any} */ (globalThis).BarcodeDetector
    /** @type {any} */
    this.detector = null
    if (Detector) void Detector.getSupportedFormats().then((/** @type {string[]} */ formats) => {
      if (formats.includes('qr_code')) this.detector = new Detector({ formats: ['qr_code'] })
    })
  }

  /** Throws what getUserMedia throws. */
  async start() {
    this.stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: 'environment', width: { ideal: 1280 } } })
    this.video.srcObject = this.stream
    await this.video.play()
    this.timer = setInterval(() => void this.look(), EVERY)
  }

  stop() {
    clearInterval(this.timer)
    for (const track of this.stream?.getTracks() ?? []) track.stop()
    this.stream = null
    this.video.srcObject = null
  }

  async look() {
    if (this.video.readyState < 2 || document.hidden) return
    const code = this.detector ? await this.detected() : this.decoded()
    const now = Date.now()
    if (!code || (code === this.last.code && now - this.last.at < AGAIN)) return
    this.last = { code, at: now }
    this.found(code)
  }

  async detected() {
    const found = await this.detector.detect(this.video).catch(() => [])
    return found[0]?.rawValue ?? ''
  }

  decoded() {
    const scale = Math.min(1, WIDE / this.video.videoWidth)
    this.canvas.width = Math.round(this.video.videoWidth * scale)
    this.canvas.height = Math.round(this.video.videoHeight * scale)
    const pen = this.canvas.getContext('2d', { willReadFrequently: true })
    if (!pen) return ''
    pen.drawImage(this.video, 0, 0, this.canvas.width, this.canvas.height)
    const { data, width, height } = pen.getImageData(0, 0, this.canvas.width, this.canvas.height)
    try {
      return decodeQR({ data, width, height }) ?? ''
    } catch {
      return '' // no code in this picture
    }
  }
}
