// The sliders of a look: strength, mood, normalise, skin. They say what they are at, and go back to
// where they began when clicked twice. `moved(name)` is told which one moves.

export class Sliders {
  constructor(place, moved) {
    this.inputs = [...place.querySelectorAll('input[type=range]')];
    for (const input of this.inputs) {
      const tell = () => {
        const percent = `${Math.round(input.value * 100)} %`;
        input.style.setProperty('--filled', input.value / input.max);
        input.setAttribute('aria-valuetext', percent);
        input.parentElement.querySelector('output').textContent = percent;
      };
      input.addEventListener('input', () => { tell(); moved(input.name); });
      input.addEventListener('dblclick', () => {
        input.value = input.defaultValue;
        tell();
        moved(input.name);
      });
      input.tell = tell;
      tell();
    }
  }

  get values() {
    return Object.fromEntries(this.inputs.map((input) => [input.name, Number(input.value)]));
  }

  set values(values) {
    for (const input of this.inputs) {
      input.value = values[input.name] ?? input.defaultValue;
      input.tell();
    }
  }
}
