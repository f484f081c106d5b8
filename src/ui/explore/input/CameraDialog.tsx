// A picture from the camera: live view and shutter. The camera is on only while this is open.

import { useEffect, useRef, useState } from 'react';
import { type Camera, cameraError, openCamera } from '../../../inputs/camera.ts';
import { InputError } from '../../../inputs/errors.ts';
import { Button } from '../../controls/Button.tsx';
import { Dialog } from '../../controls/Dialog.tsx';

interface CameraDialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly onShot: (shot: Blob, name: string) => void;
}

type View =
  | { readonly status: 'asking' }
  | { readonly status: 'live'; readonly camera: Camera }
  | { readonly status: 'failed'; readonly sentence: string };

const sentenceOf = (cause: unknown): string => (cause instanceof InputError ? cause : cameraError(cause)).sentence;

/** Mounted while the dialog is open, so that closing it turns the camera off. */
function CameraView({ onClose, onShot }: Omit<CameraDialogProps, 'open'>) {
  const video = useRef<HTMLVideoElement>(null);
  const [view, setView] = useState<View>({ status: 'asking' });
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new attempt opens the camera again
  useEffect(() => {
    if (!video.current) return undefined;
    const closing = new AbortController();
    let opened: Camera | null = null;
    setView({ status: 'asking' });
    const onEnd = (error: InputError) => setView({ status: 'failed', sentence: error.sentence });
    openCamera(video.current, { signal: closing.signal, onEnd }).then(
      (camera) => {
        opened = camera;
        setView({ status: 'live', camera });
      },
      (cause: unknown) => {
        if (!closing.signal.aborted) setView({ status: 'failed', sentence: sentenceOf(cause) });
      },
    );
    return () => {
      closing.abort();
      opened?.stop();
    };
  }, [attempt]);
  const shoot = (camera: Camera) => {
    camera.grab().then(
      (shot) => {
        onShot(shot, 'Camera picture');
        onClose();
      },
      (cause: unknown) => setView({ status: 'failed', sentence: sentenceOf(cause) }),
    );
  };
  return (
    <>
      <div className="camera">
        <video ref={video} className="camera-view" muted playsInline aria-label="What the camera sees" />
        {view.status === 'live' ? null : (
          <p className="camera-message label" role={view.status === 'failed' ? 'alert' : 'status'}>
            {view.status === 'failed' ? view.sentence : 'Asking for the camera. The browser may want you to allow it.'}
          </p>
        )}
      </div>
      <div className="camera-actions">
        {view.status === 'failed' ? (
          <Button variant="edge" onClick={() => setAttempt(attempt + 1)}>
            Try again
          </Button>
        ) : null}
        <Button
          variant="primary"
          icon="camera"
          disabled={view.status !== 'live'}
          onClick={() => view.status === 'live' && shoot(view.camera)}
        >
          Take the picture
        </Button>
      </div>
    </>
  );
}

export function CameraDialog({ open, onClose, onShot }: CameraDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
      title="Camera"
      description="The picture stays in this page."
    >
      <CameraView onClose={onClose} onShot={onShot} />
    </Dialog>
  );
}
