// A strip of looks, each seen on the photo at hand; one can be chosen, or several.

import { bytes, each } from './api.js';
import { Painter, amountsOf } from './painter.js';
import { parseRendering } from './rendering.js';

const SIDE = 168;

export class Strip {
  /** `chosen(look)` is told; of radio buttons one is, of check boxes several are `ticked`. */
  constructor(list, chosen, kind = 'radio') {
    this.list = list;
    this.kind = kind;
    list.setAttribute('role', kind === 'radio' ? 'radiogroup' : 'group');
    this.chosen = chosen;
    this.kept = new Map();
    this.canvas = document.createElement('canvas');
    this.canvas.width = this.canvas.height = SIDE;
  }

  /** Show looks as radio buttons, with arrows to go from one to the next. */
  show(looks, current) {
    this.looks = looks;
    this.list.replaceChildren(...looks.map((look) => this.#item(look, look.id === current)));
  }

  /** The identifiers of the looks that are ticked. */
  get ticked() {
    return [...this.list.querySelectorAll('input:checked')].map(({ value }) => value);
  }

  #item(look, checked) {
    const item = document.createElement('label');
    item.className = 'look';
    const radio = document.createElement('input');
    radio.type = this.kind;
    radio.name = 'look';
    radio.value = look.id;
    radio.checked = checked;
    radio.addEventListener('change', () => {
      item.scrollIntoView({ inline: 'nearest', block: 'nearest' });
      this.chosen(look);
    });
    const picture = document.createElement('canvas');
    picture.width = picture.height = SIDE;
    picture.className = 'waiting';
    const name = document.createElement('span');
    name.textContent = look.name;
    name.title = look.name;
    item.append(radio, picture, name);
    return item;
  }

  /** Draw every look on a photo: an image, and the photo's identifier (or none). */
  async preview(image, photo) {
    this.painter ??= new Painter(this.canvas);
    const side = Math.min(image.width, image.height);
    const square = await createImageBitmap(
      image, (image.width - side) / 2, (image.height - side) / 2, side, side,
      { resizeWidth: SIDE, resizeHeight: SIDE, resizeQuality: 'medium' });
    const turn = (this.turn = Symbol('the latest'));
    const items = [...this.list.children];
    await each(this.looks, async (look, index) => {
      const rendering = await this.rendering(look, photo).catch((error) => error);
      if (turn !== this.turn) return;
      const refused = rendering instanceof Error;
      items[index].classList.toggle('unusable', refused);
      items[index].title = refused ? rendering.message : '';
      items[index].querySelector('canvas').classList.remove('waiting');
      if (refused) return;
      this.painter.setPhoto(square);
      this.painter.setRendering(rendering);
      this.painter.draw(amountsOf({}));
      items[index].querySelector('canvas').getContext('2d').drawImage(this.canvas, 0, 0);
    }, 2);
  }

  /** The rendering of a look for a photo that is corrected in part: what follows the correction is
   * read from the photo so far corrected. */
  async corrected(look, photo, personal, normalise) {
    const whole = await this.rendering(look, photo, personal);
    const correction = whole.find(({ name }) => name === 'normalise');
    if (!correction || normalise === 1) return whole;
    const rest = await this.rendering(look, photo, personal, normalise);
    return [correction, ...rest.filter(({ name }) => name !== 'normalise')];
  }

  /** The rendering of a look for a photo; asked for once. */
  rendering(look, photo, personal = '', normalise = 1) {
    const key = `${look.id} ${look.version} ${photo} ${personal} ${normalise}`;
    if (!this.kept.has(key)) {
      if (this.kept.size > 300) this.kept.delete(this.kept.keys().next().value);
      const asked = new URLSearchParams(photo ? { photo } : {});
      if (photo && personal) asked.set('personal', true);
      if (normalise !== 1) asked.set('normalise', normalise);
      const found = bytes(`/v1/looks/${look.id}/rendering?${asked}`).then(parseRendering);
      found.catch(() => this.kept.delete(key));
      this.kept.set(key, found);
    }
    return this.kept.get(key);
  }
}
