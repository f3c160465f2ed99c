// One look: its card, before and after on one's own photo, files, mixing, and taking consent back.

import { blob, bytes, get, post, remove } from './api.js';
import { attempt } from './page.js';
import { Painter, amountsOf } from './painter.js';
import { parseRendering } from './rendering.js';
import { t } from './words.js';
import './compare.js';

const at = (id) => document.getElementById(id);
const id = at('look').dataset.look;

function fact(term, words) {
  const dt = document.createElement('dt');
  const dd = document.createElement('dd');
  dt.textContent = term;
  dd.textContent = words;
  at('facts').append(dt, dd);
}

async function showFacts({ about, created, state }) {
  const known = await get(`/v1/looks/${id}/card`);
  const day = new Date(created * 1000).toLocaleDateString(
    document.documentElement.lang, { dateStyle: 'medium' });
  if (state === 'learning') fact(t('state'), t('learning'));
  const count = about.photos;
  if (count) fact(t('learned_from'), t(count === 1 ? 'one_photo' : 'photos_count', { count }));
  if (about.parts) {
    fact(t('mixed_of'), about.parts.map((part) =>
      `${Math.round(part.weight * 100)} % ${part.name}`).join(', '));
  }
  for (const { term, words } of known) fact(term, words);
  const tried = Object.keys(about.metrics ?? {}).length > 0;
  if (tried) fact(t('refined'), t(about.adapted ? 'refined_yes' : 'refined_no'));
  for (const sentence of about.notes ?? []) fact(t('note'), sentence);
  for (const sentence of about.skipped ?? []) fact(t('left_out'), sentence);
  fact(t('made'), day);
}

/** Red, green and blue of greys from black to white. */
function drawCurve(points) {
  const svg = at('curve');
  const make = (name, attributes) => {
    const node = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    svg.append(node);
  };
  make('path', { d: 'M0 100L100 0', class: 'straight' });
  ['red', 'green', 'blue'].forEach((colour, channel) => {
    const line = points.map((rgb, i) =>
      `${(i / (points.length - 1)) * 100} ${100 - 100 * Math.min(1, Math.max(0, rgb[channel]))}`);
    make('path', { d: `M${line.join('L')}`, class: colour });
  });
}

async function tryOn() {
  const { items } = await get('/v1/photos?limit=20');
  const photo = items.find(({ state }) => state === 'ready');
  if (!photo) return;
  const image = await createImageBitmap(await blob(`/v1/photos/${photo.id}/preview`));
  const compare = at('compare');
  const canvas = compare.querySelector('canvas');
  [canvas.width, canvas.height] = [image.width, image.height];
  compare.style.setProperty('--ratio', image.width / image.height);
  const painter = new Painter(canvas);
  painter.setPhoto(image);
  painter.setRendering(parseRendering(await bytes(`/v1/looks/${id}/rendering?photo=${photo.id}`)));
  const draw = () => painter.draw(amountsOf({}), compare.split);
  compare.addEventListener('split', draw);
  at('trial-place').hidden = false;
  draw();
}

async function showMix(look) {
  const { items } = await get('/v1/looks?limit=200');
  const others = items.filter((other) => other.id !== id && other.state === 'ready');
  at('mix').hidden = at('mix').previousElementSibling.hidden = !others.length;
  at('other').append(...others.map((other) => new Option(other.name, other.id)));
  const part = at('part');
  const tell = () => {
    const percent = Math.round(part.value * 100);
    part.style.setProperty('--filled', (part.value - part.min) / (part.max - part.min));
    part.parentElement.querySelector('output').textContent = `${percent} %`;
    const name = at('other').selectedOptions[0]?.textContent ?? '';
    at('mixed').placeholder = `${look.name} + ${name}`.slice(0, 100);
  };
  at('mix').addEventListener('input', tell);
  at('mix').addEventListener('submit', (event) => {
    event.preventDefault();
    attempt(async () => {
      const share = Number(part.value);
      const made = await post('/v1/looks/blend', {
        name: at('mixed').value.trim() || at('mixed').placeholder, looks: [id, at('other').value], weights: [1 - share, share],
      });
      location.assign(`/looks/${made.id}`);
    });
  });
  tell();
}

at('withdraw')?.addEventListener('click', () => at('sure').showModal());
at('sure').addEventListener('close', () => attempt(async () => {
  if (at('sure').returnValue !== 'yes') return;
  await remove(`/v1/looks/${id}`);
  location.assign('/looks');
}));

await attempt(async () => {
  const look = await get(`/v1/looks/${id}`);
  at('name').textContent = look.name;
  document.title = `${look.name} · Looksmith`;
  at('sheet').addEventListener('error', () => at('sheet').remove());
  at('sheet').src = `/v1/looks/${id}/sheet?version=${look.version}`;
  at('consent').textContent = look.consent ?? t('no_consent');
  await Promise.all([
    showFacts(look), get(`/v1/looks/${id}/curve`).then(drawCurve), tryOn(), showMix(look),
  ]);
});
document.body.dataset.loaded = 'yes';
