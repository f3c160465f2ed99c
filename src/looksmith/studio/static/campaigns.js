// Campaigns: photos, looks, an audience; and what was made.

import { blob, get } from './api.js';
import { attempt } from './page.js';
import { Picker } from './picker.js';
import { Sets, start } from './sets.js';
import { Sliders } from './sliders.js';
import { Strip } from './strip.js';
import { t } from './words.js';

const at = (id) => document.getElementById(id);
const picker = new Picker(at('photos'), at('choose'), check);
const strip = new Strip(at('looks'), check, 'checkbox');
const sliders = new Sliders(at('sliders'), () => {});
const sets = new Sets(at('sets'), at('nothing'), 'campaign', {
  title: ({ input }) => input.name,
  caption: ({ photo, look, user }) => [photo, look, user].filter(Boolean).join(' · '),
});
let users = 0;
let shown = '';

const audience = () => new FormData(at('form')).get('audience');

/** How many pictures it will be, and what is missing. */
function check() {
  const [photos, looks] = [picker.chosen.length, strip.ticked.length];
  at('no-photos').hidden = Boolean(at('photos').childElementCount);
  at('user').disabled = audience() !== 'user';
  const count = audience() === 'each' ? photos * Math.min(looks, 1) * users : photos * looks;
  at('make').disabled = !count;
  at('make').textContent = count
    ? t(count === 1 ? 'make_picture' : 'make_pictures', { count }) : t('make_campaign');
  at('why').textContent = !photos ? t('choose_products') : looks ? '' : t('choose_looks');
  preview(picker.chosen[0] ?? at('photos').querySelector('input')?.value);
}

/** Every look on the first photo. */
async function preview(photo) {
  if (!photo || photo === shown) return;
  shown = photo;
  await attempt(async () => {
    const image = await createImageBitmap(await blob(`/v1/photos/${photo}/preview?small=true`));
    if (photo === shown) await strip.preview(image, photo).catch(() => {});
  });
}

at('form').addEventListener('change', check);
at('form').addEventListener('submit', (event) => {
  event.preventDefault();
  const day = new Date().toLocaleDateString(document.documentElement.lang, { dateStyle: 'medium' });
  attempt(() => start(sets, at('make'), {
    kind: 'campaign',
    name: at('name').value.trim() || t('campaign_of', { day }),
    photos: picker.chosen,
    looks: strip.ticked,
    audience: audience(),
    ...(audience() === 'user' && { user: at('user').value }),
    controls: sliders.values,
  }));
});

await attempt(async () => {
  const [{ items }, people] = await Promise.all([get('/v1/looks?limit=60'), get('/v1/users')]);
  strip.show(items, items[0]?.id);
  at('no-looks').hidden = items.length > 0;
  users = people.length;
  at('user').append(...people.filter(({ id }) => id).map(({ id, name }) => new Option(name, id)));
  at('no-users').hidden = users > 0;
  for (const kind of at('form').elements.audience) {
    if (kind.value !== 'everyone') kind.disabled = !users;
  }
  await Promise.all([picker.load(), sets.load()]);
});
document.body.dataset.loaded = 'yes';
