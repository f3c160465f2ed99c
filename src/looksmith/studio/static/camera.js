// Camera: a strip of looks on the live picture; still pictures and films of it.

import { get } from './api.js';
import { markedStream, picture } from './label.js';
import { openCamera } from './live.js';
import { attempt, save, say } from './page.js';
import { Painter, amountsOf } from './painter.js';
import { Sliders } from './sliders.js';
import { Strip } from './strip.js';
import { t } from './words.js';
import './compare.js';

const at = (id) => document.getElementById(id);
const compare = at('compare');
const canvas = compare.querySelector('canvas');
let painter = null;
let recorder = null;
let chosen = null;
let label = '';

const sliders = new Sliders(at('sliders'), () => {});
const strip = new Strip(at('looks'), (look) => attempt(() => dress(look)));

async function dress(look) {
  chosen = look;
  const rendering = await strip.rendering(look, null);
  if (chosen !== look) return;
  painter?.setRendering(rendering);
  label = rendering.label;
  at('slider-mood').hidden = !rendering.some(({ name }) => name === 'mood');
}

function fit() {
  const room = at('stage').getBoundingClientRect();
  const scale = Math.min(room.width / canvas.width, room.height / canvas.height);
  compare.style.setProperty('--width', `${canvas.width * scale}px`);
  compare.style.setProperty('--height', `${canvas.height * scale}px`);
}

at('start').addEventListener('click', async () => {
  document.body.dataset.state = 'loading';
  try {
    painter ??= new Painter(canvas);
    if (chosen) await dress(chosen);
    const { video } = await openCamera(
      (width, height) => {
        [canvas.width, canvas.height] = [width, height];
        fit();
      },
      (frame) => {
        painter.setPhoto(frame);
        painter.draw(amountsOf(sliders.values), compare.split);
      });
    document.body.dataset.state = 'ready';
    at('shoot').disabled = at('film').disabled = !chosen;
    await strip.preview(await createImageBitmap(video), null);
  } catch {
    document.body.dataset.state = 'empty';
    say(t('camera_refused'), 'error');
  }
});

/** Draw without the line, and take what is there. */
at('shoot').addEventListener('click', () => attempt(async () => {
  painter.draw(amountsOf(sliders.values), 0);
  save(URL.createObjectURL(await picture(canvas, label)), 'looksmith.jpg');
}));

at('film').addEventListener('click', () => {
  if (recorder) {
    recorder.stop();
    return;
  }
  compare.split = 0;
  const parts = [];
  const marked = markedStream(canvas, t('mark'));
  recorder = new MediaRecorder(marked.stream);
  recorder.addEventListener('dataavailable', ({ data }) => parts.push(data));
  recorder.addEventListener('stop', () => {
    marked.end();
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
