// All samples, larger. They are our own drawings, so that the page carries nobody else's pictures.

import { SAMPLES, samplePath } from '../../../store/samples.ts';
import type { PictureChoice } from '../../../store/state.ts';
import { Button } from '../../controls/Button.tsx';
import { Dialog } from '../../controls/Dialog.tsx';
import { pickFile } from '../../pickFile.ts';
import { ACCEPTED } from './PictureStrip.tsx';

interface SamplesDialogProps {
  readonly open: boolean;
  readonly choice: PictureChoice;
  readonly onClose: () => void;
  readonly onSample: (id: string) => void;
  readonly onFile: (file: File) => void;
  readonly onCamera: () => void;
}

export function SamplesDialog({ open, choice, onClose, onSample, onFile, onCamera }: SamplesDialogProps) {
  const chosen = choice.kind === 'sample' ? choice.id : null;
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
      title="Samples"
      description="Ten pictures that we drew ourselves, one for each class of CIFAR-10."
      size="wide"
      footer={
        <>
          <Button
            icon="file"
            onClick={() =>
              pickFile(ACCEPTED, (file) => {
                onClose();
                onFile(file);
              })
            }
          >
            Open a file
          </Button>
          <Button icon="camera" onClick={onCamera}>
            Camera
          </Button>
        </>
      }
    >
      <ul className="gallery">
        {SAMPLES.map(({ id, title, label }) => (
          <li key={id}>
            <button
              type="button"
              className="gallery-item"
              aria-pressed={id === chosen}
              onClick={() => {
                onSample(id);
                onClose();
              }}
            >
              <img src={`${import.meta.env.BASE_URL}${samplePath(id)}`} width={640} height={480} alt="" />
              <span className="gallery-title">{title}</span>
              <span className="tick">{label}</span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
