// The sheet of a checkpoint of one's own: what was found in the file, what it does not say, and the one thing to do next.

import { useDeferredValue, useEffect, useId, useRef, useState } from 'react';
import { selectModel } from '../../../store/selectors.ts';
import type { AppState, ModelState, OpenedFile } from '../../../store/state.ts';
import { useApp } from '../../appContext.tsx';
import { Button } from '../../controls/Button.tsx';
import { Dialog } from '../../controls/Dialog.tsx';
import { si } from '../../text/numbers.ts';
import { LoadProgress } from '../header/LoadProgress.tsx';
import { ModelSaid } from '../ModelSaid.tsx';
import { shortName } from '../shortName.ts';
import { ConstantField } from './ConstantField.tsx';
import { FoundFacts } from './FoundFacts.tsx';
import { PreparationFields } from './PreparationFields.tsx';
import { type Draft, NO_CHANGES, readDraft } from './terms.ts';
import './sheet.css';

/** The file that the state speaks of. */
const openedNow = (state: AppState): OpenedFile | null => {
  const { model } = state;
  if (model.status === 'asking') return model.opened;
  return (model.status === 'loading' && model.opened) || (selectModel(state)?.opened ?? null);
};

const HEADS_WARNING =
  'Heads leave no trace in the tensors: with a wrong number of them the model still runs, and every number is silently wrong.';

function sentenceOn({ findings }: OpenedFile): string {
  const { released, architecture, sizes, parameters, constants } = findings;
  const what = released ? `By its sizes this is ${released}` : `This is a ${architecture}`;
  const isOpen = constants.some(({ key, origin }) => key === 'heads' && origin !== 'shape');
  return `${what}: ${sizes.L} layers of width ${sizes.d}, ${si(parameters)} parameters.${isOpen ? ` ${HEADS_WARNING}` : ''}`;
}

type Loading = Extract<ModelState, { status: 'loading' }>;

function Progress({ loading }: { readonly loading: Loading }) {
  const cancelModel = useApp((state) => state.cancelModel);
  return (
    <>
      <LoadProgress {...loading} isWide />
      <Button variant="edge" onClick={cancelModel}>
        Cancel
      </Button>
    </>
  );
}

const NAMES = { heads: 'the number of heads', decoderHeads: 'the number of the decoder’s heads' } as const;

function missingSentence(missing: readonly string[]): string {
  const names = missing.map((key) => (key in NAMES ? NAMES[key as keyof typeof NAMES] : key));
  return `Give ${names.join(' and ')} first.`;
}

/** What was filled in and not loaded yet, so that it is there again when the sheet is closed and opened once more. */
const drafts = new WeakMap<OpenedFile['findings'], Draft>();

interface SheetProps {
  readonly opened: OpenedFile;
  readonly onClose: () => void;
}

