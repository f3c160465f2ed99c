// For me: the pairs quiz, what it has taught, and what follows from it.

import { blob, bytes, get, post, remove } from './api.js';
import { attempt, say } from './page.js';
import { Painter, amountsOf } from './painter.js';
import { parseRendering } from './rendering.js';
import { showVersions } from './versions.js';
import { t } from './words.js';

const MOST = 1.5; // weight that fills a bar
const SHOWN = 4; // looks that are made for you
const at = (id) => document.getElementById(id);
const images = new Map();

const imageOf = (photo) => {
  if (!images.has(photo)) {
    images.set(photo, blob(`/v1/photos/${photo}/preview`).then((data) => createImageBitmap(data)));
  }
  return images.get(photo);
};

async function ask() {
  let choice;
  try {
    choice = await post('/v1/users/me/choices', {});
  } catch (error) {
    if (error.status !== 409) throw error;
    at('no-photos').hidden = false;
    at('skip').hidden = true;
    return;
  }
  await showVersions(at('pair'), choice, await imageOf(choice.photo), async (profile) => {
    show(profile);
    await ask();
    at('pair').firstElementChild?.focus();
    await recommend();
  });
}

/** The profile in words and bars: to the left less, to the right more. */
function show({ evidence, certainty, likes }) {
  at('rests').textContent = evidence
    ? t('why_about', { evidence: evidence.toFixed(0), sure: Math.round(certainty * 100) })
    : t('why_nothing');
  at('undo').hidden = at('forget').hidden = !evidence;
  const known = likes.filter(({ mean }) => evidence && Math.abs(mean) >= 0.1)
    .sort((a, b) => Math.abs(b.mean) - Math.abs(a.mean));
  at('likes').replaceChildren(...known.map(({ name, mean, deviation }) => {
    const item = document.createElement('li');
    const words = document.createElement('span');
    words.textContent = t(`taste.${name}.${mean > 0 ? 'more' : 'less'}`);
    const bar = document.createElement('span');
    bar.className = mean > 0 ? 'bar more' : 'bar less';
    bar.style.setProperty('--share', Math.min(1, Math.abs(mean) / MOST));
    const sure = document.createElement('span');
    sure.className = 'hint';
    sure.textContent = t(Math.abs(mean) > 2 * deviation ? 'likes_sure' : 'likes_unsure');
    item.append(words, bar, sure);
    return item;
  }));
}

async function recommend() {
  const { items } = await get('/v1/photos?limit=20');
  const photo = items.find(({ state }) => state === 'ready');
  if (!photo) return;
  const found = await post('/v1/recommendations', { photo: photo.id, count: SHOWN });
  const image = await imageOf(photo.id);
  const surface = document.createElement('canvas');
  const scale = 360 / Math.max(image.width, image.height);
  [surface.width, surface.height] = [image.width * scale, image.height * scale].map(Math.round);
  const painter = new Painter(surface);
  painter.setPhoto(image);
  const cards = [];
  for (const { look, name } of found) {
    const address = `/v1/looks/${look}/rendering?photo=${photo.id}&personal=true`;
    painter.setRendering(parseRendering(await bytes(address)));
    painter.draw(amountsOf({}));
    const item = document.createElement('li');
    const link = document.createElement('a');
    link.className = 'card';
    link.href = `/?look=${look}`;
    const picture = document.createElement('canvas');
    [picture.width, picture.height] = [surface.width, surface.height];
    picture.getContext('2d').drawImage(surface, 0, 0);
    const title = document.createElement('h3');
    title.textContent = name;
    link.append(picture, title);
    item.append(link);
    cards.push(item);
  }
  painter.gl.getExtension('WEBGL_lose_context')?.loseContext();
  at('recommended').replaceChildren(...cards);
}

at('skip').addEventListener('click', () => attempt(ask));
at('undo').addEventListener('click', () => attempt(async () => {
  show(await post('/v1/users/me/undo'));
  say(t('undone'));
  await recommend();
}));
at('forget').addEventListener('click', () => at('sure').showModal());
at('sure').addEventListener('close', () => attempt(async () => {
  if (at('sure').returnValue !== 'yes') return;
  await remove('/v1/users/me');
  show(await get('/v1/users/me'));
  say(t('forgotten'));
  await recommend();
}));
document.addEventListener('keydown', ({ key }) => {
  if (document.querySelector('dialog[open]')) return;
  const place = { ArrowLeft: 0, ArrowRight: 1 }[key];
  if (place !== undefined) at('pair').children[place]?.click();
});
await attempt(async () => {
  show(await get('/v1/users/me'));
  await ask();
  await recommend();
});
document.body.dataset.loaded = 'yes';
