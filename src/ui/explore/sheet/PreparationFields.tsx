// How pictures are prepared and what the classes are called: none of it is ever in a checkpoint.

import type { OpenedFile } from '../../../store/state.ts';
import { useApp } from '../../appContext.tsx';
import { Button } from '../../controls/Button.tsx';
import { Segmented } from '../../controls/Segmented.tsx';
import { LABEL_NAMES, pickFile } from '../../pickFile.ts';
import { count } from '../../text/numbers.ts';
import { CHANGED } from './ConstantField.tsx';
import { Field } from './Field.tsx';
import { type Draft, isNoMean, isNoStd, NORMALISATIONS, OWN_NUMBERS, type Reading, type Three } from './terms.ts';

interface PreparationFieldsProps {
  /** Beginning of the ids. */
  readonly id: string;
  readonly opened: OpenedFile;
  readonly reading: Reading;
  readonly onChange: (change: Partial<Draft>) => void;
}

const COLOURS = [
  ['red', 0],
  ['green', 1],
  ['blue', 2],
] as const;
const assumed = (isChanged: boolean): string => (isChanged ? CHANGED : 'assumed');

interface NumbersProps {
  readonly name: string;
  readonly values: Three<string>;
  readonly isWrong: (text: string) => boolean;
  readonly describedBy: string;
  readonly onChange: (values: Three<string>) => void;
}

function Numbers({ name, values, isWrong, describedBy, onChange }: NumbersProps) {
  const put = (at: number, text: string) => {
    const [r, g, b] = values.map((value, i) => (i === at ? text : value));
    if (r !== undefined && g !== undefined && b !== undefined) onChange([r, g, b]);
  };
  return (
    <div className="entry-row">
      <span className="entry-name" aria-hidden="true">
        {name}
      </span>
      {COLOURS.map(([colour, i]) => (
        <input
          key={colour}
          className="entry"
          inputMode="decimal"
          autoComplete="off"
          aria-label={`${name}, ${colour}`}
          aria-invalid={isWrong(values[i])}
          aria-describedby={describedBy}
          value={values[i]}
          onChange={(event) => put(i, event.target.value)}
        />
      ))}
    </div>
  );
}

function Normalisation({ id, reading, onChange }: Omit<PreparationFieldsProps, 'opened'>) {
  const { normalisation, mean, std, errors, changed } = reading;
  const isOwn = normalisation === OWN_NUMBERS;
  return (
    <Field
      id={`${id}-normalisation`}
      label="Normalisation"
      origin={assumed(changed.has('normalisation'))}
      note={isOwn ? null : `mean ${mean.join(', ')}; std ${std.join(', ')}`}
      error={errors.mean ?? errors.std}
    >
      {(ids) => (
        <>
          <span className="choose">
            <select
              id={ids.id}
              aria-describedby={ids.describedBy}
              value={normalisation}
              // The numbers on screen are where one's own begin.
              onChange={(event) => onChange({ normalisation: event.target.value, mean, std })}
            >
              {NORMALISATIONS.map((preset) => (
                <option key={preset.id} value={preset.id}>
                  {preset.name}
                </option>
              ))}
              <option value={OWN_NUMBERS}>other numbers</option>
            </select>
          </span>
          {isOwn ? (
            <div className="entry-grid">
              <Numbers
                name="mean"
                values={mean}
                isWrong={isNoMean}
                describedBy={ids.describedBy}
                onChange={(values) => onChange({ mean: values })}
              />
              <Numbers
                name="std"
                values={std}
                isWrong={isNoStd}
                describedBy={ids.describedBy}
                onChange={(values) => onChange({ std: values })}
              />
            </div>
          ) : null}
        </>
      )}
    </Field>
  );
}

/** What the class names are and where they are from; a file can bring others. */
function Labels({ id, opened, reading, onChange }: PreparationFieldsProps) {
  const openLabels = useApp((state) => state.openLabels);
  const labelsNotice = useApp((state) => state.labelsNotice);
  const { labels, labelsFrom } = opened.preparation;
  const { classes } = opened.findings.sizes;
  const isUsed = reading.labels !== null;
  // Those that are not from a file are ImageNet's, taken for there being 1,000 classes.
  const isFromFile = !labelsFrom.startsWith('ImageNet');
  const { changed } = reading;
  return (
    <Field
      id={`${id}-labels`}
      label="Label names"
      origin={changed.has('labels') ? CHANGED : !isUsed ? 'not known' : isFromFile ? 'from the file' : 'assumed'}
      error={labelsNotice ?? undefined}
      note={
        isUsed
          ? `${reading.labels?.slice(0, 3).join(', ')}, …`
          : `Classes are numbers until ${count(classes)} names are opened: a text file, one a line, or JSON.`
      }
      isGroup
    >
      {() => (
        <>
          <span className="field-value">{isUsed ? labelsFrom || `${count(labels?.length ?? 0)} names` : 'none'}</span>
          <span className="field-actions">
            <Button
              variant="edge"
              icon="file"
              onClick={() =>
                pickFile(LABEL_NAMES, (file) => {
                  onChange({ withoutLabels: false });
                  openLabels(file);
                })
              }
            >
              Open names…
            </Button>
            {labels ? (
              <Button onClick={() => onChange({ withoutLabels: isUsed })}>
                {isUsed ? 'Use numbers' : 'Use names'}
              </Button>
            ) : null}
          </span>
        </>
      )}
    </Field>
  );
}

export function PreparationFields(props: PreparationFieldsProps) {
  const { id, opened, reading, onChange } = props;
  const { changed } = reading;
  return (
    <>
      <Normalisation id={id} reading={reading} onChange={onChange} />
      <Field
        id={`${id}-fit`}
        label="Fit"
        origin={assumed(changed.has('fit'))}
        note={
          reading.fit === 'crop'
            ? 'The model sees the middle square of the picture.'
            : 'The model sees the whole picture, squeezed to a square.'
        }
        isGroup
      >
        {() => (
          <Segmented
            label="Fit"
            hideLabel
            value={reading.fit}
            options={[
              { value: 'crop', label: 'crop' },
              { value: 'squash', label: 'squash' },
            ]}
            onChange={(fit) => onChange({ fit })}
          />
        )}
      </Field>
      {opened.findings.kind === 'crate-mae' ? (
        <Field
          id={`${id}-pixels`}
          label="Patch pixels"
          origin={assumed(changed.has('patchPixels'))}
          note={
            reading.patchPixels === 'plain'
              ? 'The decoder’s numbers are taken as pixels.'
              : 'Each patch was trained less its own mean, over its own deviation; both are put back.'
          }
          isGroup
        >
          {() => (
            <Segmented
              label="Patch pixels"
              hideLabel
              value={reading.patchPixels}
              options={[
                { value: 'plain', label: 'plain' },
                { value: 'patch', label: 'normalised per patch' },
              ]}
              onChange={(patchPixels) => onChange({ patchPixels })}
            />
          )}
        </Field>
      ) : null}
      {opened.findings.sizes.classes > 0 ? <Labels {...props} /> : null}
    </>
  );
}
