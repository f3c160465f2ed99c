// The page that `looksmith export --html` writes: one look, on a photo or the camera, offline. The
// modules it uses stand before it in the same script.

const given = JSON.parse(document.getElementById('data').textContent);
const at = (id) => document.getElementById(id);
const compare = at('compare');
const canvas = compare.querySelector('canvas');
const stage = at('stage');
let language = navigator.language.startsWith('zh') ? 'zh' : 'en';
let camera = null;
let name = 'photo';

const say = (key) => given.words[language][key];

function speak() {
  document.documentElement.lang = language === 'zh' ? 'zh-Hans' : 'en';
  for (const part of document.querySelectorAll('[data-t]')) part.textContent = say(part.dataset.t);
  at('language').textContent = language === 'zh' ? 'English' : '中文';
  for (const part of [at('choose'), canvas]) part.setAttribute('aria-label', say('choose_photos'));
  compare.querySelector('.handle')?.setAttribute('aria-label', say('compare'));
}

const bytes = Uint8Array.from(atob(given.rendering), (letter) => letter.charCodeAt(0));
const painter = new Painter(canvas);
painter.setRendering(parseRendering(bytes.buffer));
const sliders = new Sliders(at('sliders'), redraw);

function redraw() {
  requestAnimationFrame(() => painter.draw(amountsOf(sliders.values), compare.split));
}

function fit() {
  const room = stage.getBoundingClientRect();
  const scale = Math.min(room.width / canvas.width, room.height / canvas.height);
  compare.style.setProperty('--width', `${canvas.width * scale}px`);
  compare.style.setProperty('--height', `${canvas.height * scale}px`);
}

function shape(width, height) {
  [canvas.width, canvas.height] = [width, height];
  document.body.dataset.state = 'ready';
  at('save').disabled = false;
  fit();
}

function complain(key) {
  const line = document.createElement('div');
  line.className = 'said error';
  line.textContent = say(key);
  at('said').replaceChildren(line);
  setTimeout(() => line.remove(), 6000);
}

async function open(file) {
  if (!file) return;
  try {
    const image = await createImageBitmap(file, { imageOrientation: 'from-image' });
    camera?.close();
    camera = null;
    name = file.name.replace(/\.\w+$/, '');
    const most = painter.gl.getParameter(painter.gl.MAX_TEXTURE_SIZE);
    if (Math.max(image.width, image.height) > most) { complain('too_large_here'); return; }
    painter.setPhoto(image);
    shape(image.width, image.height);
    redraw();
  } catch {
    complain('unreadable_here');
  }
}

async function start() {
  try {
    camera?.close();
    camera = await openCamera(shape, (video) => {
      painter.setPhoto(video);
      painter.draw(amountsOf(sliders.values), compare.split);
    });
    name = 'camera';
  } catch {
    complain('camera_refused');
  }
}

at('language').addEventListener('click', () => {
  language = language === 'zh' ? 'en' : 'zh';
  speak();
});
at('choose').addEventListener('change', () => { open(at('choose').files[0]); at('choose').value = ''; });
at('start').addEventListener('click', start);
at('again').addEventListener('click', start);
at('save').addEventListener('click', async () => {
  painter.draw(amountsOf(sliders.values), 0);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await picture(canvas, painter.stages.label));
  link.download = `${name}-${given.name}.jpg`;
  link.click();
  redraw();
});
document.body.addEventListener('dragover', (event) => event.preventDefault());
document.body.addEventListener('drop', (event) => {
  event.preventDefault();
  open(event.dataTransfer.files[0]);
});
compare.addEventListener('split', redraw);
compare.split = 0.5;
new ResizeObserver(fit).observe(stage);
document.body.dataset.state = 'empty';
speak();
document.body.dataset.loaded = 'yes';
