// The part of the picture that the model sees, small. Decorative: the button around it has the name.

import type { PictureInfo } from '../../../store/state.ts';

const percentOf = (offset: number, room: number): string => (room > 0 ? `${(offset / room) * 100}%` : '0%');

export function CropThumb({ picture, side }: { readonly picture: PictureInfo; readonly side: number }) {
  const { url, width, height, crop } = picture;
  return (
    <span
      className="crop-thumb"
      style={{
        width: side,
        height: side,
        backgroundImage: `url("${url}")`,
        backgroundSize: `${(width / crop.width) * 100}% ${(height / crop.height) * 100}%`,
        backgroundPosition: `${percentOf(crop.x, width - crop.width)} ${percentOf(crop.y, height - crop.height)}`,
      }}
    />
  );
}
