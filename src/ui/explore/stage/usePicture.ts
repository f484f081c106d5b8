// The picture as maps need it: the model's crop at full sharpness once it is decoded, what the model sees until then. Where CRATE-MAE did
// not see a patch, it is blank.

import { useEffect, useMemo, useState } from 'react';
import { selectHidden, selectPicture } from '../../../store/selectors.ts';
import type { PictureInfo } from '../../../store/state.ts';
import { useApp } from '../../appContext.tsx';
import { maskedRaster } from '../../maps/maskedRaster.ts';
import type { ScatterPicture } from '../../maps/PatchScatter.tsx';
import { fitsGrid } from '../../maps/patchBytes.ts';
import { type PictureRaster, rasterFromImage, rasterFromPixels } from '../../maps/pictureRaster.ts';
import type { Ramps } from '../../maps/ramps.ts';
import { useRamps } from '../../maps/useRamps.ts';

export interface SeenRaster {
  readonly picture: PictureRaster | null;
  /** 1 for each patch that the encoder did not see; null: it saw all. */
  readonly hidden: Uint8Array | null;
}

const coloursOf = (ramps: Ramps) => ({
  paper: ramps.paper,
  line: getComputedStyle(document.documentElement).getPropertyValue('--edge').trim(),
});

/** The hidden patches of the last run, when it was on this grid and hid any. */
export function useHidden(grid: number): Uint8Array | null {
  const hidden = useApp(selectHidden);
  return useMemo(() => (fitsGrid(hidden, grid) && hidden.some((is) => is !== 0) ? hidden : null), [hidden, grid]);
}

/** `grid` patches a side. */
export function useSeenRaster(grid: number): SeenRaster {
  const info = useApp(selectPicture);
  const whole = usePictureRaster(info);
  const hidden = useHidden(grid);
  const ramps = useRamps();
  const picture = useMemo(
    () => (whole && hidden ? maskedRaster(whole, grid, hidden, coloursOf(ramps)) : whole),
    [whole, hidden, grid, ramps],
  );
  return useMemo(() => ({ picture, hidden }), [picture, hidden]);
}

function usePictureRaster(info: PictureInfo | null): PictureRaster | null {
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

/** What the model sees, pixel by pixel, for patches drawn one by one; hidden ones are blank. */
export function useSeenPatches(info: PictureInfo | null, grid: number): ScatterPicture | null {
  const hidden = useHidden(grid);
  const ramps = useRamps();
  return useMemo(() => {
    if (!info) return null;
    const raster = rasterFromPixels(info.seen, info.side);
    const { canvas } = hidden ? maskedRaster(raster, grid, hidden, { ...coloursOf(ramps), hasFrames: true }) : raster;
    let url = '';
    return {
      canvas,
      url: () => {
        url ||= canvas.toDataURL();
        return url;
      },
    };
  }, [info, grid, hidden, ramps]);
}
