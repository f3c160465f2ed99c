// Photos to choose from: one (radio buttons) or several (check boxes); new ones can be dropped.

import { each, follow, get, remove, upload } from './api.js';
import { acceptFiles, attempt, say } from './page.js';

const SHOWN = 60;

export class Picker {
  /** `place` shows the photos, `input` takes files, `changed()` is told. */
  constructor(place, input, changed) {
    this.place = place;
    this.kind = input.multiple ? 'checkbox' : 'radio';
    this.changed = changed;
    place.addEventListener('change', changed);
    acceptFiles(document.body, input, (files) => attempt(() => this.#take(files)));
  }

  /** The identifiers of the chosen photos. */
  get chosen() {
    return [...this.place.querySelectorAll('input:checked')].map(({ value }) => value);
  }

  async load() {
    const { items } = await get(`/v1/photos?limit=${SHOWN}`);
    const ready = items.filter(({ state }) => state === 'ready');
    this.place.replaceChildren(...ready.map((photo) => this.#item(photo)));
    if (this.kind === 'radio' && ready.length) this.place.querySelector('input').checked = true;
    this.changed();
  }

  #item({ id, name }) {
    const item = document.createElement('label');
    item.className = 'look pick';
    item.title = name;
    const input = document.createElement('input');
    Object.assign(input, { type: this.kind, name: 'photo', value: id });
    input.setAttribute('aria-label', name);
    const picture = document.createElement('img');
    picture.alt = '';
    picture.loading = 'lazy';
    picture.src = `/v1/photos/${id}/preview?small=true`;
    item.append(input, picture);
    return item;
  }

  async #take(files) {
    const places = files.map(() => {
      const waiting = document.createElement('div');
      waiting.className = 'look pick';
      waiting.append(Object.assign(document.createElement('span'), { className: 'waiting' }));
      return waiting;
    });
    this.place.prepend(...places);
    await each(files, async (file, number) => {
      try {
        const photo = await upload(file);
        await follow(photo.job).catch((error) => {
          remove(`/v1/photos/${photo.id}`);
          throw error;
        });
        const item = this.#item(photo);
        item.querySelector('input').checked = true;
        places[number].replaceWith(item);
      } catch (error) {
        places[number].remove();
        say(error.message, 'error');
      }
      this.changed();
    });
  }
}
