// Account: password, API keys, the people of the workspace, and what was done.

import { get, post, put, remove } from './api.js';
import { attempt, say } from './page.js';
import { t } from './words.js';

const at = (id) => document.getElementById(id);

/** A list of rows; each may be deleted where there is an address for it. */
function rows(list, items, words, address) {
  at(list).replaceChildren(...items.map((item) => {
    const row = document.createElement('li');
    const [first, second] = words(item);
    const name = document.createElement('span');
    name.textContent = first;
    const more = document.createElement('span');
    more.className = 'hint';
    more.textContent = second;
    row.append(name, more);
    if (address) {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'quiet';
      button.textContent = t('delete');
      button.setAttribute('aria-label', `${t('delete')} ${first}`);
      button.addEventListener('click', () => attempt(async () => {
        await remove(`${address}/${item.id}`);
        await show();
      }));
      row.append(button);
    }
    return row;
  }));
}

const when = (seconds) => new Date(seconds * 1000).toLocaleString(document.documentElement.lang);

async function show() {
  rows('keys', await get('/v1/keys'), ({ name, created }) => [name, when(created)], '/v1/keys');
  const owner = Boolean(at('member-form'));
  rows('members', await get('/v1/accounts'), ({ name, role }) => [name, t(`role_${role}`)],
    owner && '/v1/accounts');
  if (!owner) return;
  const { items } = await get('/v1/audit?limit=50');
  rows('audit', items, ({ who, action, subject, created }) =>
    [`${who}: ${action} ${subject.name ?? ''}`, when(created)]);
}

function form(name, send) {
  at(name)?.addEventListener('submit', (event) => {
    event.preventDefault();
    attempt(async () => {
      await send(Object.fromEntries(new FormData(event.target)));
      event.target.reset();
      await show();
    });
  });
}

form('key-form', async (given) => {
  const { key } = await post('/v1/keys', given);
  at('fresh').hidden = false;
  at('fresh').querySelector('code').textContent = key;
});
form('member-form', (given) => post('/v1/accounts', given));
form('password-form', async (given) => {
  await put('/v1/account/password', given);
  say(t('password_changed'));
  location.assign('/login');
});
if (at('keys')) await attempt(show);
document.body.dataset.loaded = 'yes';
