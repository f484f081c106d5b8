// A few samples to choose from, and ways to bring a picture of one's own.

import { SAMPLES } from '../../../store/samples.ts';
import type { PictureChoice } from '../../../store/state.ts';
import { Button } from '../../controls/Button.tsx';
import { Tooltip } from '../../controls/Tooltip.tsx';
import { LABEL_NAMES, pickFile, WEIGHTS } from '../../pickFile.ts';

interface PictureStripProps {
  readonly choice: PictureChoice;
  readonly onSample: (id: string) => void;
  readonly onFile: (file: File) => void;
  readonly onCamera: () => void;
  readonly onAll: () => void;
}

/** What "Open" takes: pictures, weights, label names. */
export const ACCEPTED = `image/*,${WEIGHTS},${LABEL_NAMES}`;
const SHOWN = 5;

export const thumbUrl = (id: string): string => `${import.meta.env.BASE_URL}samples/thumb/${id}.png`;

export function PictureStrip({ choice, onSample, onFile, onCamera, onAll }: PictureStripProps) {
  const chosen = choice.kind === 'sample' ? choice.id : null;
  const first = SAMPLES.slice(0, SHOWN);
  const other = SAMPLES.find(({ id }) => id === chosen);
  // The chosen sample is always in sight; it takes the last place if it is not among the first.
  const samples = other && !first.includes(other) ? [...first.slice(0, -1), other] : first;
  return (
    <section className="picture-source" aria-label="Picture">
      <header className="input-head">
        <h2>Picture</h2>
        <span className="tick">or drop or paste one</span>
      </header>
      <ul className="picture-strip">
        {samples.map(({ id, title }) => (
          <li key={id}>
            <Tooltip text={title} isName>
              <button
                type="button"
                className="picture-thumb"
                aria-label={title}
                aria-pressed={id === chosen}
                onClick={() => onSample(id)}
              >
                <img src={thumbUrl(id)} width={48} height={48} alt="" />
              </button>
            </Tooltip>
          </li>
        ))}
      </ul>
      <div className="picture-actions">
        <Button icon="file" onClick={() => pickFile(ACCEPTED, onFile)}>
          Open
        </Button>
        <Button icon="camera" onClick={onCamera}>
          Camera
        </Button>
        <Button onClick={onAll}>
          <span className="if-wide">All samples</span>
          <span className="if-narrow">Samples</span>
        </Button>
      </div>
    </section>
  );
}
