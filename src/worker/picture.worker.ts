// The worker that decodes and resizes pictures, so that a large one does not stop the page.

import { expose } from 'comlink';
import { type PictureDesk, preparePicture } from './pictures.ts';

expose({ prepare: preparePicture, release: async (url) => URL.revokeObjectURL(url) } satisfies PictureDesk);
