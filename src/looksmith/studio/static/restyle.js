// Restyle: photos, a strip of looks, a large before and after, sliders, downloads.

import { blob, each, follow, get, post, remove, upload } from './api.js';
import { acceptFiles, attempt, pressed, save, say } from './page.js';
import { Painter, amountsOf } from './painter.js';
import { Skin } from './skin.js';
import { Sliders } from './sliders.js';
import { Strip } from './strip.js';
import { showVersions } from './versions.js';
import { t } from './words.js';
import './compare.js';

const SHOWN = 60; // photos in the tray
const SLOW = 50; // milliseconds of a frame
const at = (id) => document.getElementById(id);
const stage = at('stage');
const compare = at('compare');
const canvas = compare.querySelector('canvas');
const photos = []; // {id, name, image, ready}, in the order of the tray
let current = null;
let look = null;
let painter = null;
let waiting = false;
let coarse = false; // drawn at half the size
let personal = '';
let correcting = false;

const strip = new Strip(at('looks'), choose);
const sliders = new Sliders(at('sliders'), (name) => {
  redraw();
  if (name === 'normalise') recorrect();
});
const skin = new Skin(at('slider-skin'), skinAddress, (layer) => {
  painter?.setSkin(layer);
  redraw();
});

/** Where the skin of what is seen is. */
function skinAddress() {
  if (!look || !current?.id) return '';
  const { skin: _, ...others } = sliders.values;
  const asked = new URLSearchParams({ photo: current.id, ...others });
  if (personal) asked.set('personal', true);
  return `/v1/looks/${look.id}/skin?${asked}`;
}

function redraw() {
  if (waiting || !painter) return;
  waiting = true;
  requestAnimationFrame((began) => {
    waiting = false;
    painter.draw(amountsOf(sliders.values), look ? compare.split : 0);
    if (!coarse) requestAnimationFrame((now) => hasten(now - began));
  });
}

/** While a slider is held, a picture that takes too long is drawn at half the size. */
function hasten(took) {
  if (took < SLOW || !at('sliders').matches(':active')) return;
  coarse = true;
  fit();
}

function rest() {
  if (!coarse) return;
  coarse = false;
  fit();
}

function fit() {
  if (!current?.image) return;
  const { width, height } = current.image;
  const room = stage.getBoundingClientRect();
  const scale = Math.min(room.width / width, room.height / height);
  const density = Math.min(devicePixelRatio || 1, 2);
  const [w, h] = [width * scale, height * scale];
  compare.style.setProperty('--width', `${w}px`);
  compare.style.setProperty('--height', `${h}px`);
  const share = coarse ? 0.5 : 1;
  canvas.width = Math.max(1, Math.round(share * Math.min(width, w * density)));
  canvas.height = Math.max(1, Math.round(share * Math.min(height, h * density)));
  redraw();
}

function state() {
  document.body.dataset.state = photos.length ? (current?.image ? 'ready' : 'loading') : 'empty';
  document.body.classList.toggle('no-look', !look);
  at('save').disabled = !look || !current?.id || !current.image;
  at('save-all').hidden = photos.filter(({ ready }) => ready).length < 2;
  at('save-all').disabled = !look;
  at('taste').hidden = !look || !current?.id || !current.image;
}

// Photos ------------------------------------------------------------------------------------------

function tray(photo) {
  const item = document.createElement('div');
  item.className = 'photo waiting';
  const pick = document.createElement('button');
  pick.type = 'button';
  pick.title = photo.name;
  pick.setAttribute('aria-label', photo.name);
  pick.addEventListener('click', () => attempt(() => open(photo)));
  const away = document.createElement('button');
  away.type = 'button';
  away.className = 'away';
  away.textContent = '×';
  away.setAttribute('aria-label', t('remove', { name: photo.name }));
  away.addEventListener('click', () => attempt(() => discard(photo)));
  item.append(pick, away);
  photo.item = item;
  return item;
}

