// Versions of one photo to choose from: pictures that are buttons.

import { bytes, each, post } from './api.js';
import { attempt } from './page.js';
import { Painter, amountsOf } from './painter.js';
import { parseRendering } from './rendering.js';
import { t } from './words.js';

const SIDE = 720;
const surface = document.createElement('canvas');
let painter = null;

/** Draw every version of a choice; `taken(profile)` is told when one is chosen. */
export async function showVersions(place, choice, image, taken) {
  painter ??= new Painter(surface);
  const scale = Math.min(1, SIDE / Math.max(image.width, image.height));
  const size = [Math.round(image.width * scale), Math.round(image.height * scale)];
  const buttons = Array.from({ length: choice.count }, (_, number) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'version';
    button.setAttribute('aria-label', t('version', { number: number + 1 }));
    const picture = document.createElement('canvas');
    [picture.width, picture.height] = size;
    picture.className = 'waiting';
    button.append(picture);
    button.addEventListener('click', () => attempt(async () => {
      for (const other of buttons) other.disabled = true;
      await taken(await post(`/v1/choices/${choice.id}`, { option: number }));
    }));
    return button;
  });
  place.replaceChildren(...buttons);
  await each(buttons, async (button, number) => {
    const rendering = parseRendering(await bytes(`/v1/choices/${choice.id}/${number}`));
    [surface.width, surface.height] = size;
    painter.setPhoto(image);
    painter.setRendering(rendering);
    painter.draw(amountsOf({}));
    const picture = button.querySelector('canvas');
    picture.getContext('2d').drawImage(surface, 0, 0);
    picture.classList.remove('waiting');
  }, 2);
}
