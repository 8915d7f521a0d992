/* A flash and a beep at one moment, five times in four seconds; and when they are seen and heard elsewhere. Test only. */

const FRAME = 40 // ms
const EVERY = 20 // frames
const LONG = 4 // frames
let context // the beeps' own
let ear

/** The moment, on the page's clock, at which a sample of the context's clock is heard. */
function heardAt(seconds) {
  const { contextTime, performanceTime } = ear.getOutputTimestamp()
  return performanceTime + (seconds - contextTime) * 1000
}

/** Publish a picture that flashes and a sound that beeps; returns nothing, goes on until the page closes. */
window.beat = async (height = 360) => {
  context = new AudioContext({ latencyHint: 'interactive' })
  const out = context.createMediaStreamDestination()
  const canvas = Object.assign(document.createElement('canvas'), { width: (height * 16) / 9, height })
  const brush = canvas.getContext('2d')
  const camera = canvas.captureStream(0).getVideoTracks()[0]
  const tone = context.createOscillator()
  const loud = context.createGain()
  tone.frequency.value = 1000
  loud.gain.value = 0.001 // never silence: an encoder rests on silence
  tone.connect(loud).connect(out)
  tone.start()
  let frame = 0
  setInterval(() => {
    const now = frame % EVERY
    if (now === 0) loud.gain.setValueAtTime(1, context.currentTime)
    if (now === LONG) loud.gain.setValueAtTime(0.001, context.currentTime)
    brush.fillStyle = now < LONG ? '#fff' : '#000'
    brush.fillRect(0, 0, canvas.width, canvas.height)
    brush.fillStyle = '#777' // something moves, so that no frame is dropped for being the same
    brush.fillRect((frame++ * 7) % canvas.width, canvas.height - 8, 8, 8)
    camera.requestFrame()
  }, FRAME)
  window.own = new MediaStream([out.stream.getAudioTracks()[0], camera])
  await window.peer.publish('mic', window.own.getAudioTracks()[0])
  await window.peer.publish('camera', camera)
}

/** Call oneself without any node: what this browser makes of the same stream is the measure of what a node adds. */
window.callMyself = async () => {
  const [from, to] = [new RTCPeerConnection(), new RTCPeerConnection()]
  from.onicecandidate = ({ candidate }) => candidate && to.addIceCandidate(candidate)
  to.onicecandidate = ({ candidate }) => candidate && from.addIceCandidate(candidate)
  to.ontrack = ({ track, streams }) => {
    const element = Object.assign(document.createElement(track.kind), { autoplay: true, id: `direct:${track.kind === 'audio' ? 'mic' : 'camera'}` })
    element.srcObject = track.kind === 'audio' ? streams[0] : new MediaStream([track])
    document.body.append(element)
  }
  const stream = window.own.clone()
  from.addTrack(stream.getAudioTracks()[0], stream)
  from.addTransceiver(stream.getVideoTracks()[0], { streams: [stream], sendEncodings: [{ scaleResolutionDownBy: 2 }] })
  window.directApart = async () => {
    const played = [...(await to.getStats()).values()].filter((one) => one.type === 'inbound-rtp' && one.estimatedPlayoutTimestamp)
    const of = (kind) => played.find((one) => one.kind === kind)?.estimatedPlayoutTimestamp
    return of('audio') && of('video') ? of('audio') - of('video') : null
  }
  window.hangUp = () => [from, to].map((pc) => pc.close())
  await from.setLocalDescription()
  await to.setRemoteDescription(from.localDescription)
  await to.setLocalDescription()
  await from.setRemoteDescription(to.localDescription)
}

const DETECTOR = `registerProcessor('onset', class extends AudioWorkletProcessor {
  quiet = 0
  process([[samples]]) {
    if (samples) for (let i = 0; i < samples.length; i += 1) {
      if (Math.abs(samples[i]) > 0.1) { if (this.quiet > sampleRate * 0.2) this.port.postMessage(currentTime + i / sampleRate); this.quiet = 0 }
      else this.quiet += 1
    }
    return true
  }
})`

/** Watch a source: moments of flashes and beeps gather in `window.beats`. */
window.watchBeats = async (seat) => {
  window.beats = { flashes: [], beeps: [] }
  const video = document.getElementById(`${seat}:camera`)
  const spot = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true })
  let bright = false
  const look = (_, { expectedDisplayTime }) => {
    spot.drawImage(video, video.videoWidth / 2, video.videoHeight / 2, 1, 1, 0, 0, 1, 1)
    const now = spot.getImageData(0, 0, 1, 1).data[0] > 128
    if (now && !bright) window.beats.flashes.push(expectedDisplayTime)
    bright = now
    video.requestVideoFrameCallback(look)
  }
  video.requestVideoFrameCallback(look)
  ear = new AudioContext({ latencyHint: 'interactive' })
  await ear.audioWorklet.addModule(URL.createObjectURL(new Blob([DETECTOR], { type: 'text/javascript' })))
  const onset = new AudioWorkletNode(ear, 'onset')
  onset.port.onmessage = ({ data }) => window.beats.beeps.push(heardAt(data))
  const sound = new MediaStream(document.getElementById(`${seat}:mic`).srcObject.getAudioTracks())
  ear.createMediaStreamSource(sound).connect(onset)
  onset.connect(ear.destination)
}