function thumb(photo, image) {
  const picture = document.createElement('canvas');
  picture.width = picture.height = 112;
  const side = Math.min(image.width, image.height);
  picture.getContext('2d').drawImage(
    image, (image.width - side) / 2, (image.height - side) / 2, side, side, 0, 0, 112, 112);
  photo.item.firstElementChild.replaceChildren(picture);
  photo.item.classList.remove('waiting');
}

const decoded = (data) => createImageBitmap(data, { imageOrientation: 'from-image' });

async function take(files) {
  const fresh = files.map((file) => ({ name: file.name, file }));
  for (const photo of fresh) {
    photos.push(photo);
    at('tray').append(tray(photo));
  }
  if (fresh.length) await attempt(() => open(fresh[0]));
  await each(fresh, (photo) => bring(photo));
}

/** Upload a photo and wait until it can be seen. */
async function bring(photo) {
  try {
    const kept = await upload(photo.file);
    photo.id = kept.id;
    await follow(kept.job);
    photo.ready = true;
    await load(photo);
  } catch (error) {
    say(error.message, 'error');
    await discard(photo);
  }
}

async function load(photo) {
  photo.loading ??= (async () => {
    photo.image = await decoded(await blob(`/v1/photos/${photo.id}/preview`));
    delete photo.file;
    thumb(photo, photo.image);
    if (photo === current) await display();
    state();
  })();
  await photo.loading;
}

async function open(photo) {
  current = photo;
  for (const other of photos) other.item.classList.toggle('current', other === photo);
  state();
  if (photo.ready && !photo.image) await load(photo); // one that is still read shows itself
  else if (photo.image) await display();
}

/** Show the current photo, with the look where one is chosen. */
async function display() {
  const photo = current;
  if (!painter) {
    try {
      painter = new Painter(canvas);
    } catch {
      say(t('no_webgl'), 'error');
      return;
    }
  }
  painter.setPhoto(photo.image);
  painter.setRendering([]);
  delete canvas.dataset.look;
  canvas.setAttribute('aria-label', photo.name);
  state();
  fit();
  attempt(() => skin.photo(photo.id));
  await Promise.all([dress(), strip.looks.length && strip.preview(photo.image, photo.id)]);
}

async function dress() {
  const rendering = await predicted();
  if (!rendering) return;
  canvas.dataset.look = look.id;
  const names = new Set(rendering.map((part) => part.name));
  for (const [control, part] of [['mood', 'mood'], ['normalise', 'normalise']]) {
    at(`slider-${control}`).hidden = !names.has(part);
  }
  skin.refresh(true);
}

/** Give the painter the rendering of what is chosen; null where something else is by now. */
async function predicted() {
  if (!look || !current?.image || !painter) return null;
  const asked = [look, current, personal];
  const { normalise } = sliders.values;
  const rendering = await strip.corrected(look, current.id, personal, normalise);
  if ([look, current, personal].some((now, i) => now !== asked[i])) return null;
  painter.setRendering(rendering);
  redraw();
  return rendering;
}

/** While the photo is corrected more or less, what follows is asked for anew, one by one. */
async function recorrect() {
  if (correcting) return;
  correcting = true;
  await attempt(async () => {
    for (let seen; seen !== sliders.values.normalise;) {
      seen = sliders.values.normalise;
      await predicted();
    }
  });
  correcting = false;
}

async function discard(photo) {
  photos.splice(photos.indexOf(photo), 1);
  photo.item.remove();
  if (current === photo) {
    current = null;
    if (photos.length) await open(photos[0]);
  }
  state();
  if (photo.id) await remove(`/v1/photos/${photo.id}`);
}

// Looks -------------------------------------------------------------------------------------------

async function choose(chosen) {
  look = chosen;
  history.replaceState(null, '', `?look=${look.id}`);
  state();
  await attempt(dress);
}

