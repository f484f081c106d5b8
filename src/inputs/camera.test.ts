import { afterEach, describe, expect, test, vi } from 'vitest';
import { cameraError, openCamera } from './camera.ts';

/** A track that can be unplugged. */
class Track extends EventTarget {
  readyState = 'live';
  stop(): void {
    this.readyState = 'ended';
  }
}

function fake({ fails, secure = true }: { fails?: Error; secure?: boolean } = {}) {
  const tracks = [new Track(), new Track()];
  const stream = { getTracks: () => tracks };
  const getUserMedia = vi.fn(() => (fails ? Promise.reject(fails) : Promise.resolve(stream)));
  vi.stubGlobal('isSecureContext', secure);
  vi.stubGlobal('navigator', secure ? { mediaDevices: { getUserMedia } } : {});
  const play = vi.fn(() => Promise.resolve());
  const video = { srcObject: null as unknown, videoWidth: 0, videoHeight: 0, play, muted: false, playsInline: false };
  return { tracks, stream, video, getUserMedia, asElement: video as unknown as HTMLVideoElement };
}

const states = (tracks: readonly Track[]) => tracks.map((track) => track.readyState);

afterEach(() => vi.unstubAllGlobals());

describe('openCamera', () => {
  test('shows the stream and stops every track', async () => {
    const { tracks, stream, video, getUserMedia, asElement } = fake();
    const camera = await openCamera(asElement, { facing: 'user' });
    expect(getUserMedia).toHaveBeenCalledWith({ video: expect.objectContaining({ facingMode: 'user' }), audio: false });
    expect(video).toMatchObject({ srcObject: stream, muted: true, playsInline: true });
    await expect(camera.grab()).rejects.toMatchObject({ code: 'camera-failed' }); // no frame has come yet
    camera.stop();
    camera.stop();
    expect(states(tracks)).toEqual(['ended', 'ended']);
    expect(video.srcObject).toBeNull();
    await expect(camera.grab()).rejects.toMatchObject({ code: 'camera-failed' });
  });

  test('grabs the frame at the size of the video', async () => {
    const { video, asElement } = fake();
    const drawn: unknown[] = [];
    vi.stubGlobal(
      'OffscreenCanvas',
      class {
        readonly width: number;
        readonly height: number;
        constructor(width: number, height: number) {
          this.width = width;
          this.height = height;
        }
        getContext = () => ({ drawImage: (...all: unknown[]) => drawn.push(all) });
        convertToBlob = async ({ type }: { type: string }) => new Blob([`${this.width}×${this.height}`], { type });
      },
    );
    const camera = await openCamera(asElement);
    Object.assign(video, { videoWidth: 640, videoHeight: 480 });
    const blob = await camera.grab();
    expect(blob.type).toBe('image/png');
    expect(await blob.text()).toBe('640×480');
    expect(drawn).toEqual([[video, 0, 0]]);
  });

  test('closing the dialog while the browser asks leaves no light on', async () => {
    const { tracks, asElement } = fake();
    const controller = new AbortController();
    const opening = openCamera(asElement, { signal: controller.signal });
    controller.abort();
    await expect(opening).rejects.toMatchObject({ name: 'AbortError' });
    expect(states(tracks)).toEqual(['ended', 'ended']);
  });

  test('closing it later stops the tracks too', async () => {
    const { tracks, asElement } = fake();
    const controller = new AbortController();
    await openCamera(asElement, { signal: controller.signal });
    expect(states(tracks)).toEqual(['live', 'live']);
    controller.abort();
    expect(states(tracks)).toEqual(['ended', 'ended']);
  });

  test('unplugging is told once', async () => {
    const { tracks, asElement } = fake();
    const onEnd = vi.fn();
    await openCamera(asElement, { onEnd });
    for (const track of tracks) track.dispatchEvent(new Event('ended'));
    expect(onEnd).toHaveBeenCalledTimes(1);
    expect(onEnd.mock.calls[0]?.[0]).toMatchObject({ code: 'camera-failed' });
    expect(states(tracks)).toEqual(['ended', 'ended']);
  });

  test('a <video> that cannot play stops the tracks', async () => {
    const { tracks, video, asElement } = fake();
    video.play.mockRejectedValue(new DOMException('no', 'NotSupportedError'));
    await expect(openCamera(asElement)).rejects.toMatchObject({ code: 'camera-failed' });
    expect(states(tracks)).toEqual(['ended', 'ended']);
  });

  test('an address without https has no camera', async () => {
    const { asElement } = fake({ secure: false });
    await expect(openCamera(asElement)).rejects.toMatchObject({
      code: 'camera-insecure',
      message: expect.stringContaining('https'),
    });
  });

  test.each([
    ['NotAllowedError', 'camera-refused', 'was not allowed'],
    ['NotFoundError', 'camera-missing', 'No camera was found'],
    ['NotReadableError', 'camera-busy', 'in use by another program'],
    ['AbortError', 'camera-failed', 'could not be started'],
  ])('%s', async (name, code, words) => {
    const { asElement } = fake({ fails: new DOMException('why', name) });
    await expect(openCamera(asElement)).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
  });
});

test('what is no error at all still has a sentence', () => {
  expect(cameraError('odd')).toMatchObject({ code: 'camera-failed', cause: 'odd' });
});
