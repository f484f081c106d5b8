// The camera: opened into a <video>, a frame taken as a PNG, every track stopped. Nothing is recorded and nothing leaves the page.

import { InputError } from './errors.ts';

export interface Camera {
  /** The frame on screen as a PNG, not mirrored. @throws InputError 'camera-failed' before the first frame and after the end */
  grab(): Promise<Blob>;
  /** Stops all tracks, so that the camera's light goes out, and empties the <video>. May be called twice. */
  stop(): void;
}

export interface CameraOptions {
  /** 'environment' is the rear camera of a phone; ignored where there is one camera. */
  readonly facing?: 'user' | 'environment';
  /** Aborted when the dialog closes, also while the permission is still being asked for. */
  readonly signal?: AbortSignal;
  /** The camera was unplugged or taken away; `stop` has been called. */
  readonly onEnd?: (error: InputError) => void;
}

/** What the browser's refusal means. `cause` is what getUserMedia threw. */
export function cameraError(cause: unknown): InputError {
  const name = cause instanceof Error || cause instanceof DOMException ? cause.name : '';
  const options = { cause };
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return new InputError(
        'camera-refused',
        'The camera was not allowed. Allow it in the address bar’s site settings and try again, or open a file.',
        options,
      );
    case 'NotFoundError':
    case 'OverconstrainedError':
      return new InputError(
        'camera-missing',
        'No camera was found. Connect one and try again, or open a file.',
        options,
      );
    case 'NotReadableError':
      return new InputError(
        'camera-busy',
        'The camera is in use by another program. Close that program and try again.',
        options,
      );
    default:
      return new InputError('camera-failed', 'The camera could not be started. Try again, or open a file.', options);
  }
}

const ended = (): InputError =>
  new InputError('camera-failed', 'The camera stopped sending pictures. Connect it and open it again, or open a file.');

/** Browsers hide the camera from pages that were not loaded by https or from localhost. */
function devices(): MediaDevices {
  if (globalThis.isSecureContext === false || !navigator.mediaDevices?.getUserMedia) {
    throw new InputError(
      'camera-insecure',
      'The browser gives no camera to this address. Open the page by https or from localhost, or open a file.',
    );
  }
  return navigator.mediaDevices;
}

/**
 * Asks for the camera and shows it in `video`; resolves when the first frame can be grabbed.
 * @throws InputError; what `signal` was aborted with, where it was
 */
export async function openCamera(
  video: HTMLVideoElement,
  { facing = 'environment', signal, onEnd }: CameraOptions = {},
): Promise<Camera> {
  signal?.throwIfAborted();
  const wanted = { facingMode: facing, width: { ideal: 1280 }, height: { ideal: 960 } };
  const stream = await devices()
    .getUserMedia({ video: wanted, audio: false })
    .catch((cause: unknown) => {
      throw cameraError(cause);
    });

  let isOpen = true;
  const stop = (): void => {
    isOpen = false;
    signal?.removeEventListener('abort', stop);
    for (const track of stream.getTracks()) track.stop();
    if (video.srcObject === stream) video.srcObject = null;
  };
  try {
    signal?.throwIfAborted(); // the dialog was closed while the browser asked
    signal?.addEventListener('abort', stop);
    for (const track of stream.getTracks()) {
      track.addEventListener('ended', () => {
        if (!isOpen) return;
        stop();
        onEnd?.(ended());
      });
    }
    video.muted = true;
    video.playsInline = true; // iOS would open its own full-screen player
    video.srcObject = stream;
    await video.play();
  } catch (cause) {
    stop();
    signal?.throwIfAborted();
    throw cameraError(cause);
  }
  return { grab: () => (isOpen ? grabFrame(video) : Promise.reject(ended())), stop };
}

async function grabFrame(video: HTMLVideoElement): Promise<Blob> {
  const { videoWidth: width, videoHeight: height } = video;
  if (width === 0 || height === 0)
    throw new InputError('camera-failed', 'The camera has sent no picture yet. Wait a moment and try again.');
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (!context)
    throw new InputError(
      'camera-failed',
      'The browser has no memory left for the camera’s picture. Close other tabs and try again.',
    );
  context.drawImage(video, 0, 0);
  return canvas.convertToBlob({ type: 'image/png' });
}
