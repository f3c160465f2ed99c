// One picture large, and the next by arrow keys: show(pictures, 2), of {href, small, name, about}.

import { t } from './words.js';

const make = (kind, properties) => Object.assign(document.createElement(kind), properties);
let dialog = null;
let shown = [];
let at = 0;

function go(to) {
  at = (to + shown.length) % shown.length;
  const { href, small, name, about } = shown[at];
  const image = dialog.querySelector('img');
  image.style.backgroundImage = `url("${small}")`;
  Object.assign(image, { src: href, alt: about });
  dialog.querySelector('p').textContent = about;
  Object.assign(dialog.querySelector('a'), { href, download: name });
  for (const button of dialog.querySelectorAll('.turn')) button.hidden = shown.length < 2;
}

function build() {
  dialog = make('dialog', { className: 'viewer' });
  const step = (sign, key, by) => {
    const button = make('button', { type: 'button', className: 'button turn', textContent: sign });
    button.setAttribute('aria-label', t(key));
    button.addEventListener('click', () => go(at + by));
    return button;
  };
  const close = make('button', { type: 'button', className: 'button', textContent: t('close') });
  close.addEventListener('click', () => dialog.close());
  const line = make('div', { className: 'line' });
  const actions = make('div', { className: 'actions' });
  const save = make('a', { className: 'button strong', textContent: t('save') });
  actions.append(step('‹', 'previous', -1), step('›', 'next', 1), save, close);
  line.append(make('p', {}), actions);
  dialog.append(make('img', {}), line);
  dialog.setAttribute('aria-label', t('picture'));
  dialog.addEventListener('keydown', ({ key }) => {
    if (key === 'ArrowLeft') go(at - 1);
    if (key === 'ArrowRight') go(at + 1);
  });
  dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
  document.body.append(dialog);
}

export function show(pictures, number) {
  if (!dialog) build();
  shown = pictures;
  go(number);
  dialog.showModal();
}
