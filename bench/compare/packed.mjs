// Plain data with typed arrays in it as one body of bytes: a JSON head, then the arrays. Node writes it, the page reads it.
//
//   u32 length of the head | head, UTF-8, padded to 8 bytes | arrays, each padded to 8 bytes

const TYPES = { f32: Float32Array, f64: Float64Array };
const pad = (length) => Math.ceil(length / 8) * 8;

/** Returns a Uint8Array. */
export function pack(value) {
  const arrays = [];
  let end = 0;
  const head = JSON.stringify(value, (_, part) => {
    const type = part instanceof Float32Array ? 'f32' : part instanceof Float64Array ? 'f64' : null;
    if (!type) return part;
    const at = end;
    arrays.push({ at, part });
    end += pad(part.byteLength);
    return { $array: [type, at, part.length] };
  });
  const text = new TextEncoder().encode(head);
  const first = pad(4 + text.length);
  const out = new Uint8Array(first + end);
  new DataView(out.buffer).setUint32(0, text.length, true);
  out.set(text, 4);
  for (const { at, part } of arrays) {
    out.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), first + at);
  }
  return out;
}

/** The arrays are views into `buffer`, an ArrayBuffer. */
export function unpack(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const first = pad(4 + length);
  const head = new TextDecoder().decode(new Uint8Array(buffer, 4, length));
  return JSON.parse(head, (_, part) => {
    if (!Array.isArray(part?.$array)) return part;
    const [type, at, count] = part.$array;
    return new TYPES[type](buffer, first + at, count);
  });
}
