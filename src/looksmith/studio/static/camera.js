// Camera: a look on the live picture. Frames go from the camera to the graphics chip, and nowhere
// else.

import { get } from './api.js';
import { attempt, save, say } from './page.js';
import { Painter, amountsOf } from './painter.js';
import { Sliders } from './sliders.js';
import { Strip } from './strip.js';
import { t } from './words.js';
import './compare.js';

const at = (id) => document.getElementById(id);
const compare = at('compare');
const canvas = compare.querySelector('canvas');
const video = document.createElement('video');
video.muted = video.playsInline = true;
let painter = null;
let recorder = null;

const sliders = new Sliders(at('sliders'), () => {});
const strip = new Strip(at('looks'), (look) => attempt(() => dress(look)));

async function dress(look) {
  const rendering = await strip.rendering(look, null);
  painter?.setRendering(rendering);
  at('slider-mood').hidden = !rendering.some(({ name }) => name === 'mood');
  chosen = look;
}
let chosen = null;

function fit() {
  const room = at('stage').getBoundingClientRect();
  const scale = Math.min(room.width / canvas.width, room.height / canvas.height);
  compare.style.setProperty('--width', `${canvas.width * scale}px`);
  compare.style.setProperty('--height', `${canvas.height * scale}px`);
}

function frame() {
  if (video.readyState >= 2) {
    if (canvas.width !== video.videoWidth) {
      [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
      fit();
    }
    painter.setPhoto(video);
    painter.draw(amountsOf(sliders.values), compare.split);
  }
  (video.requestVideoFrameCallback ?? requestAnimationFrame).call(
    video.requestVideoFrameCallback ? video : window, frame);
}

at('start').addEventListener('click', async () => {
  document.body.dataset.state = 'loading';
  try {
    video.srcObject = await navigator.mediaDevices.getUserMedia(
      { video: { width: { ideal: 1280 }, facingMode: 'user' } });
    await video.play();
    painter = new Painter(canvas);
    if (chosen) await dress(chosen);
    document.body.dataset.state = 'ready';
    at('shoot').disabled = at('film').disabled = false;
    frame();
    const still = await createImageBitmap(video);
    await strip.preview(still, null);
  } catch {
    document.body.dataset.state = 'empty';
    say(t('camera_refused'), 'error');
  }
});

/** Draw without the line, take what is there, and go on. */
at('shoot').addEventListener('click', () => {
  painter.draw(amountsOf(sliders.values), 0);
  canvas.toBlob((picture) => save(URL.createObjectURL(picture), 'looksmith.jpg'), 'image/jpeg', 0.95);
});

at('film').addEventListener('click', () => {
  if (recorder) {
    recorder.stop();
    return;
  }
  compare.split = 0;
  const parts = [];
  recorder = new MediaRecorder(canvas.captureStream(30));
  recorder.addEventListener('dataavailable', ({ data }) => parts.push(data));
  recorder.addEventListener('stop', () => {
    save(URL.createObjectURL(new Blob(parts, { type: recorder.mimeType })), 'looksmith.webm');
    recorder = null;
    at('film').textContent = t('film');
  });
  recorder.start();
  at('film').textContent = t('film_stop');
});

document.body.dataset.state = 'empty';
compare.split = 0;
new ResizeObserver(fit).observe(at('stage'));
await attempt(async () => {
  const { items } = await get('/v1/looks?limit=60');
  const asked = new URLSearchParams(location.search).get('look');
  chosen = items.find(({ id }) => id === asked) ?? items[0] ?? null;
  strip.show(items, chosen?.id);
  at('no-looks').hidden = items.length > 0;
});
document.body.dataset.loaded = 'yes';
