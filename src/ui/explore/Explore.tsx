// The main screen: header, rail, three columns (input, stage, objective) and the status line, as one sheet.

import { useRef } from 'react';
import { useApp } from '../appContext.tsx';
import { AboutDialog } from './AboutDialog.tsx';
import { Header } from './Header.tsx';
import { InputPanel } from './input/InputPanel.tsx';
import { KeysDialog } from './KeysDialog.tsx';
import { ModelNotice } from './ModelNotice.tsx';
import { ObjectivePanel } from './objective/ObjectivePanel.tsx';
import { Rail } from './rail/Rail.tsx';
import { ShareDialog } from './ShareDialog.tsx';
import { StatusLine } from './StatusLine.tsx';
import { Stage } from './stage/Stage.tsx';
import './explore.css';

export function Explore() {
  // The address's hash holds the view, so the way past header and rail is a button, not a link to an anchor.
  const stage = useRef<HTMLDivElement>(null);
  const maximised = useApp((state) => state.maximised);
  return (
    <div className="explore">
      <button type="button" className="skip" onClick={() => stage.current?.focus()}>
        To the stage
      </button>
      <Header />
      <div className="explore-notice">
        <ModelNotice />
      </div>
      <Rail />
      <main className="explore-body" data-maximised={maximised}>
        <div className="explore-column explore-input">
          <InputPanel />
        </div>
        <div className="explore-column explore-stage" ref={stage} tabIndex={-1}>
          <Stage />
        </div>
        <div className="explore-column explore-objective">
          <ObjectivePanel />
        </div>
      </main>
      <StatusLine />
      <KeysDialog />
      <AboutDialog />
      <ShareDialog />
    </div>
  );
}
