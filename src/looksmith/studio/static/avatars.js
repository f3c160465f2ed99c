// Avatars: a portrait, a look, a number; and the sets that were made.

import { blob, get } from './api.js';
import { attempt } from './page.js';
import { Picker } from './picker.js';
import { Sets, start } from './sets.js';
import { Sliders } from './sliders.js';
import { Strip } from './strip.js';
import { t } from './words.js';

const at = (id) => document.getElementById(id);
const names = new Map();
let look = null;

const picker = new Picker(at('photos'), at('choose'), () => attempt(check));
const strip = new Strip(at('looks'), (chosen) => {
  look = chosen;
  attempt(check);
});
const makeup = new Sliders(at('makeup'), () => {});
const sets = new Sets(at('sets'), at('nothing'), 'avatars', {
  title: ({ input }) => names.get(input.look) ?? t('title_avatars'),
  caption: ({ treatment, background }) =>
    t('avatar_caption', { treatment: t(`treatment_${treatment}`), background: t(`background_${background}`) }),
});
const faces = new Map();
let shown = '';

const count = () => Number(new FormData(at('form')).get('count'));

/** What is missing is said beside the button. */
async function check() {
  const [photo] = picker.chosen;
  at('no-photos').hidden = Boolean(at('photos').childElementCount);
  at('makeup').hidden = !look?.about.makeup;
  at('make').textContent = t(count() === 1 ? 'make_avatar' : 'make_avatars', { count: count() });
  at('make').disabled = true;
  if (!photo) {
    at('why').textContent = t('choose_portrait');
    return;
  }
  preview(photo);
  if (!faces.has(photo)) {
    at('why').textContent = t('looking_for_face');
    faces.set(photo, (await get(`/v1/photos/${photo}/faces`)).count);
  }
  if (photo !== picker.chosen[0]) return;
  at('why').textContent = !faces.get(photo) ? t('no_face') : look ? '' : t('choose_look');
  at('make').disabled = !faces.get(photo) || !look;
}

/** Every look on the portrait. */
async function preview(photo) {
  if (photo === shown) return;
  shown = photo;
  const image = await createImageBitmap(await blob(`/v1/photos/${photo}/preview?small=true`));
  if (photo === shown) await strip.preview(image, photo).catch(() => {}); // no WebGL: names only
}

at('form').addEventListener('change', () => attempt(check));
at('form').addEventListener('submit', (event) => {
  event.preventDefault();
  attempt(() => start(sets, at('make'), {
    kind: 'avatars',
    look: look.id,
    photo: picker.chosen[0],
    count: count(),
    makeup: makeup.values.makeup,
    seed: crypto.getRandomValues(new Uint32Array(1))[0],
  }));
});

await attempt(async () => {
  const { items } = await get('/v1/looks?limit=60');
  for (const { id, name } of items) names.set(id, name);
  look = items[0] ?? null;
  strip.show(items, look?.id);
  at('no-looks').hidden = items.length > 0;
  await Promise.all([picker.load(), sets.load()]);
});
document.body.dataset.loaded = 'yes';
