// Looks: the gallery, and the dialog that makes one from photos.

import { Refused, blob, bytes, each, follow, get, post, upload } from './api.js';
import { acceptFiles, attempt, say } from './page.js';
import { Painter, amountsOf } from './painter.js';
import { parseRendering } from './rendering.js';
import { t } from './words.js';

const at = (id) => document.getElementById(id);
const maker = at('maker');
let files = [];
let stop = null; // ends what is going on

// Gallery -----------------------------------------------------------------------------------------

/** Draw looks on the newest photo, where there is one: what they do says more than their feed. */
async function drawn(looks) {
  const { items } = await get('/v1/photos?limit=20');
  const photo = items.find(({ state }) => state === 'ready');
  if (!photo) return;
  const image = await createImageBitmap(await blob(`/v1/photos/${photo.id}/preview`));
  const surface = document.createElement('canvas');
  [surface.width, surface.height] = [600, 400];
  const scale = Math.max(600 / image.width, 400 / image.height);
  const [width, height] = [600 / scale, 400 / scale];
  const cut = await createImageBitmap(
    image, (image.width - width) / 2, (image.height - height) / 3, width, height,
    { resizeWidth: 600, resizeHeight: 400, resizeQuality: 'high' });
  const painter = new Painter(surface);
  painter.setPhoto(cut);
  await each(looks, async (look) => {
    const place = document.querySelector(`a[href="/looks/${look.id}"] .cover`);
    const address = `/v1/looks/${look.id}/rendering?photo=${photo.id}`;
    const rendering = await bytes(address).then(parseRendering).catch(() => null);
    if (!rendering) return; // its sheet stays
    painter.setRendering(rendering);
    painter.draw(amountsOf({}));
    const picture = document.createElement('canvas');
    [picture.width, picture.height] = [surface.width, surface.height];
    picture.getContext('2d').drawImage(surface, 0, 0);
    picture.className = 'cover';
    place?.replaceWith(picture);
  }, 2);
}

function card(look) {
  const item = document.createElement('li');
  const link = document.createElement('a');
  link.href = `/looks/${look.id}`;
  link.className = 'card';
  const picture = document.createElement('img');
  picture.loading = 'lazy';
  picture.alt = '';
  picture.className = 'cover';
  picture.src = `/v1/looks/${look.id}/sheet?version=${look.version}`;
  picture.addEventListener('error', () => picture.replaceWith(Object.assign(
    document.createElement('div'), { className: 'cover' })));
  const name = document.createElement('h2');
  name.textContent = look.name;
  const facts = document.createElement('p');
  const count = look.about.photos;
  facts.textContent = look.state === 'learning' ? t('learning')
    : [count && t(count === 1 ? 'one_photo' : 'photos_count', { count }), look.strength && t(look.strength)]
      .filter(Boolean).join(' · ');
  link.append(picture, name, facts);
  item.append(link);
  return item;
}

async function show() {
  const { items } = await get('/v1/looks?limit=200');
  at('gallery').replaceChildren(...items.map(card));
  at('nothing').hidden = items.length > 0;
  await drawn(items.filter(({ state }) => state === 'ready')).catch(() => {}); // sheets stay
}

// Making one --------------------------------------------------------------------------------------

function choose(fresh) {
  files = [...files, ...fresh].slice(0, 500);
  at('chosen').textContent = files.length
    ? t(files.length === 1 ? 'one_photo' : 'photos_count', { count: files.length }) : t('drop_feed');
  at('thumbs').replaceChildren(...files.slice(0, 12).map((file) => {
    const image = document.createElement('img');
    image.src = URL.createObjectURL(file);
    image.addEventListener('load', () => URL.revokeObjectURL(image.src));
    image.addEventListener('error', () => image.remove());
    return image;
  }));
  check();
}

const consent = () => {
  const kind = new FormData(at('form')).get('consent');
  const words = at('statement').value.trim();
  return kind === 'own' ? [t('consent_own'), words].filter(Boolean).join(' ') : words;
};

function check() {
  const kind = new FormData(at('form')).get('consent');
  at('form').dataset.consent = kind ?? '';
  at('make').disabled = !files.length || !at('name').value.trim() || !kind || consent().length < 3;
}

function open() {
  files = [];
  at('form').reset();
  choose([]);
  at('ask').hidden = false;
  at('wait').hidden = true;
  maker.showModal();
}

async function make() {
  at('ask').hidden = true;
  at('wait').hidden = false;
  at('sheet').hidden = at('trial').hidden = true;
  const ending = new AbortController();
  stop = () => ending.abort();
  const names = [];
  try {
    at('note').textContent = t('uploading');
    at('share').removeAttribute('value');
    await each(files, async (file) => {
      names.push((await upload(file, { prepare: false, signal: ending.signal })).id);
      at('share').value = names.length / files.length;
    });
    if (ending.signal.aborted) throw new DOMException('', 'AbortError');
    const given = { kind: 'learn', name: at('name').value.trim(), photos: names, consent: consent(),
      certain: at('certain').checked };
    const job = await post('/v1/jobs', given, { signal: ending.signal });
    stop = () => attempt(() => post(`/v1/jobs/${job.id}/cancel`));
    let seen = false;
    const done = await follow(job.id, ({ share, note, input }) => {
      if (share) at('share').value = share; else at('share').removeAttribute('value');
      at('note').textContent = note ?? t('in_line');
      if (share >= 0.1 && !seen) { seen = true; preview(input.look).catch(() => {}); }
    });
    location.assign(`/looks/${done.output.look}`);
  } catch (error) {
    maker.close();
    if (error instanceof Refused && error.message !== t('cancelled')) say(error.message, 'error');
    await show();
  } finally {
    stop = null;
  }
}

/** Show the look while it is being learned: its feed, and the newest photo with it. */
async function preview(look) {
  at('sheet').src = `/v1/looks/${look}/sheet`;
  at('sheet').hidden = false;
  const { items } = await get('/v1/photos?limit=20');
  const photo = items.find(({ state }) => state === 'ready');
  if (!photo) return;
  const small = await blob(`/v1/photos/${photo.id}/preview?small=true`);
  const image = await createImageBitmap(small);
  const canvas = at('trial');
  [canvas.width, canvas.height] = [image.width, image.height];
  const painter = new Painter(canvas);
  painter.setPhoto(image);
  painter.setRendering(parseRendering(await bytes(`/v1/looks/${look}/rendering?photo=${photo.id}`)));
  painter.draw(amountsOf({}), 0.5);
  canvas.hidden = false;
}

at('new').addEventListener('click', open);
at('first').addEventListener('click', open);
at('leave').addEventListener('click', () => (stop ? stop() : maker.close()));
at('cancel').addEventListener('click', () => stop?.());
maker.addEventListener('cancel', (event) => { if (stop) event.preventDefault(); });
at('form').addEventListener('input', check);
at('form').addEventListener('submit', (event) => { event.preventDefault(); attempt(make); });
acceptFiles(at('drop'), at('feed'), choose);
acceptFiles(document.createElement('div'), at('bring'), (given) => attempt(async () => {
  const body = new FormData();
  body.append('file', given[0]);
  const look = await post('/v1/looks', body);
  location.assign(`/looks/${look.id}`);
}));
if (location.hash === '#new') open();
await attempt(show);
document.body.dataset.loaded = 'yes';
