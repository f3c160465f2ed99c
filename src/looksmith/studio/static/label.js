// Labels on pictures that are made in the browser: the XMP packet that files from the server carry,
// with the number of this picture in it.

const SIGNATURE = 'http://ns.adobe.com/xap/1.0/\0';
const SIZE = 512; // of the copy that is hashed: every n-th pixel
const FLAT = 3; // parts that differ by a level a channel are alike

/** Whether each of 8 × 8 parts is darker than its neighbour to the right: `_difference_hash` of
 * looksmith/provenance.py, as 16 hexadecimal digits. */
function differenceHash({ data, width, height }) {
  const [stepX, stepY] = [width, height].map((n) => Math.max(1, Math.floor(n / SIZE)));
  const [w, h] = [Math.ceil(width / stepX), Math.ceil(height / stepY)];
  const edges = (n, parts) =>
    Array.from({ length: parts + 1 }, (_, i) => Math.floor((i * n) / parts));
  const [rows, columns] = [edges(h, 8), edges(w, 9)];
  const mean = (r, c) => {
    let sum = 0;
    for (let y = rows[r]; y < rows[r + 1]; y += 1) {
      for (let x = columns[c]; x < columns[c + 1]; x += 1) {
        const at = 4 * (y * stepY * width + x * stepX);
        sum += data[at] + data[at + 1] + data[at + 2];
      }
    }
    return sum / Math.max(1, (rows[r + 1] - rows[r]) * (columns[c + 1] - columns[c]));
  };
  let bits = '';
  for (let r = 0; r < 8; r += 1) {
    const means = Array.from({ length: 9 }, (_, c) => mean(r, c));
    for (let c = 0; c < 8; c += 1) bits += means[c + 1] > means[c] + FLAT ? '1' : '0';
  }
  return BigInt(`0b${bits}`).toString(16).padStart(16, '0');
}

/** `content_id` of looksmith/provenance.py: the hash, then SHA-256 of every 16th row. */
export async function contentId(image) {
  const { data, width, height } = image;
  const shape = new TextEncoder().encode(`(${height}, ${width}, 3)`);
  const seen = new Uint8Array(shape.length + 3 * width * Math.ceil(height / 16));
  seen.set(shape);
  let to = shape.length;
  for (let y = 0; y < height; y += 16) {
    for (let at = 4 * y * width; at < 4 * (y + 1) * width; at += 4) {
      seen.set(data.subarray(at, at + 3), to);
      to += 3;
    }
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', seen));
  const digits = Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0'));
  return differenceHash(image) + digits.join('');
}

/** A JPEG with an XMP packet in an APP1 segment right after its start (XMP specification, part 3). */
export async function labelled(jpeg, packet) {
  const text = new TextEncoder().encode(SIGNATURE + packet);
  const length = text.length + 2;
  const head = new Uint8Array([0xff, 0xd8, 0xff, 0xe1, length >> 8, length & 255]);
  return new Blob([head, text, jpeg.slice(2)], { type: 'image/jpeg' });
}

/** What a canvas shows as a labelled JPEG. */
export async function picture(canvas, packet) {
  const copy = document.createElement('canvas');
  [copy.width, copy.height] = [canvas.width, canvas.height];
  const pen = copy.getContext('2d', { willReadFrequently: true });
  pen.drawImage(canvas, 0, 0);
  const number = await contentId(pen.getImageData(0, 0, copy.width, copy.height));
  const jpeg = await new Promise((done) => { copy.toBlob(done, 'image/jpeg', 0.95); });
  return labelled(jpeg, packet.replace('"ProduceID": ""', `"ProduceID": "${number}"`));
}

/** A stream of what a canvas shows, with a mark that can be seen: a film has no place for XMP. */
export function markedStream(canvas, mark) {
  const copy = document.createElement('canvas');
  [copy.width, copy.height] = [canvas.width, canvas.height];
  const pen = copy.getContext('2d');
  const size = Math.ceil(0.05 * Math.min(copy.width, copy.height)); // GB 45438-2025: 5 % or more
  let going = true;
  const draw = () => {
    if (!going) return;
    pen.drawImage(canvas, 0, 0);
    pen.font = `600 ${size}px system-ui, sans-serif`;
    pen.textAlign = 'right';
    pen.lineWidth = size / 8;
    pen.strokeStyle = 'rgb(0 0 0 / 60%)';
    pen.fillStyle = '#fff';
    pen.strokeText(mark, copy.width - size / 2, copy.height - size / 2);
    pen.fillText(mark, copy.width - size / 2, copy.height - size / 2);
    requestAnimationFrame(draw);
  };
  draw();
  return { stream: copy.captureStream(30), end: () => { going = false; } };
}
