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

/** Writes the drawing at one size. Channels are rounded to even values: nobody sees it, and the file is a fifth smaller. */
async function write(svg, width, height, file) {
  const drawn = sharp(svg).removeAlpha().toColourspace('srgb').resize(width, height);
  const { data, info } = await drawn.raw().toBuffer({ resolveWithObject: true });
  const { channels } = info;
  const even = data.map((value) => Math.min(254, (value + 1) & ~1));
  const { size } = await sharp(even, { raw: { width, height, channels } }).png(png).toFile(fileURLToPath(file));
  return size;
}

async function render(id) {
  const svg = await readFile(new URL(`${id}.svg`, drawings));
  const { width, height } = await sharp(svg).metadata();
  if (width !== WIDTH || height !== HEIGHT)
    throw new Error(`${id}.svg: ${width} × ${height}, not ${WIDTH} × ${HEIGHT}`);
  const full = await write(svg, WIDTH, HEIGHT, new URL(`${id}.png`, pictures));
  const thumb = await write(svg, THUMB_WIDTH, THUMB_HEIGHT, new URL(`thumb/${id}.png`, pictures));
  console.log(`${id.padEnd(11)} ${String(full).padStart(7)} bytes, thumb ${String(thumb).padStart(5)}`);
  if (full > MAX_BYTES) throw new Error(`${id}.png: ${full} bytes, over ${MAX_BYTES}`);
}

const all = (await readdir(drawings)).filter((name) => name.endsWith('.svg')).map((name) => name.slice(0, -4));
const asked = process.argv.slice(2);
const unknown = asked.filter((id) => !all.includes(id));
if (unknown.length > 0) throw new Error(`no such drawing: ${unknown.join(', ')}`);

await mkdir(new URL('thumb/', pictures), { recursive: true });
for (const id of asked.length > 0 ? asked : all.sort()) await render(id);
