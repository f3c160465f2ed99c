// Renderings as looksmith/studio/renderings.py packs them, and LUTs put together.

const JOINT = 33; // nodes a side of several LUTs as one

/** Read a packed rendering (safetensors): [{name, amount, lut, grid}, …], and its `label`. */
export function parseRendering(buffer) {
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  const tensor = (name) => {
    if (!(name in header)) return null;
    const { shape, data_offsets: [from, to] } = header[name];
    const start = 8 + length + from;
    const halves = new Uint16Array(buffer.slice(start, start + to - from));
    return { shape, data: Float32Array.from(halves, fromHalf) };
  };
  const { stages, label } = header.__metadata__;
  const parsed = JSON.parse(stages).map((stage, i) =>
    ({ ...stage, lut: tensor(`${i}.lut`), grid: tensor(`${i}.grid`) }));
  return Object.assign(parsed, { label });
}

function fromHalf(bits) {
  const [sign, power, part] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  return sign * (power ? 2 ** (power - 15) * (1 + part / 1024) : 2 ** -14 * (part / 1024));
}

/** LUTs, each with how much of it is given, as one: `parts` is [[lut, amount], …]. Between them
 * colours are clamped; what comes out last is not. */
export function jointLut(parts) {
  const side = parts.length > 1 ? JOINT : parts[0][0].shape[0];
  const data = new Float32Array(4 * side ** 3).fill(1);
  const colour = new Float32Array(3);
  const made = new Float32Array(3);
  let at = 0;
  for (let blue = 0; blue < side; blue += 1) {
    for (let green = 0; green < side; green += 1) {
      for (let red = 0; red < side; red += 1, at += 4) {
        colour[0] = red / (side - 1);
        colour[1] = green / (side - 1);
        colour[2] = blue / (side - 1);
        for (const [lut, amount] of parts) {
          for (let i = 0; i < 3; i += 1) colour[i] = Math.min(1, Math.max(0, colour[i]));
          lookUp(lut, colour, made);
          for (let i = 0; i < 3; i += 1) colour[i] += amount * (made[i] - colour[i]);
        }
        data.set(colour, at);
      }
    }
  }
  return { shape: [side, side, side, 4], data };
}

/** Trilinear interpolation. */
function lookUp({ shape: [side], data }, colour, made) {
  const [red, green, blue] = [0, 1, 2].map((i) => colour[i] * (side - 1));
  const [r, g, b] = [red, green, blue].map((v) => Math.min(Math.floor(v), side - 2));
  const [x, y, z] = [red - r, green - g, blue - b];
  const [up, out] = [4 * side, 4 * side * side];
  const along = (at) => data[at] + x * (data[at + 4] - data[at]);
  const across = (at) => along(at) + y * (along(at + up) - along(at));
  for (let i = 0; i < 3; i += 1) {
    const at = 4 * ((b * side + g) * side + r) + i;
    made[i] = across(at) + z * (across(at + out) - across(at));
  }
}
