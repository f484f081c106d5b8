// The main screen: header, rail, three columns (input, stage, objective) and the status line, as one sheet. Another page has the place of
// rail and columns.

import { Suspense, useEffect, useRef } from 'react';
import { selectReports } from '../../store/selectors.ts';
import { InTurn, useApp } from '../appContext.tsx';
import { fetchTheRest, later } from '../later.tsx';
import { PHONE, useMedia } from '../useMedia.ts';
import { Header } from './Header.tsx';
import { InputPanel } from './input/InputPanel.tsx';
import { ModelNotice } from './ModelNotice.tsx';
import { ModelSaid } from './ModelSaid.tsx';
import { ObjectivePanel } from './objective/ObjectivePanel.tsx';
import { Rail, RailRoom } from './rail/Rail.tsx';
import { StatusLine } from './StatusLine.tsx';
import { Stage } from './stage/Stage.tsx';
import './explore.css';

// Nobody needs a dialog for the first paint.
const AboutDialog = later(async () => (await import('./AboutDialog.tsx')).AboutDialog);
const AddressDialog = later(async () => (await import('./sheet/AddressDialog.tsx')).AddressDialog);
const CheckpointSheet = later(async () => (await import('./sheet/CheckpointSheet.tsx')).CheckpointSheet);
const KeptDialog = later(async () => (await import('./sheet/KeptDialog.tsx')).KeptDialog);
const KeysDialog = later(async () => (await import('./KeysDialog.tsx')).KeysDialog);
const SpeedPage = later(async () => (await import('../speed/SpeedPage.tsx')).SpeedPage);
const ShareDialog = later(async () => (await import('./ShareDialog.tsx')).ShareDialog);

/** Apart from the page: what it waits for draws nothing anew. */
function TheRest(): null {
  const isLive = useApp((state) => selectReports(state)?.live === true);
  useEffect(() => {
    if (isLive) void fetchTheRest();
  }, [isLive]);
  return null;
}

/** Apart from the page, which one that opens or closes leaves as it is. */
function Dialogs() {
  const dialog = useApp((state) => state.dialog);
  return (
    <Suspense>
      {dialog === 'keys' ? <KeysDialog /> : null}
      {dialog === 'about' ? <AboutDialog /> : null}
      {dialog === 'share' ? <ShareDialog /> : null}
      {dialog === 'checkpoint' ? <CheckpointSheet /> : null}
      {dialog === 'address' ? <AddressDialog /> : null}
      {dialog === 'kept' ? <KeptDialog /> : null}
    </Suspense>
  );
}

export function Explore() {
  // The address's hash holds the view, so the way past header and rail is a button, not a link to an anchor.
  const stage = useRef<HTMLDivElement>(null);
  const maximised = useApp((state) => state.maximised);
  // There the stage is under the picture, which would push it down.
  const isPhone = useMedia(PHONE);
  const page = useApp((state) => state.page);
  return (
    <div className="explore" data-page={page}>
      <button type="button" className="skip" onClick={() => stage.current?.focus()}>
        {page === 'explore' ? 'To the stage' : 'To the figures'}
      </button>
      <Header />
      <div className="explore-notice">
        <ModelNotice />
        <ModelSaid isUnseen />
      </div>
      {page === 'speed' ? (
        <main className="explore-page" ref={stage} tabIndex={-1}>
          <Suspense>
            <SpeedPage />
          </Suspense>
        </main>
      ) : (
        <>
          <InTurn room={<RailRoom />}>
            <Rail />
          </InTurn>
          <main className="explore-body" data-maximised={maximised}>
            <div className="explore-column explore-input">
              <InTurn>
                <InputPanel />
              </InTurn>
            </div>
            <div className="explore-column explore-stage" ref={stage} tabIndex={-1}>
              <InTurn isFirst={!isPhone}>
                <Stage />
              </InTurn>
            </div>
            <div className="explore-column explore-objective">
              <InTurn>
                <ObjectivePanel />
              </InTurn>
            </div>
          </main>
        </>
      )}
      <StatusLine />
      <Dialogs />
      <TheRest />
    </div>
  );
}
