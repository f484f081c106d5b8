// Renders the ten sample drawings, scripts/samples/ID.svg, to the pictures the page loads: public/samples/ID.png
// (640 × 480) and public/samples/thumb/ID.png (96 × 72), both 8-bit RGB.
//
//   node scripts/renderSamples.mjs [ID ...]      without an ID: all of them

import { mkdir, readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const WIDTH = 640;
const HEIGHT = 480;
const THUMB_WIDTH = 96;
const THUMB_HEIGHT = 72;
const MAX_BYTES = 120_000;

const drawings = new URL('./samples/', import.meta.url);
const pictures = new URL('../public/samples/', import.meta.url);
const png = { palette: false, compressionLevel: 9, adaptiveFiltering: true };

async function render(id) {
  const svg = await readFile(new URL(`${id}.svg`, drawings));
  const drawn = sharp(svg).removeAlpha().toColourspace('srgb');
  const { width, height } = await sharp(svg).metadata();
  if (width !== WIDTH || height !== HEIGHT)
    throw new Error(`${id}.svg is ${width} × ${height}, not ${WIDTH} × ${HEIGHT}`);
  const write = (w, h, file) => drawn.clone().resize(w, h).png(png).toFile(fileURLToPath(file));
  const full = await write(WIDTH, HEIGHT, new URL(`${id}.png`, pictures));
  const thumb = await write(THUMB_WIDTH, THUMB_HEIGHT, new URL(`thumb/${id}.png`, pictures));
  const kilobytes = (info) => `${(info.size / 1000).toFixed(1)} kB`;
  console.log(`${id.padEnd(11)} ${kilobytes(full).padStart(9)}  thumb ${kilobytes(thumb).padStart(8)}`);
  if (full.size > MAX_BYTES) console.warn('BIG');
}

const all = (await readdir(drawings)).filter((name) => name.endsWith('.svg')).map((name) => name.slice(0, -4));
const asked = process.argv.slice(2);
const unknown = asked.filter((id) => !all.includes(id));
if (unknown.length > 0) throw new Error(`no such drawing: ${unknown.join(', ')}`);

await mkdir(new URL('thumb/', pictures), { recursive: true });
for (const id of asked.length > 0 ? asked : all.sort()) await render(id);
