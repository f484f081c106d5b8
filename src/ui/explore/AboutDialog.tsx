// The model card, and what the page is: data, recipe, accuracy; who made it; that nothing leaves the machine.

import type { ModelCard } from '../../model/card.ts';
import { selectModel } from '../../store/selectors.ts';
import type { ModelInfo, OpenedFile } from '../../store/state.ts';
import { useApp } from '../appContext.tsx';
import { Button } from '../controls/Button.tsx';
import { Dialog } from '../controls/Dialog.tsx';
import { ProductPart } from '../speed/ProductPart.tsx';
import { count, megabytes, percent, setting } from '../text/numbers.ts';
import { CardCurves } from './CardCurves.tsx';
import { shortName } from './shortName.ts';
import './dialogs.css';

type Row = readonly [name: string, value: string];

/** A key of the card, e.g. "test_accuracy" or "batchSize", in words. */
const inWords = (key: string): string =>
  key
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase();

const sizeRows = ({ config, parameters, sha256 }: ModelInfo): readonly Row[] => [
  ['layers', `${config.L}`],
  ['width, heads, head width', `${config.d}, ${config.K}, ${config.p}`],
  ['picture, patch', `${config.imageSize} px, ${config.patchSize} px`],
  ['step η, weight λ', `${setting(config.eta)}, ${setting(config.lambda)}`],
  ['classes', count(config.classes)],
  ['parameters', count(parameters)],
  ['SHA-256', sha256],
];

const cardRows = (card: ModelCard): readonly Row[] => [
  ['accuracy, test', percent(card.accuracy.test)],
  ['accuracy, held out', percent(card.accuracy.heldOut)],
  ...Object.entries(card.training).map(
    ([key, value]): Row => [inWords(key), typeof value === 'number' ? value.toLocaleString('en-US') : value],
  ),
];

function Rows({ rows }: { readonly rows: readonly Row[] }) {
  return (
    <dl className="card-rows">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A checkpoint of one's own in one sentence; its sheet has the rest. */
function FoundPart({ opened }: { readonly opened: OpenedFile }) {
  const setTransient = useApp((state) => state.setTransient);
  const { container, bytes, architecture, released } = opened.findings;
  const what = released ? `${architecture}, by its sizes ${released}` : architecture;
  return (
    <div className="about-found">
      <p>
        A checkpoint that you opened ({container}, {megabytes(bytes)}): {what}. It brings no card, so how it was trained
        is not known here.
      </p>
      <Button variant="edge" onClick={() => setTransient({ dialog: 'checkpoint' })}>
        What was found…
      </Button>
    </div>
  );
}

function ModelPart({ model }: { readonly model: ModelInfo }) {
  return (
    <section className="about-part">
      <h3>{shortName(model.title)}</h3>
      <Rows rows={sizeRows(model)} />
      {model.card ? <Rows rows={cardRows(model.card)} /> : null}
      {model.card ? <CardCurves card={model.card} /> : null}
      {model.opened ? <FoundPart opened={model.opened} /> : null}
      {model.assumptions.length > 0 ? (
        <ul className="about-assumptions">
          {model.assumptions.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      ) : null}
    </section>
  );
}

export function AboutDialog() {
  const isOpen = useApp((state) => state.dialog === 'about');
  const setTransient = useApp((state) => state.setTransient);
  const model = useApp(selectModel);
  return (
    <Dialog
      open={isOpen}
      onOpenChange={(open) => setTransient({ dialog: open ? 'about' : 'none' })}
      title="About"
      description="CRATE Explorer runs a white-box transformer half-step by half-step and measures, on your picture, whether each one does what the theory says."
      size="wide"
    >
      {model ? <ModelPart model={model} /> : null}
      <section className="about-part" aria-label="Product kernel">
        <h3>How it multiplies here</h3>
        <ProductPart hasAdapter />
      </section>
      <section className="about-part">
        <h3>The page</h3>
        <p>
          Nothing leaves your machine: pictures, checkpoints and camera are read and computed in this browser, and the
          page counts nobody. It speaks to no other host than its own, with one exception: where you give the address of
          a checkpoint, or open a link that names one, it asks that host, and where it redirects to, for that file.
          Checkpoints that you opened are kept in this browser until you forget them (Model, Kept checkpoints).
        </p>
        <p>
          CRATE is by Yu, Buchanan, Pai, Chu, Wu, Tong, Haeffele and Ma (White-Box Transformers via Sparse Rate
          Reduction, arXiv 2306.01129 and 2311.13110). The explorer is an independent work by its contributors: code,
          kernels, sample pictures and shipped weights are our own, under the MIT licence. Fonts: IBM Plex Sans, Source
          Serif 4, Source Code Pro (SIL OFL 1.1) and KaTeX’s (MIT, with its code).
        </p>
      </section>
    </Dialog>
  );
}
