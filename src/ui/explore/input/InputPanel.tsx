// The input column: the picture with its patches, the picked token, the prediction, and where pictures come from.

import { Suspense } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { SAMPLES } from '../../../store/samples.ts';
import { selectGridSide, selectPicture, selectReports } from '../../../store/selectors.ts';
import { useApp } from '../../appContext.tsx';
import { Button } from '../../controls/Button.tsx';
import { Icon } from '../../controls/Icon.tsx';
import { later } from '../../later.tsx';
import { pickFile } from '../../pickFile.ts';
import { Panel } from '../Panel.tsx';
import { DropTarget } from './DropTarget.tsx';
import { InputSize } from './InputSize.tsx';
import { PictureError } from './PictureError.tsx';
import { ACCEPTED, PictureStrip } from './PictureStrip.tsx';
import { PictureView } from './PictureView.tsx';
import { Predictions } from './Predictions.tsx';
import { captionParts } from './pictureGeometry.ts';
import { TokenPicker } from './TokenPicker.tsx';
import { useTransfer } from './useTransfer.ts';
import './input.css';

const CameraDialog = later(async () => (await import('./CameraDialog.tsx')).CameraDialog);
const SamplesDialog = later(async () => (await import('./SamplesDialog.tsx')).SamplesDialog);

export function InputPanel() {
  const picture = useApp(selectPicture);
  const pictureState = useApp((state) => state.pictureState);
  const reports = useApp(selectReports);
  const side = useApp(selectGridSide);
  const { choice, token, hoverToken, dialog } = useApp(
    useShallow((state) => ({
      choice: state.picture,
      token: state.token,
      hoverToken: state.hoverToken,
      dialog: state.dialog,
    })),
  );
  const { hover, pickToken, openSample, openFile, openPicture, setTransient } = useApp(
    useShallow((state) => ({
      hover: state.hover,
      pickToken: state.pickToken,
      openSample: state.openSample,
      openFile: state.openFile,
      openPicture: state.openPicture,
      setTransient: state.setTransient,
    })),
  );
  const title =
    choice.kind === 'sample' ? (SAMPLES.find(({ id }) => id === choice.id)?.title ?? choice.id) : choice.name;
  const { take, notice } = useTransfer();
  const isLoading = pictureState.status === 'loading';
  const choose = () => pickFile(ACCEPTED, openFile);
  const openDialog = (next: 'samples' | 'camera' | 'none') => setTransient({ dialog: next });
  const [size, ...rest] = picture ? captionParts(picture, side) : [];
  return (
    <Panel className="input-panel" label="Input" of="pictureState">
      {picture ? (
        <PictureView
          picture={picture}
          title={title}
          side={side}
          picked={token}
          hovered={hoverToken}
          onHover={hover}
          onPick={pickToken}
        />
      ) : (
        <div className="picture picture-empty label">
          {isLoading ? 'The picture is on its way.' : 'No picture yet: open, drop or paste one.'}
        </div>
      )}
      {pictureState.status === 'failed' ? (
        <PictureError key={pictureState.sentence} sentence={pictureState.sentence} onChoose={choose} />
      ) : picture ? (
        <p className="tick picture-caption">
          {isLoading ? (
            `Opening ${title}…`
          ) : (
            <>
              <span className="if-wide">{size}, </span>
              {rest.join(', ')}
            </>
          )}
        </p>
      ) : null}
      {picture?.notice && pictureState.status === 'ready' ? (
        <p className="picture-notice label" role="status">
          {picture.notice}
        </p>
      ) : null}
      {notice ? (
        <p className="picture-notice label" role="status">
          {notice}
        </p>
      ) : null}
      <div className="input-token">
        <TokenPicker token={token} side={side} onPick={pickToken} />
        <Button className="picture-menu" aria-haspopup="dialog" onClick={() => openDialog('samples')}>
          <span className="picture-menu-title">{title}</span>
          <Icon name="down" size={12} />
        </Button>
      </div>
      <InputSize />
      <Predictions top={reports?.top ?? null} />
      <PictureStrip
        choice={choice}
        onSample={openSample}
        onFile={openFile}
        onCamera={() => openDialog('camera')}
        onAll={() => openDialog('samples')}
      />
      <Suspense>
        {dialog === 'samples' ? (
          <SamplesDialog
            open
            choice={choice}
            onClose={() => openDialog('none')}
            onSample={openSample}
            onFile={openFile}
            onCamera={() => openDialog('camera')}
          />
        ) : null}
        {dialog === 'camera' ? (
          <CameraDialog open onClose={() => openDialog('none')} onShot={(shot, name) => openPicture(shot, name)} />
        ) : null}
      </Suspense>
      <DropTarget onTransfer={take} />
    </Panel>
  );
}
