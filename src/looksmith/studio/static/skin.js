// The skin slider: which photos have skin, and the layer that the shader adds for a photo, a look and
// where the other sliders stand. The server works a layer out in about a second, so it is asked for
// as soon as a hand nears the slider, and again when another slider comes to rest.

import { blob, get } from './api.js';
import { attempt } from './page.js';
import { t } from './words.js';

const PLAIN = { colorSpaceConversion: 'none', premultiplyAlpha: 'none' };

export class Skin {
  /** `label` holds the slider; `address()` is where the layer for what is seen is, or '';
   * `show(layer)` gets it, or null. */
  constructor(label, address, show) {
    this.label = label;
    this.input = label.querySelector('input');
    this.output = label.querySelector('output');
    this.title = label.title;
    [this.address, this.show] = [address, show];
    this.faces = new Map();
    this.shown = '';
    for (const kind of ['pointerenter', 'focus', 'input']) {
      this.input.addEventListener(kind, () => this.#ask());
    }
    label.parentElement.addEventListener('change', () => this.refresh());
  }

  /** Another photo: its slider works if there is a face in it. */
  async photo(id) {
    this.current = id;
    this.#clear();
    this.#usable(Boolean(this.faces.get(id)));
    if (!this.faces.has(id)) {
      const { count } = await get(`/v1/photos/${id}/faces`);
      this.faces.set(id, count);
    }
    if (this.current !== id) return;
    this.#usable(this.faces.get(id) > 0);
    if (this.faces.get(id)) this.refresh();
    else this.#say(t('skin_nobody'), t('skin_nobody_about'));
  }

  #usable(yes) {
    this.label.hidden = false;
    this.input.disabled = !yes;
    this.input.tell();
    this.#say(yes ? this.output.textContent : '', this.title);
  }

  #say(short, long) {
    this.output.textContent = short;
    this.label.title = long;
  }

  #clear() {
    this.shown = '';
    this.show(null);
  }

  /** What is seen has changed: the old layer goes when the new one is there, or at once where it is
   * another look's. */
  refresh(anew = false) {
    if (anew) this.#clear();
    if (Number(this.input.value) > 0) this.#ask();
  }

  #ask() {
    const address = this.input.disabled ? '' : this.address();
    if (!address || address === this.shown) return;
    this.shown = address;
    this.asked?.abort();
    this.asked = new AbortController();
    this.label.classList.add('waits');
    attempt(async () => {
      try {
        const layer = await createImageBitmap(await blob(address, this.asked), PLAIN);
        if (address === this.shown) this.show(layer);
      } catch (error) {
        if (address === this.shown) this.shown = '';
        throw error;
      } finally {
        if (!this.shown || address === this.shown) this.label.classList.remove('waits');
      }
    });
  }
}
