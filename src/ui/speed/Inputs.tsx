// What the explorer's input column does unseen: pictures and weights by drop and paste, the dialogs of samples and camera.

import { type ComponentProps, Suspense } from 'react';
import { useApp, useAppStore } from '../appContext.tsx';
import { DropTarget } from '../explore/input/DropTarget.tsx';
import { later } from '../later.tsx';

const CameraDialog = later(async () => (await import('../explore/input/CameraDialog.tsx')).CameraDialog);
const SamplesDialog = later(async () => (await import('../explore/input/SamplesDialog.tsx')).SamplesDialog);

export function Inputs({ onTransfer }: Pick<ComponentProps<typeof DropTarget>, 'onTransfer'>) {
  const store = useAppStore();
  const dialog = useApp((state) => state.dialog);
  const choice = useApp((state) => state.picture);
  const { openFile, openSample, openPicture, setTransient } = store.getState();
  const close = () => setTransient({ dialog: 'none' });
  return (
    <Suspense>
      {dialog === 'samples' ? (
        <SamplesDialog
          open
          choice={choice}
          onClose={close}
          onSample={openSample}
          onFile={openFile}
          onCamera={() => setTransient({ dialog: 'camera' })}
        />
      ) : null}
      {dialog === 'camera' ? (
        <CameraDialog open onClose={close} onShot={(shot, name) => openPicture(shot, name)} />
      ) : null}
      <DropTarget onTransfer={onTransfer} />
    </Suspense>
  );
}