async function loadLooks() {
  const { items } = await get('/v1/looks?limit=60');
  const asked = new URLSearchParams(location.search).get('look');
  look = items.find(({ id }) => id === asked) ?? items[0] ?? null;
  strip.show(items, look?.id);
  at('no-looks').hidden = items.length > 0;
}

async function loadPhotos() {
  const { items } = await get(`/v1/photos?limit=${SHOWN}`);
  for (const { id, name, state: how } of items.reverse()) {
    if (how !== 'ready') continue;
    const photo = { id, name, ready: true };
    photos.push(photo);
    at('tray').append(tray(photo));
    blob(`/v1/photos/${id}/preview?small=true`).then(decoded)
      .then((image) => photo.image || thumb(photo, image)).catch(() => {});
  }
  state();
  if (photos.length && !current) await open(photos.at(-1));
}

// Taste -------------------------------------------------------------------------------------------

/** What is made for the person changes with every answer: ask for it anew. */
async function retaste() {
  if (personal) personal = Date.now();
  await dress();
}

pressed(at('personal'), async () => {
  personal = personal ? '' : Date.now();
  at('personal').setAttribute('aria-pressed', Boolean(personal));
  if (personal && (await get('/v1/users/me')).state === 'cold') say(t('for_me_cold'));
  await dress();
});
pressed(at('recommend'), async () => {
  const found = await post('/v1/recommendations', { photo: current.id, count: 60 });
  const order = new Map(found.map(({ look: id }, place) => [id, place]));
  const looks = [...strip.looks].sort((a, b) => (order.get(a.id) ?? 99) - (order.get(b.id) ?? 99));
  strip.show(looks, looks[0].id);
  at('looks').scrollTo({ left: 0 });
  await Promise.all([choose(looks[0]), strip.preview(current.image, current.id)]);
  say(t('recommended', { name: looks[0].name }));
});
pressed(at('variants'), async () => {
  const given = { look: look.id, photo: current.id, count: 6 };
  const choice = await post('/v1/users/me/choices', given);
  at('chooser').showModal();
  await showVersions(at('versions'), choice, current.image, async () => {
    at('chooser').close();
    personal = Date.now();
    at('personal').setAttribute('aria-pressed', true);
    await dress();
    say(t('noted'));
  });
});
for (const reaction of ['like', 'dislike']) {
  pressed(at(reaction), async () => {
    await post('/v1/feedback', { look: look.id, photo: current.id, reaction });
    say(t('noted'));
    await retaste();
  });
}

// Downloads ---------------------------------------------------------------------------------------

async function give(names) {
  const bar = at('working');
  bar.hidden = false;
  bar.removeAttribute('value');
  try {
    const given = { kind: 'apply', look: look.id, photos: names, controls: sliders.values,
      personal: Boolean(personal) };
    const job = await post('/v1/jobs', given);
    return await follow(job.id, ({ share }) => { if (names.length > 1) bar.value = share; });
  } finally {
    bar.hidden = true;
  }
}

pressed(at('save'), async () => {
  const job = await give([current.id]);
  save(`/v1/results/${job.output.results[0]}/file`);
});
pressed(at('save-all'), async () => {
  const job = await give(photos.filter(({ ready }) => ready).map(({ id }) => id));
  for (const sentence of job.output.refused) say(sentence, 'error');
  save(`/v1/jobs/${job.id}/archive`);
});

acceptFiles(document.body, at('choose'), (files) => attempt(() => take(files)));
compare.addEventListener('split', redraw);
addEventListener('pointerup', rest);
addEventListener('pointercancel', rest);
new ResizeObserver(fit).observe(stage);
document.addEventListener('keydown', (event) => {
  if (event.key.toLowerCase() !== 'b' || event.repeat || event.ctrlKey || event.metaKey) return;
  const back = compare.split;
  compare.split = 1;
  document.addEventListener('keyup', () => { compare.split = back; }, { once: true });
});
compare.split = 0.5;
state();
await attempt(loadLooks);
state();
await attempt(loadPhotos);
document.body.dataset.loaded = 'yes';