function Sheet({ opened, onClose }: SheetProps) {
  const id = useId();
  const model = useApp((state) => state.model);
  const takeModel = useApp((state) => state.takeModel);
  const [draft, setDraft] = useState<Draft>(() => drafts.get(opened.findings) ?? NO_CHANGES);
  useEffect(() => {
    drafts.set(opened.findings, draft);
  }, [draft, opened.findings]);
  const form = useRef<HTMLFormElement>(null);
  // Frame and buttons first, the rest in a task of its own: together they would keep the page from answering.
  const isDrawn = useDeferredValue(true, false);
  const reading = readDraft(opened, draft);
  const { errors, missing, changed, terms } = reading;
  const isLoading = model.status === 'loading';
  const isAsking = model.status === 'asking';
  const isWrong = Object.keys(errors).length > 0;
  const isNothingToDo = !isAsking && changed.size === 0;
  const whyNot = missing.length > 0 ? missingSentence(missing) : isWrong ? 'Correct what is marked first.' : null;
  const submit = () => {
    if (isNothingToDo) onClose();
    else if (terms) takeModel(terms);
    else form.current?.querySelector<HTMLElement>('[aria-invalid="true"], .field-missing input')?.focus();
  };
  // Where the answer is wanted; on a phone the keyboard would cover the plausible ones.
  const isTyped = missing.length > 0 && window.matchMedia('(pointer: fine)').matches;
  const focusFirst = (content: HTMLElement): HTMLElement | null =>
    missing.length > 0 ? content : content.querySelector<HTMLElement>('.sheet-foot button');
  const focusOnceDrawn = useRef(isTyped);
  useEffect(() => {
    if (!isDrawn || !focusOnceDrawn.current) return;
    focusOnceDrawn.current = false;
    form.current?.querySelector<HTMLElement>('.field-missing input')?.focus();
  }, [isDrawn]);
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={shortName(opened.name)}
      description={sentenceOn(opened)}
      size="sheet"
      onOpened={focusFirst}
      footer={
        <div className="sheet-foot">
          {model.status === 'loading' ? (
            <Progress loading={model} />
          ) : (
            <>
              <p id={`${id}-why`} className="sheet-why">
                {isNothingToDo ? <ModelSaid /> : whyNot}
              </p>
              <Button
                variant="primary"
                form={`${id}-form`}
                type="submit"
                aria-disabled={!isNothingToDo && !terms}
                aria-describedby={`${id}-why`}
              >
                {isNothingToDo ? 'Explore' : isAsking ? 'Load with these' : 'Load again with these'}
              </Button>
            </>
          )}
        </div>
      }
    >
      {(model.status === 'failed' || model.status === 'asking') && model.sentence ? (
        <p className="sheet-error" role="alert">
          {model.sentence}
        </p>
      ) : null}
      {isDrawn ? (
        <div className="sheet-columns">
          <form
            ref={form}
            id={`${id}-form`}
            aria-label="What the file does not say"
            noValidate
            onSubmit={(event) => {
              event.preventDefault();
              submit();
            }}
          >
            <fieldset className="fields" disabled={isLoading}>
              <legend>What the file does not say</legend>
              {opened.findings.constants.map((constant) => (
                <ConstantField
                  key={constant.key}
                  id={`${id}-${constant.key}`}
                  constant={constant}
                  opened={opened}
                  text={reading.texts[constant.key] ?? ''}
                  isChanged={changed.has(constant.key)}
                  error={errors[constant.key]}
                  onChange={(text) =>
                    setDraft((before) => ({ ...before, constants: { ...before.constants, [constant.key]: text } }))
                  }
                />
              ))}
              <PreparationFields
                id={id}
                opened={opened}
                reading={reading}
                onChange={(change) => setDraft((before) => ({ ...before, ...change }))}
              />
            </fieldset>
          </form>
          <section className="sheet-found" aria-label="What was found">
            <h3>What was found</h3>
            <FoundFacts opened={opened} />
          </section>
        </div>
      ) : (
        <div className="sheet-coming" />
      )}
    </Dialog>
  );
}

/** While the file is understood only its name is known. */
function Coming({ loading, onClose }: { readonly loading: Loading; readonly onClose: () => void }) {
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={shortName(loading.name)}
      description="What it is will stand here in a moment."
      footer={
        <div className="sheet-foot">
          <Progress loading={loading} />
        </div>
      }
    >
      {null}
    </Dialog>
  );
}

export function CheckpointSheet() {
  const now = useApp(openedNow);
  const model = useApp((state) => state.model);
  const setTransient = useApp((state) => state.setTransient);
  const onClose = () => setTransient({ dialog: 'none' });
  // On its way to the engine the store may have the model before it: the file that was asked about stays in sight.
  const [shown, setShown] = useState(now);
  const isSame = now?.sha256 === shown?.sha256;
  const isComing = model.status === 'loading';
  const wasRefused = model.status === 'failed' && !isSame;
  const isGone = !isComing && (now === null || wasRefused);
  if (!isComing && !isGone && now !== shown) setShown(now);
  const opened = isComing ? (model.opened ?? (shown?.name === model.name ? shown : null)) : now;
  // A load that was cancelled or refused leaves a model that has no sheet; why stands under the picker.
  useEffect(() => {
    if (isGone) setTransient({ dialog: 'none' });
  }, [isGone, setTransient]);
  if (isGone) return null;
  if (opened) return <Sheet key={opened.sha256} opened={opened} onClose={onClose} />;
  return model.status === 'loading' ? <Coming loading={model} onClose={onClose} /> : null;
}
