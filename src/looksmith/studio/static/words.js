// The words of the page, in the language the server chose: t('key', {name}).

const said = JSON.parse(document.getElementById('words').textContent);

export const t = (key, values = {}) =>
  said[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
