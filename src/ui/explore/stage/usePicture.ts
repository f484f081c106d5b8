// The picture as maps need it: the model's crop at full sharpness once it is decoded, what the model sees until then.

import { useEffect, useMemo, useState } from 'react';
import type { PictureInfo } from '../../../store/state.ts';
import { type PictureRaster, rasterFromImage, rasterFromPixels } from '../../maps/pictureRaster.ts';

export function usePictureRaster(info: PictureInfo | null): PictureRaster | null {
  const [sharp, setSharp] = useState<{ readonly info: PictureInfo; readonly raster: PictureRaster } | null>(null);
  useEffect(() => {
    if (!info) return;
    let isCurrent = true;
    const image = new Image();
    image.src = info.url;
    image.decode().then(
      () => {
        if (isCurrent) setSharp({ info, raster: rasterFromImage(image, info.crop) });
      },
      // The coarse pixels that the model sees stay; they are of the same picture.
      () => undefined,
    );
    return () => {
      isCurrent = false;
    };
  }, [info]);
  const coarse = useMemo(() => (info ? rasterFromPixels(info.seen, info.side) : null), [info]);
  return sharp && sharp.info === info ? sharp.raster : coarse;
}

/** What the model sees, side × side, as a data: URL. */
export function useSeenUrl(info: PictureInfo | null): string | null {
  return useMemo(() => (info ? rasterFromPixels(info.seen, info.side).canvas.toDataURL() : null), [info]);
}
