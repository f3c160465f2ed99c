// Calls of /v1: they outlive a server that starts again, and say in words what is wrong.

import { t } from './words.js';

const csrf = document.querySelector('meta[name=csrf]')?.content ?? '';
const RETRIES = 6;
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

export class Refused extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

/** A request; what changes something carries a key, so that a repetition is not done twice. */
async function call(method, path, { body, key = crypto.randomUUID(), signal } = {}) {
  const headers = method === 'GET' ? {} : { 'X-CSRF-Token': csrf, 'Idempotency-Key': key };
  if (body && !(body instanceof FormData)) {
    headers['Content-Type'] = 'application/json';
    body = JSON.stringify(body);
  }
  for (let attempt = 0; ; attempt += 1) {
    try {
      const answer = await fetch(path, { method, body, headers, signal });
      if (answer.status === 401) location.assign('/login');
      if (answer.ok) return answer;
      const problem = await answer.json().catch(() => ({}));
      throw new Refused(answer.status, problem.detail ?? t('failed'));
    } catch (error) {
      if (error instanceof Refused && error.status !== 429) throw error;
      if (error.name === 'AbortError' || attempt >= RETRIES) {
        throw error instanceof Refused || error.name === 'AbortError'
          ? error : new Refused(0, t('offline'));
      }
      await pause(250 * 2 ** attempt);
    }
  }
}

const json = async (...given) => (await call(...given)).json();

export const get = (path, options) => json('GET', path, options);
export const post = (path, body, options) => json('POST', path, { ...options, body });
export const put = (path, body) => call('PUT', path, { body });
export const remove = (path) => call('DELETE', path);
export const bytes = async (path, options) => (await call('GET', path, options)).arrayBuffer();
export const blob = async (path, options) => (await call('GET', path, options)).blob();

/** Upload one photo. */
export function upload(file, { prepare = true, signal } = {}) {
  const body = new FormData();
  body.append('photo', file, file.name || 'photo.jpg');
  body.append('prepare', prepare);
  return json('POST', '/v1/photos', { body, signal });
}

/** Do something with every one of many, a few at a time. */
export async function each(items, work, atOnce = 3) {
  const queue = [...items.entries()];
  const next = async () => {
    for (let taken = queue.shift(); taken; taken = queue.shift()) await work(taken[1], taken[0]);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, queue.length) }, next));
}

/** Follow a job to its end; `seen` is told of every change. Rejects where it fails. */
export function follow(id, seen = () => {}) {
  return new Promise((done, fail) => {
    const source = new EventSource(`/v1/jobs/${id}/events`);
    source.addEventListener('job', (event) => {
      const job = JSON.parse(event.data);
      seen(job);
      if (!['done', 'failed', 'cancelled'].includes(job.state)) return;
      source.close();
      if (job.state === 'done') done(job);
      else fail(new Refused(0, job.problem ?? t('cancelled')));
    });
    source.addEventListener('error', () => {
      if (source.readyState !== EventSource.CLOSED) return; // it calls again by itself
      get(`/v1/jobs/${id}?wait=30`).then((job) =>
        job.state === 'done' ? done(job) : fail(new Refused(0, job.problem ?? t('failed'))), fail);
    });
  });
}
