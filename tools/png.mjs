// Pixels of a PNG as Chromium writes them: 8 bits a channel, RGB or RGBA, not interlaced (W3C PNG, 3rd edition).
import zlib from 'node:zlib';

const SIGNATURE = '89504e470d0a1a0a';
const CHANNELS = { 2: 3, 6: 4 };

/** `{ width, height, channels, pixels }`, pixels row by row. Throws for what is no such picture. */
export function decodePng(file) {
  if (file.toString('hex', 0, 8) !== SIGNATURE) throw new Error('This is no PNG.');
  const packed = [];
  let header;
  for (let at = 8; at < file.length; at += file.readUInt32BE(at) + 12) {
    const type = file.toString('latin1', at + 4, at + 8);
    const body = file.subarray(at + 8, at + 8 + file.readUInt32BE(at));
    if (type === 'IHDR') header = body;
    else if (type === 'IDAT') packed.push(body);
  }
  const channels = CHANNELS[header?.[9]];
  if (channels === undefined || header[8] !== 8 || header[12] !== 0) {
    throw new Error('This PNG is not 8 bits a channel, RGB or RGBA, without interlace.');
  }
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  return {
    width,
    height,
    channels,
    pixels: unfilter(zlib.inflateSync(Buffer.concat(packed)), width * channels, height, channels),
  };
}

/** Undoes the filter that each row names in its first byte (section 9.2). */
function unfilter(rows, stride, height, channels) {
  const pixels = new Uint8Array(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = rows[y * (stride + 1)];
    for (let x = 0; x < stride; x += 1) {
      const at = y * stride + x;
      const left = x < channels ? 0 : pixels[at - channels];
      const up = y === 0 ? 0 : pixels[at - stride];
      const corner = x < channels || y === 0 ? 0 : pixels[at - stride - channels];
      pixels[at] = rows[y * (stride + 1) + 1 + x] + predicted(filter, left, up, corner);
    }
  }
  return pixels;
}

function predicted(filter, left, up, corner) {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  const byLeft = Math.abs(up - corner);
  const byUp = Math.abs(left - corner);
  const byCorner = Math.abs(left + up - 2 * corner);
  if (byLeft <= byUp && byLeft <= byCorner) return left;
  return byUp <= byCorner ? up : corner;
}
