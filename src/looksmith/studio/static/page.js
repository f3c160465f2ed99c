// What every page has: language, theme, log out, and a line that says what went wrong or well.

import { t } from './words.js';

const csrf = document.querySelector('meta[name=csrf]')?.content ?? '';

/** Say a sentence; an error stays until it is read. */
export function say(sentence, kind = 'note') {
  const line = document.createElement('div');
  line.className = `said ${kind}`;
  line.textContent = sentence;
  const close = document.createElement('button');
  close.type = 'button';
  close.setAttribute('aria-label', t('close'));
  close.textContent = '×';
  close.addEventListener('click', () => line.remove());
  line.append(close);
  document.getElementById('said').append(line);
  if (kind === 'note') setTimeout(() => line.remove(), 6000);
}

/** Run something that a person asked for; what goes wrong is said. */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    if (error.name !== 'AbortError') say(error.message, 'error');
    return undefined;
  }
}

/** A button that does something; it shows that it is at work, and does not begin twice. */
export function pressed(button, work) {
  button.addEventListener('click', async () => {
    if (button.getAttribute('aria-busy') === 'true') return;
    button.setAttribute('aria-busy', true);
    await attempt(work);
    button.removeAttribute('aria-busy');
  });
}

/** Photos that are dropped on a place, or chosen there. */
export function acceptFiles(place, input, take) {
  input.addEventListener('change', () => {
    take([...input.files]);
    input.value = '';
  });
  const over = (event) => {
    if (![...event.dataTransfer.types].includes('Files')) return;
    event.preventDefault();
    place.classList.add('over');
  };
  place.addEventListener('dragenter', over);
  place.addEventListener('dragover', over);
  place.addEventListener('dragleave', (event) => {
    if (!place.contains(event.relatedTarget)) place.classList.remove('over');
  });
  place.addEventListener('drop', (event) => {
    event.preventDefault();
    place.classList.remove('over');
    take([...event.dataTransfer.files]);
  });
}

/** Let the browser save what lies at an address. */
export function save(href, name = '') {
  const link = document.createElement('a');
  link.href = href;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
}

function theme(chosen) {
  if (chosen) document.documentElement.dataset.theme = chosen;
}

document.querySelector('nav [aria-current]')?.scrollIntoView({ inline: 'center', block: 'nearest' });
theme(localStorage.getItem('theme'));
document.getElementById('theme')?.addEventListener('click', () => {
  const { matches } = matchMedia('(prefers-color-scheme: light)');
  const now = document.documentElement.dataset.theme ?? (matches ? 'light' : 'dark');
  const next = now === 'light' ? 'dark' : 'light';
  localStorage.setItem('theme', next);
  theme(next);
});
document.getElementById('language')?.addEventListener('click', async (event) => {
  await fetch(`/language/${event.currentTarget.value}`, { method: 'POST' });
  location.reload();
});
document.getElementById('logout')?.addEventListener('click', async () => {
  await fetch('/logout', { method: 'POST', headers: { 'X-CSRF-Token': csrf } });
  location.assign('/login');
});
