// A constant that no tensor holds: heads, η, λ, pooling. Where a shape leaves no choice it is only told.

import type { Ref } from 'react';
import type { ConstantKey, FoundConstant, Origin } from '../../../model/findings.ts';
import type { OpenedFile } from '../../../store/state.ts';
import { Button } from '../../controls/Button.tsx';
import { Segmented } from '../../controls/Segmented.tsx';
import { Field, type FieldIds } from './Field.tsx';
import { innerOf, numberIn } from './terms.ts';

const LABELS: Readonly<Record<ConstantKey, string>> = {
  heads: 'Heads',
  decoderHeads: 'Decoder heads',
  eta: 'Step η',
  lambda: 'Weight λ',
  pool: 'Pooling',
};

const ORIGINS: Readonly<Record<Origin, string>> = {
  shape: 'from the shapes',
  file: 'from the file',
  table: 'from the table',
  code: 'from the code',
  given: 'given',
  unknown: 'needs an answer',
};

export const CHANGED = 'changed here';

const POOLS = [
  { value: 'cls', label: 'class token', hint: 'The prediction is read from the class token' },
  { value: 'mean', label: 'mean', hint: 'The prediction is read from the mean of all tokens' },
] as const;

interface ConstantFieldProps {
  readonly id: string;
  readonly constant: FoundConstant;
  readonly opened: OpenedFile;
  readonly text: string;
  readonly isChanged: boolean;
  readonly error: string | undefined;
  readonly onChange: (text: string) => void;
  readonly inputRef?: Ref<HTMLInputElement>;
}

const isHeads = (key: ConstantKey): boolean => key === 'heads' || key === 'decoderHeads';

/** "3 heads of 16" to press, where nothing says which. */
function Options({
  constant,
  inner,
  text,
  onChange,
}: Pick<ConstantFieldProps, 'constant' | 'text' | 'onChange'> & { inner: number }) {
  return (
    <fieldset className="field-options" aria-label={`Plausible: ${LABELS[constant.key].toLowerCase()}`}>
      {constant.options.map((option) => (
        <Button
          key={option}
          variant="edge"
          className="field-option"
          aria-pressed={numberIn(text) === option}
          onClick={() => onChange(String(option))}
        >
          {typeof option === 'number' && isHeads(constant.key)
            ? `${option} ${option === 1 ? 'head' : 'heads'} of ${inner / option}`
            : option}
        </Button>
      ))}
    </fieldset>
  );
}

const valueText = ({ key, value }: FoundConstant): string =>
  key === 'pool' ? (value === 'mean' ? 'mean' : 'class token') : String(value);

function Fixed({ constant, inner }: { readonly constant: FoundConstant; readonly inner: number }) {
  const { key, value } = constant;
  const text = valueText(constant);
  return (
    <output className="field-fixed">
      {isHeads(key) && typeof value === 'number' ? `${text} of ${inner / value}` : text}
    </output>
  );
}

export function ConstantField(props: ConstantFieldProps) {
  const { id, constant, opened, text, isChanged, error, onChange, inputRef } = props;
  const { key, origin, note, options } = constant;
  const inner = innerOf(key, opened);
  const isMissing = constant.value === null && text.trim() === '';
  const isFixed = origin === 'shape';
  const heads = numberIn(text);

  const control = (ids: FieldIds) => {
    if (isFixed) return <Fixed constant={constant} inner={inner} />;
    if (key === 'pool')
      return <Segmented label={LABELS.pool} hideLabel value={text} options={POOLS} onChange={onChange} />;
    return (
      <>
        <input
          ref={inputRef}
          id={ids.id}
          className="entry"
          inputMode={isHeads(key) ? 'numeric' : 'decimal'}
          autoComplete="off"
          spellCheck={false}
          value={text}
          aria-describedby={ids.describedBy}
          aria-invalid={error !== undefined}
          aria-required={constant.value === null}
          onChange={(event) => onChange(event.target.value)}
        />
        {isHeads(key) && !error && inner > 0 && heads > 0 ? (
          <span className="field-unit">of width {inner / heads}</span>
        ) : null}
        {constant.value === null && options.length > 0 ? (
          <Options constant={constant} inner={inner} text={text} onChange={onChange} />
        ) : null}
      </>
    );
  };
  return (
    <Field
      id={id}
      label={LABELS[key]}
      origin={isMissing ? ORIGINS.unknown : isChanged ? CHANGED : ORIGINS[origin]}
      isMissing={isMissing}
      note={isChanged && constant.value !== null ? `It was ${valueText(constant)}. ${note}` : note}
      error={error}
      isGroup={isFixed || key === 'pool'}
    >
      {control}
    </Field>
  );
}
