// The header: the page's name, which model and which picture, and what one does with a view. On a phone all of it but the link is
// in one menu.

import { SHIPPED_MODELS } from '../../store/catalogue.ts';
import { selectModel } from '../../store/selectors.ts';
import { useApp } from '../appContext.tsx';
import { Button, IconButton } from '../controls/Button.tsx';
import { Menu } from '../controls/Menu.tsx';
import type { MenuEntry } from '../controls/menuEntry.ts';
import { PHONE, useMedia } from '../useMedia.ts';
import { Brand } from './header/Brand.tsx';
import { LoadProgress } from './header/LoadProgress.tsx';
import { PageLinks } from './header/PageLinks.tsx';
import { Picker } from './header/Picker.tsx';
import { useExportEntries } from './header/useExportEntries.ts';
import { useHelpEntries } from './header/useHelpEntries.ts';
import { useInputEntries, usePictureTitle, useShortInputEntries } from './header/useInputEntries.ts';
import { useModelEntries } from './header/useModelEntries.ts';
import { usePageEntries } from './header/usePageEntries.ts';
import { useShare } from './header/useShare.ts';
import { useThemeEntries } from './header/useThemeEntries.ts';
import { shortName } from './shortName.ts';
import './header/header.css';

function useModelTitle(): string {
  const loadingName = useApp((state) => (state.model.status === 'loading' ? state.model.name : null));
  const model = useApp(selectModel);
  return shortName(loadingName ?? model?.title ?? 'none');
}

function ModelProgress() {
  const model = useApp((state) => state.model);
  return model.status === 'loading' ? <LoadProgress {...model} /> : null;
}

/** Beside the picker; the page's first model has nothing to go back to. */
function CancelLoad() {
  const canCancel = useApp(({ model }) => model.status === 'loading' && !SHIPPED_MODELS.includes(model.name));
  const cancelModel = useApp((state) => state.cancelModel);
  return canCancel ? (
    <Button size="small" aria-label="Cancel the load" onClick={cancelModel}>
      Cancel
    </Button>
  ) : null;
}

function Said({ text }: { readonly text: string }) {
  return (
    <span className="unseen" role="status">
      {text}
    </span>
  );
}

function Failure({ sentence }: { readonly sentence: string | null }) {
  return sentence ? (
    <span className="header-failure label" role="alert">
      {sentence}
    </span>
  ) : null;
}

function PhoneTools() {
  const { share, isCopied } = useShare();
  const exports = useExportEntries();
  const heading = (label: string): MenuEntry => ({ kind: 'heading', id: label, label });
  const entries: readonly MenuEntry[] = [
    heading('Pages'),
    ...usePageEntries(),
    heading('Model'),
    ...useModelEntries(),
    heading('Picture'),
    ...useShortInputEntries(),
    heading('Export'),
    ...exports.entries,
    heading('Theme'),
    ...useThemeEntries(),
    heading('Help'),
    ...useHelpEntries(),
  ];
  return (
    <div className="header-tools">
      <IconButton
        icon={isCopied ? 'check' : 'link'}
        label={isCopied ? 'Link copied' : 'Copy the link'}
        size="touch"
        onClick={share}
      />
      <Said text={isCopied ? 'Link copied' : ''} />
      <Failure sentence={exports.failure} />
      <Menu trigger={<IconButton icon="menu" label="Menu" size="touch" glyph={20} />} entries={entries} />
    </div>
  );
}

function WideTools() {
  const title = useModelTitle();
  const isLoading = useApp((state) => state.model.status === 'loading');
  const pictureTitle = usePictureTitle();
  const { share, isCopied } = useShare();
  const modelEntries = useModelEntries();
  const inputEntries = useInputEntries();
  const exports = useExportEntries();
  const themeEntries = useThemeEntries();
  const helpEntries = useHelpEntries();
  return (
    <>
      <PageLinks />
      <span className="header-space" />
      <Picker
        label="Model"
        value={title}
        entries={modelEntries}
        {...(isLoading ? { progress: <ModelProgress /> } : {})}
      />
      <CancelLoad />
      <Picker label="Input" value={pictureTitle} entries={inputEntries} className="header-input" />
      <div className="header-tools">
        <Button icon={isCopied ? 'check' : 'link'} onClick={share}>
          {isCopied ? 'Link copied' : 'Share'}
        </Button>
        <Said text={isCopied ? 'Link copied' : ''} />
        <Failure sentence={exports.failure} />
        <Menu trigger={<Button icon="save">Export</Button>} entries={exports.entries} />
        <Menu trigger={<IconButton icon="theme" label="Theme" />} entries={themeEntries} />
        <Menu trigger={<IconButton icon="help" label="Help" />} entries={helpEntries} />
      </div>
    </>
  );
}

export function Header() {
  const isPhone = useMedia(PHONE);
  return (
    <header className="header">
      <Brand />
      {isPhone ? <PhoneTools /> : <WideTools />}
    </header>
  );
}
