// <before-after>: a canvas with a line that can be dragged, by mouse, finger or arrow keys.
// `split` is where the line is, from 0 to 1; 'split' is fired when it moves.

const STEP = 0.02;

class BeforeAfter extends HTMLElement {
  #split = 0.5;

  connectedCallback() {
    this.canvas = this.querySelector('canvas');
    this.handle = document.createElement('div');
    this.handle.className = 'handle';
    this.handle.tabIndex = 0;
    this.handle.setAttribute('role', 'slider');
    this.handle.setAttribute('aria-label', this.getAttribute('label'));
    this.handle.setAttribute('aria-valuemin', '0');
    this.handle.setAttribute('aria-valuemax', '100');
    this.append(this.handle);
    this.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      this.setPointerCapture(event.pointerId);
      this.#follow(event);
      this.handle.focus({ preventScroll: true });
    });
    this.addEventListener('pointermove', (event) => {
      if (this.hasPointerCapture(event.pointerId)) this.#follow(event);
    });
    this.handle.addEventListener('keydown', (event) => this.#key(event));
    this.split = this.#split;
  }

  get split() { return this.#split; }

  set split(value) {
    this.#split = Math.min(1, Math.max(0, value));
    this.style.setProperty('--split', this.#split);
    const percent = Math.round(this.#split * 100);
    this.handle?.setAttribute('aria-valuenow', percent);
    this.handle?.setAttribute('aria-valuetext', `${percent} %`);
    this.dispatchEvent(new Event('split'));
  }

  #follow(event) {
    const { left, width } = this.canvas.getBoundingClientRect();
    this.split = (event.clientX - left) / width;
    event.preventDefault();
  }

  #key(event) {
    const moves = { ArrowLeft: -STEP, ArrowDown: -STEP, ArrowRight: STEP, ArrowUp: STEP,
      PageDown: -5 * STEP, PageUp: 5 * STEP, Home: -1, End: 1 };
    if (!(event.key in moves)) return;
    event.preventDefault();
    this.split += moves[event.key];
  }
}

customElements.define('before-after', BeforeAfter);
