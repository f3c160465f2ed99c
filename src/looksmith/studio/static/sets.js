// Sets that were made, avatars or campaigns, newest first: while one is being made, a bar, a way to
// stop and the latest pictures; then all of them, a download, and what could not be made.

import { follow, get, post, remove } from './api.js';
import { attempt, say } from './page.js';
import { show } from './viewer.js';
import { t } from './words.js';

const FIRST = 12; // pictures that are shown at once
const make = (kind, properties, ...children) => {
  const node = Object.assign(document.createElement(kind), properties);
  node.append(...children);
  return node;
};
const button = (words, kind, pressed) => {
  const made = make('button', { type: 'button', className: `button ${kind}`, textContent: words });
  made.addEventListener('click', pressed);
  return made;
};
const day = (seconds) => new Date(seconds * 1000).toLocaleString(
  document.documentElement.lang, { dateStyle: 'medium', timeStyle: 'short' });

export class Sets {
  /** Jobs of a kind in a list; `title(job)` and `caption(about)` are words for people. */
  constructor(list, nothing, kind, { title, caption }) {
    Object.assign(this, { list, nothing, kind, title, caption });
  }

  async load() {
    const { items } = await get(`/v1/jobs?kind=${this.kind}&limit=50`);
    for (const job of items.reverse()) {
      if (!['failed', 'cancelled'].includes(job.state)) this.add(job);
    }
    this.#count();
  }

  #count() {
    this.nothing.hidden = this.list.childElementCount > 0;
  }

  /** Show a job on top, and follow it. */
  add(job) {
    const item = make('li', { className: 'set' });
    const facts = make('p', { className: 'hint', textContent: day(job.created) });
    const title = make('div', {}, make('h3', { textContent: this.title(job) }), facts);
    const actions = make('div', { className: 'actions' });
    item.append(make('div', { className: 'title' }, title, actions));
    this.list.prepend(item);
    this.#count();
    attempt(async () => {
      try {
        const done = job.state === 'done' ? job : await this.#wait(job, item, actions, facts);
        await this.#finish(done, item, actions, facts);
      } catch (error) {
        item.remove();
        this.#count();
        if (error.message !== t('cancelled')) throw error;
      }
    });
  }

  async #wait(job, item, actions, facts) {
    const bar = make('progress', { max: 1 });
    bar.setAttribute('aria-label', this.title(job));
    facts.textContent = t('in_line');
    const stop = button(t('cancel'), '', () => attempt(async () => {
      stop.disabled = true;
      await post(`/v1/jobs/${job.id}/cancel`);
    }));
    actions.replaceChildren(stop);
    const gallery = make('div', { className: 'tiles latest' });
    item.append(bar, gallery);
    const bring = this.#latest(job, gallery);
    const done = await follow(job.id, ({ state, share }) => {
      if (state !== 'running') return;
      facts.textContent = t('being_made', { percent: Math.round(share * 100) });
      if (share) bar.value = share;
      bring();
    });
    bar.remove();
    gallery.remove();
    return done;
  }

  /** A function that puts what was made meanwhile in front of a gallery. */
  #latest(job, gallery) {
    let [first, asking] = [0, false];
    return async () => {
      if (asking) return;
      asking = true;
      const address = `/v1/jobs/${job.id}/pictures`;
      const fresh = await get(`${address}?first=${first}`).catch(() => []);
      first += fresh.length;
      for (const { number, about, problem } of fresh) {
        if (problem) continue;
        gallery.prepend(make('div', { className: 'tile' },
          make('img', { src: `${address}/${number}?small=true`, alt: '' }),
          make('span', { textContent: this.caption(about) })));
      }
      while (gallery.childElementCount > FIRST) gallery.lastElementChild.remove();
      asking = false;
    };
  }

  async #finish(job, item, actions, facts) {
    const address = `/v1/jobs/${job.id}`;
    const pictures = await get(`${address}/pictures`);
    const made = pictures.filter(({ problem }) => !problem).map(({ number, name, about }) => ({
      href: `${address}/pictures/${number}`,
      small: `${address}/pictures/${number}?small=true`,
      name: name.split('/').pop(),
      about: this.caption(about),
    }));
    const count = t(made.length === 1 ? 'one_picture' : 'pictures_count', { count: made.length });
    facts.textContent = `${day(job.created)} · ${count}`;
    const save = make('a', {
      className: 'button', href: `${address}/archive`, download: '', textContent: t('save_zip') });
    const away = button(t('delete'), 'danger', () => attempt(async () => {
      if (away.dataset.sure !== 'yes') { // a second press is the answer
        [away.dataset.sure, away.textContent] = ['yes', t('delete_sure')];
        away.addEventListener('blur', () => {
          [away.dataset.sure, away.textContent] = ['', t('delete')];
        }, { once: true });
        return;
      }
      await remove(address);
      item.remove();
      this.#count();
    }));
    actions.replaceChildren(...(made.length ? [save] : []), away);
    if (made.length) this.#gallery(made, item);
    this.#problems(pictures.filter(({ problem }) => problem), item);
  }

  #gallery(made, item) {
    const gallery = make('div', { className: 'tiles' });
    const add = (some) => gallery.append(...some.map((picture) => {
      const tile = make('button', { type: 'button', className: 'tile' },
        make('img', { src: picture.small, alt: '', loading: 'lazy' }),
        make('span', { textContent: picture.about }));
      tile.addEventListener('click', () => show(made, made.indexOf(picture)));
      return tile;
    }));
    add(made.slice(0, FIRST));
    item.append(gallery);
    if (made.length <= FIRST) return;
    const more = button(t('show_all', { count: made.length }), '', () => {
      add(made.slice(FIRST));
      more.remove();
    });
    item.append(make('div', { className: 'more' }, more));
  }

  #problems(failed, item) {
    if (!failed.length) return;
    const sentences = new Set(failed.map(({ problem }) => problem));
    const title = t(failed.length === 1 ? 'one_failed' : 'failed_count', { count: failed.length });
    item.append(make('details', { className: 'failed' },
      make('summary', { textContent: title }),
      make('ul', {}, ...[...sentences].map((one) => make('li', { textContent: one })))));
  }
}

/** Start a job for a form: its button rests meanwhile. */
export async function start(sets, strong, given) {
  strong.disabled = true;
  try {
    sets.add(await post('/v1/jobs', given));
    say(t('started'));
  } finally {
    strong.disabled = false;
  }
}
