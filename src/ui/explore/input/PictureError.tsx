// Why the picture could not be opened, under the picture that stays: cause, then remedy, in inverted ink.

import { useState } from 'react';
import { Button } from '../../controls/Button.tsx';

interface PictureErrorProps {
  readonly sentence: string;
  readonly onChoose: () => void;
}

export function PictureError({ sentence, onChoose }: PictureErrorProps) {
  const [isDismissed, setDismissed] = useState(false);
  if (isDismissed) return null;
  return (
    <div className="picture-error" role="alert">
      <p>{sentence}</p>
      <div className="picture-error-actions">
        <Button variant="edge" onClick={onChoose}>
          Choose another
        </Button>
        <Button onClick={() => setDismissed(true)}>Dismiss</Button>
      </div>
    </div>
  );
}
