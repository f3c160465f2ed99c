// Labels on pictures that are made in the browser: the XMP packet that files from the server carry.

const SIGNATURE = 'http://ns.adobe.com/xap/1.0/\0';

/** A JPEG with an XMP packet in an APP1 segment right after its start (XMP specification, part 3). */
export async function labelled(jpeg, packet) {
  const text = new TextEncoder().encode(SIGNATURE + packet);
  const length = text.length + 2;
  const head = new Uint8Array([0xff, 0xd8, 0xff, 0xe1, length >> 8, length & 255]);
  return new Blob([head, text, jpeg.slice(2)], { type: 'image/jpeg' });
}

/** What a canvas shows as a labelled JPEG. */
export const picture = (canvas, packet) => new Promise((done) => {
  canvas.toBlob((jpeg) => done(labelled(jpeg, packet)), 'image/jpeg', 0.95);
});

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
